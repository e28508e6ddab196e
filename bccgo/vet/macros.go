package vet

import (
	"regexp"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	csource "github.com/bccgo/bcc/bccgo/internal/source"
)

// macros are the macros of one compile.
type macros struct {
	known map[string]string
	// guessed are those whose value is not known, by how often it was guessed.
	guessed map[string]int
	// needed are those of them that are always defined.
	needed map[string]bool
}

// macroGuesses are tried one after the other.
var macroGuesses = []string{"1", `"bccgo"`}

// values are the macros to compile with. A macro that no guess fits is not
// defined, if it need not be.
func (m *macros) values() map[string]string {
	all := with(m.known, nil)
	for name, n := range m.guessed {
		switch {
		case n < len(macroGuesses):
			all[name] = macroGuesses[n]
		case m.needed[name]:
			all[name] = macroGuesses[0]
		}
	}
	return all
}

// refine tries another guess for what messages speak of. It reports whether
// there is anything new to try.
func (m *macros) refine(errors []bccgo.Diagnostic, open bool) bool {
	changed := false
	tried := map[string]bool{}
	for _, d := range errors {
		for _, name := range macroName.FindAllString(d.Message+"\n"+d.Excerpt, -1) {
			if n, ok := m.guessed[name]; ok && n < len(macroGuesses) && !tried[name] {
				tried[name], changed = true, true
				m.guessed[name]++
			}
		}
		if found := undeclared.FindStringSubmatch(d.Message); found != nil && open {
			name := found[1]
			_, known := m.known[name]
			if _, ok := m.guessed[name]; !ok && !known {
				m.guessed[name], tried[name], changed = 0, true, true
			}
		}
	}
	return changed
}

var (
	// macroName matches what macros are called.
	macroName = regexp.MustCompile(`\b[A-Za-z_][A-Za-z0-9_]*\b`)
	// undeclared matches clang's message about a name that could be a macro's.
	undeclared = regexp.MustCompile(`^use of undeclared identifier '([A-Z][A-Z0-9_]*)'`)
)

// mentions tells a message about a line that has a guessed macro in it.
func (m *macros) mentions(d bccgo.Diagnostic) bool {
	for _, name := range macroName.FindAllString(d.Excerpt, -1) {
		if _, ok := m.guessed[name]; ok {
			return true
		}
	}
	return false
}

// testedMacros lists the macros that a text asks for and does not define itself,
// and says which of them leave code out where they are defined. The kernel's and
// the compiler's own are left out.
func testedMacros(text string) (names []string, excluding map[string]bool) {
	own := map[string]bool{}
	excluding = map[string]bool{}
	var asked []string
	var open [][]string // the names of each #if around
	for _, t := range csource.Tokenize(text) {
		if t.Kind != csource.Directive {
			continue
		}
		word, rest, _ := strings.Cut(strings.TrimLeft(t.Text, "# \t"), " ")
		switch word {
		case "define":
			own[macroName.FindString(rest)] = true
		case "ifdef", "ifndef", "if":
			found := testedIn(word, rest)
			asked, open = append(asked, found...), append(open, found)
			if word == "ifndef" || strings.Contains(rest, "!") {
				mark(excluding, found)
			}
		case "elif":
			asked = append(asked, testedIn(word, rest)...)
			fallthrough
		case "else":
			if len(open) > 0 {
				mark(excluding, open[len(open)-1])
			}
		case "endif":
			open = open[:max(len(open)-1, 0)]
		}
	}
	for _, name := range asked {
		if !own[name] && !isForeignMacro(name) {
			names = append(names, name)
			own[name] = true // once
		}
	}
	return names, excluding
}

func mark(set map[string]bool, names []string) {
	for _, name := range names {
		set[name] = true
	}
}

// testedIn lists the macros whose being defined a condition asks for.
func testedIn(word, condition string) []string {
	if word != "ifdef" && word != "ifndef" && !strings.Contains(condition, "defined") {
		return nil
	}
	condition, _, _ = strings.Cut(condition, "/*")
	return macroName.FindAllString(condition, -1)
}

// isForeignMacro tells a macro that is not the program's.
func isForeignMacro(name string) bool {
	for _, prefix := range []string{"CONFIG_", "LINUX_", "KERNEL_", "IS_ENABLED", "_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return name == "defined"
}
