package source

import (
	"slices"
	"strings"
)

// Shadow is a text in which the calls that send events also describe them.
type Shadow struct {
	Text       string
	Events     []Event
	Insertions []Insertion
	Missed     []Event // calls in macros, which were left alone
}

// Event is a call that sends an event.
type Event struct {
	Name string // the table
	Line int
}

// Insertion is Len bytes put before byte Col of a line, both counted in the
// text before any insertion. The insertions of a text are sorted.
type Insertion struct {
	Line, Col, Len int
}

// ShadowPrefix begins the name of every struct that describes an event; the
// table's name follows. The variables of these types are in a section that
// libbcc reads for type information and nothing else.
const ShadowPrefix = "____bccgo_ev_"

// ShadowEvents gives every event a struct of its own in the program's type
// information (BTF), because what libbcc says about events lacks the exact
// layout. Around the first call in a function for each table and data
// expression it declares a variable of
//
//	struct ____bccgo_ev_TABLE { T value; }
//
// where T is the type that the data expression points to, or the array it
// names. T is a struct without members where the expression is a void
// pointer, and nothing is known about the event. Data given as a string, a
// number or NULL has no layout, and such calls are left alone.
//
// The calls are perf_submit, perf_submit_skb, ringbuf_output and
// ringbuf_submit. Lines stay as they are; [Shadow.Column] corrects columns.
func ShadowEvents(text string) *Shadow {
	tokens := Tokenize(text)
	code := liveTokens(tokens)
	b := shadowBuilder{text: text, shadow: &Shadow{Missed: missedEvents(tokens)}}
	for _, f := range Scan(text).Functions {
		b.function(bodyTokens(code, f.BodyOffset))
	}
	b.flush(len(text))
	b.shadow.Text = b.out.String()
	return b.shadow
}

// Column translates a column of the text with its insertions into the column
// before them. Columns inside an insertion give the place it was put at.
func (s *Shadow) Column(line, col int) int {
	for _, ins := range s.Insertions {
		if ins.Line == line && col > ins.Col {
			col = max(ins.Col, col-ins.Len)
		}
	}
	return col
}

// Changed tells whether a line has insertions.
func (s *Shadow) Changed(line int) bool {
	return slices.ContainsFunc(s.Insertions, func(ins Insertion) bool { return ins.Line == line })
}

// dataArgument is the position of the data among each method's arguments.
var dataArgument = map[string]int{
	"perf_submit":     1,
	"perf_submit_skb": 2,
	"ringbuf_output":  0,
	"ringbuf_submit":  0,
}

// call is an event call: TABLE.method(arguments).
type call struct {
	Event
	start, end Token // the table's name and the closing parenthesis
	data       []Token
}

// callAt reads the call that begins at tokens[i].
func callAt(tokens []Token, i int) (call, bool) {
	if i+4 > len(tokens) || tokens[i].Kind != Ident || !tokens[i+1].is(".") || !tokens[i+3].is("(") {
		return call{}, false
	}
	at, ok := dataArgument[tokens[i+2].Text]
	if !ok || i > 0 && (tokens[i-1].is(".") || tokens[i-1].is("->")) {
		return call{}, false
	}
	end := matching(tokens, i+3)
	args := splitArgs(tokens, i+3, end)
	if at >= len(args) || !tokens[end].is(")") {
		return call{}, false
	}
	return call{Event{tokens[i].Text, tokens[i].Line}, tokens[i], tokens[end], args[at]}, true
}

// missedEvents finds the calls inside #define bodies.
func missedEvents(tokens []Token) []Event {
	var out []Event
	for _, t := range tokens {
		if t.Kind != Directive {
			continue
		}
		if name, _ := directive(t.Text); name != "define" {
			continue
		}
		body := Tokenize(t.Text[1:])
		for i := range body {
			if c, ok := callAt(body, i); ok {
				out = append(out, Event{c.Name, c.Line + t.Line - 1})
			}
		}
	}
	return out
}

func bodyTokens(code []Token, brace int) []Token {
	for i, t := range code {
		if t.Offset == brace {
			return code[i : matching(code, i)+1]
		}
	}
	return nil
}

type shadowBuilder struct {
	text   string
	shadow *Shadow
	out    strings.Builder
	copied int // bytes of text already written
}

// function wraps the calls in one function's body.
func (b *shadowBuilder) function(body []Token) {
	seen := map[string]bool{}
	for i := range body {
		c, ok := callAt(body, i)
		if !ok || c.start.Offset < b.copied {
			continue
		}
		data := plainJoin(uncast(c.data))
		key := c.Name + " " + data
		if !hasLayout(c.data) || seen[key] {
			continue
		}
		seen[key] = true
		b.insert(c.start, declare(c.Name, uncast(c.data), data))
		end := c.end
		end.Offset, end.Col = end.Offset+1, end.Col+1
		b.insert(end, "; })")
		b.shadow.Events = append(b.shadow.Events, c.Event)
	}
}

func (b *shadowBuilder) insert(at Token, s string) {
	b.flush(at.Offset)
	b.out.WriteString(s)
	b.shadow.Insertions = append(b.shadow.Insertions, Insertion{at.Line, at.Col, len(s)})
}

func (b *shadowBuilder) flush(to int) {
	b.out.WriteString(b.text[b.copied:to])
	b.copied = to
}

// declare writes the start of the statement expression around a call.
func declare(table string, tokens []Token, data string) string {
	name := ShadowPrefix + table
	return "({ static struct " + name + " { __typeof__(" + layoutOf(tokens, data) + ") value; } " +
		name + ` __attribute__((section(".maps.____bccgo_ev"), used)); `
}

// layoutOf writes an expression of the type that data points to. It never
// reads through data itself: libbcc would take that for a read of kernel
// memory and rewrite it.
func layoutOf(tokens []Token, data string) string {
	if tokens[0].is("&") {
		return "*(__typeof__(" + data + "))0"
	}
	// The conditional makes a pointer of an array, and a void pointer of a
	// number.
	const same, choose = "__builtin_types_compatible_p", "__builtin_choose_expr"
	pointer := "__typeof__(1 ? (" + data + ") : (void *)0)"
	target := "*(" + pointer + ")0"
	known := choose + "(" + same + "(__typeof__(" + target + "), void), (struct { }){ }, " + target + ")"
	return choose + "(" + same + "(__typeof__(" + data + "), " + pointer + "), " + known + ", " + data + ")"
}

// hasLayout tells data with a type worth describing from constants.
func hasLayout(data []Token) bool {
	if len(data) == 0 {
		return false
	}
	for _, t := range data {
		switch {
		case t.Kind == Ident && t.Text != "NULL" && t.Text != "void" && t.Text != "char":
			return true
		case t.Kind == String:
			return false
		}
	}
	return false
}

// uncast drops the casts before an address: "(void *)&data" is about data.
// Casts of anything else stay, since the cast may be what makes it a pointer.
func uncast(data []Token) []Token {
	rest := data
	for len(rest) > 0 && rest[0].is("(") {
		end := matching(rest, 0)
		if end == 0 || end+1 == len(rest) || !rest[end-1].is("*") {
			return data
		}
		rest = rest[end+1:]
	}
	if len(rest) == 0 || !rest[0].is("&") {
		return data
	}
	return rest
}

// unbroken takes the line breaks out of tokens that hold some.
var unbroken = strings.NewReplacer("\\\n", "", "\n", " ")

// plainJoin writes tokens on one line.
func plainJoin(tokens []Token) string {
	words := make([]string, len(tokens))
	for i, t := range tokens {
		words[i] = unbroken.Replace(t.Text)
	}
	return strings.Join(words, " ")
}
