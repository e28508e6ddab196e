package probe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/nearest"
)

// PlaceKind is what a probe text starts with.
type PlaceKind string

// The kinds of places a probe text can name.
const (
	KprobePlace        PlaceKind = "kprobe"
	KretprobePlace     PlaceKind = "kretprobe"
	TracepointPlace    PlaceKind = "tracepoint"
	RawTracepointPlace PlaceKind = "raw_tracepoint"
	UprobePlace        PlaceKind = "uprobe"
	UretprobePlace     PlaceKind = "uretprobe"
	USDTPlace          PlaceKind = "usdt"
)

// placeForms are the kinds with how their texts look and who reads what
// follows the kind.
var placeForms = map[PlaceKind]struct {
	form  string
	parse func(p *Place, rest string) (problem string)
}{
	KprobePlace:        {"kprobe:FUNCTION[+OFFSET]", (*Place).parseFunction},
	KretprobePlace:     {"kretprobe:FUNCTION", (*Place).parseReturn},
	TracepointPlace:    {"tracepoint:CATEGORY:EVENT", (*Place).parseTracepoint},
	RawTracepointPlace: {"raw_tracepoint:EVENT", (*Place).parseEvent},
	UprobePlace:        {"uprobe:FILE:FUNCTION[+OFFSET]", (*Place).parseUser},
	UretprobePlace:     {"uretprobe:FILE:FUNCTION", (*Place).parseUserReturn},
	USDTPlace:          {"usdt:FILE:[PROVIDER:]NAME", (*Place).parseUSDT},
}

// Place is where a probe goes, as a probe text says it.
type Place struct {
	Kind PlaceKind
	// Category is a tracepoint's, or the program or library of a function of
	// user space or of a static probe.
	Category string
	// Name is a function, "MODULE:FUNCTION" for one of a module, an event, or a
	// static probe, with its provider or without.
	Name string
	// Offset is how many bytes into the function.
	Offset uint64
}

// PlaceError says what is wrong with a probe text.
type PlaceError struct {
	Text    string // the probe text
	Problem string // what is wrong with it
	Form    string // how it should look; "" for an unknown kind
}

func (e *PlaceError) Error() string {
	text := fmt.Sprintf("probe text %q: %s", e.Text, e.Problem)
	if e.Form != "" {
		text += "; it should look like " + e.Form
	}
	return text
}

// ParsePlace reads a probe text: "kprobe:FUNCTION[+OFFSET]",
// "kretprobe:FUNCTION", "tracepoint:CATEGORY:EVENT", "raw_tracepoint:EVENT",
// "uprobe:FILE:FUNCTION[+OFFSET]", "uretprobe:FILE:FUNCTION" or
// "usdt:FILE:[PROVIDER:]NAME". A FUNCTION of the kernel may be "MODULE:FUNCTION"; OFFSET is decimal, or hexadecimal after
// 0x; FILE has no colon. An error is a *PlaceError. Nothing is looked up.
func ParsePlace(text string) (Place, error) {
	kind, rest, _ := strings.Cut(text, ":")
	of, ok := placeForms[PlaceKind(kind)]
	if !ok {
		return Place{}, &PlaceError{Text: text, Problem: unknownKind(kind)}
	}
	p := Place{Kind: PlaceKind(kind)}
	if problem := of.parse(&p, rest); problem != "" {
		return Place{}, &PlaceError{Text: text, Problem: problem, Form: of.form}
	}
	return p, nil
}

func unknownKind(kind string) string {
	var kinds []string
	for k := range placeForms {
		kinds = append(kinds, string(k))
	}
	slices.Sort(kinds)
	problem := fmt.Sprintf("it starts with %q, and not with one of %s", kind, strings.Join(kinds, ", "))
	return problem + nearest.Phrase(nearest.In(kind, kinds, 1))
}

// String is the probe text of the place.
func (p Place) String() string {
	text := string(p.Kind) + ":"
	if p.Category != "" {
		text += p.Category + ":"
	}
	return text + p.Target()
}

// Target is the name with the offset.
func (p Place) Target() string {
	if p.Offset != 0 {
		return fmt.Sprintf("%s+%#x", p.Name, p.Offset)
	}
	return p.Name
}

func (p *Place) parseFunction(rest string) string {
	name, problem := p.cutOffset(rest)
	if problem != "" {
		return problem
	}
	return p.setFunction(name)
}

// cutOffset takes the offset off a function.
func (p *Place) cutOffset(text string) (name, problem string) {
	name, offset, has := strings.Cut(text, "+")
	if !has {
		return name, ""
	}
	n, err := strconv.ParseUint(offset, 0, 64)
	if err != nil {
		return "", fmt.Sprintf("the offset %q is not a number of bytes", offset)
	}
	p.Offset = n
	return name, ""
}

const noReturnOffset = "a return probe has no offset"

func (p *Place) parseReturn(rest string) string {
	if strings.Contains(rest, "+") {
		return noReturnOffset
	}
	return p.setFunction(rest)
}

func (p *Place) parseUser(rest string) (problem string) {
	file, function, has := strings.Cut(rest, ":")
	if !has {
		return "it has no file, or no function"
	}
	p.Category = file
	if p.Name, problem = p.cutOffset(function); problem != "" {
		return problem
	}
	switch {
	case file == "":
		return "the file is empty"
	case p.Name == "":
		return "the function is empty"
	}
	return ""
}

func (p *Place) parseUserReturn(rest string) string {
	_, function, _ := strings.Cut(rest, ":")
	if strings.Contains(function, "+") {
		return noReturnOffset
	}
	return p.parseUser(rest)
}

func (p *Place) parseUSDT(rest string) string {
	file, name, has := strings.Cut(rest, ":")
	if !has {
		return "it has no file, or no probe"
	}
	p.Category, p.Name = file, name
	if file == "" {
		return "the file is empty"
	}
	if provider, plain, has := strings.Cut(name, ":"); has {
		if problem := checkName("provider", provider); problem != "" {
			return problem
		}
		name = plain
	}
	return checkName("probe", name)
}

func (p *Place) setFunction(name string) string {
	p.Name = name
	module, function, inModule := strings.Cut(name, ":")
	if !inModule {
		return checkName("function", name)
	}
	if problem := checkName("module", module); problem != "" {
		return problem
	}
	return checkName("function", function)
}

func (p *Place) parseTracepoint(rest string) string {
	category, event, has := strings.Cut(rest, ":")
	if !has {
		return "it has no category, or no event"
	}
	p.Category, p.Name = category, event
	if problem := checkName("category", category); problem != "" {
		return problem
	}
	return checkName("event", event)
}

func (p *Place) parseEvent(rest string) string {
	if _, event, has := strings.Cut(rest, ":"); has {
		return "a raw tracepoint has no category, only the event " + strconv.Quote(event)
	}
	p.Name = rest
	return checkName("event", rest)
}

// checkName returns what keeps name from being that of a kernel object.
func checkName(what, name string) string {
	if name == "" {
		return "the " + what + " is empty"
	}
	for _, c := range name {
		if !isNameRune(c) {
			return fmt.Sprintf("the %s %q has the character %q", what, name, c)
		}
	}
	return ""
}

func isNameRune(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '_' || c == '.' || c == '-' || c == '$'
}
