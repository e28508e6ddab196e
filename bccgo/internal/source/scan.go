package source

import "strings"

// Summary is what a program text declares at its top level.
type Summary struct {
	Functions   []Function
	Includes    []Include
	Tables      []Table
	Tracepoints []string // "category:event", each once, in order
	Unsupported []Finding
}

// Include is an #include directive. Includes of macros are not listed.
type Include struct {
	Name   string
	Quoted bool // "name" instead of <name>
	Line   int
}

// Finding is a declaration libbcc has no support for. It is a hint for an
// error that happens anyway: the compiler may inline a static function or
// drop a variable, and then the text works.
type Finding struct {
	Kind string // "global variable" or "static function"
	Name string
	Line int
	Col  int
}

// The kinds of [Finding].
const (
	GlobalVariable = "global variable"
	StaticFunction = "static function"
)

// Scan reads the declarations of a text. It does not expand macros: what the
// text's own macros declare stays unseen, except for the names libbcc's
// macros make. Where #if branches cannot all be part of one program, the
// first is taken.
func Scan(text string) *Summary {
	tokens := Tokenize(text)
	s := &scanner{text: text, tokens: liveTokens(tokens), sum: &Summary{}}
	for s.pos < len(s.tokens) {
		s.declaration()
	}
	s.sum.Includes = includes(tokens)
	s.sum.Tracepoints = tracepoints(tokens)
	return s.sum
}

func includes(tokens []Token) []Include {
	var out []Include
	for _, t := range tokens {
		if t.Kind != Directive {
			continue
		}
		if inc, ok := parseInclude(t); ok {
			out = append(out, inc)
		}
	}
	return out
}

func parseInclude(t Token) (Include, bool) {
	rest := strings.TrimSpace(t.Text[1:])
	rest, ok := strings.CutPrefix(rest, "include")
	if !ok {
		return Include{}, false
	}
	// Also #include_next, which names a header in the same way.
	rest = strings.TrimSpace(strings.TrimPrefix(rest, "_next"))
	if rest == "" {
		return Include{}, false
	}
	end := map[byte]string{'"': `"`, '<': ">"}[rest[0]]
	if end == "" {
		return Include{}, false
	}
	name, _, ok := strings.Cut(rest[1:], end)
	return Include{Name: name, Quoted: end == `"`, Line: t.Line}, ok
}

// scanner walks the live tokens, one top-level declaration at a time.
type scanner struct {
	text   string
	tokens []Token
	pos    int
	sum    *Summary
}

// declaration reads up to the semicolon or the function body that ends one.
func (s *scanner) declaration() {
	if s.table() {
		return
	}
	d := decl{}
	for s.pos < len(s.tokens) {
		i := s.pos
		switch t := s.tokens[i]; t.Text {
		case ";":
			s.pos++
			s.sum.Unsupported = append(s.sum.Unsupported, d.variables(s.tokens)...)
			return
		case "{":
			s.pos = matching(s.tokens, i) + 1
			if f, ok := s.function(d, i); ok {
				s.addFunction(f)
				return
			}
			d.parts = append(d.parts, part{tok: t, group: true})
		case "(", "[":
			s.pos = matching(s.tokens, i) + 1
			d.parts = append(d.parts, part{tok: t, group: true, from: i, to: s.pos})
		default:
			s.pos++
			d.parts = append(d.parts, part{tok: t})
		}
	}
}

func (s *scanner) addFunction(f Function) {
	s.sum.Functions = append(s.sum.Functions, f)
	if f.Static && !f.Inline {
		s.sum.Unsupported = append(s.sum.Unsupported,
			Finding{StaticFunction, f.Name, f.Line, f.Col})
	}
}

// decl is a declaration with every bracketed group folded into one part.
type decl struct{ parts []part }

type part struct {
	tok      Token // the opening bracket of a group
	group    bool
	from, to int // a parenthesized group's tokens, brackets included
}

func (p part) isGroup(open string) bool { return p.group && p.tok.Text == open }

func (p part) isIdent() bool { return p.tok.Kind == Ident }

// matching returns the index of the bracket that closes tokens[open], or the
// last index when none does.
func matching(tokens []Token, open int) int {
	depth := 0
	for i := open; i < len(tokens); i++ {
		if tokens[i].Kind != Punct {
			continue
		}
		switch tokens[i].Text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(tokens) - 1
}

// splitArgs returns the arguments between the parentheses tokens[open] and
// tokens[end], as lists of tokens.
func splitArgs(tokens []Token, open, end int) [][]Token {
	if open+1 >= end {
		return nil
	}
	var args [][]Token
	depth, start := 0, open+1
	for i := open + 1; i < end; i++ {
		switch t := tokens[i]; {
		case t.Kind != Punct:
		case t.Text == "(" || t.Text == "[" || t.Text == "{":
			depth++
		case t.Text == ")" || t.Text == "]" || t.Text == "}":
			depth--
		case t.Text == "," && depth == 0:
			args = append(args, tokens[start:i])
			start = i + 1
		}
	}
	return append(args, tokens[start:end])
}

// join writes tokens on one line: one space wherever the text had white
// space, a comment or a line break.
func join(tokens []Token) string {
	var b strings.Builder
	for i, t := range tokens {
		if i > 0 && tokens[i-1].End() != t.Offset {
			b.WriteByte(' ')
		}
		b.WriteString(t.Text)
	}
	return b.String()
}

func joinAll(args [][]Token) []string {
	out := make([]string, len(args))
	for i, arg := range args {
		out[i] = join(arg)
	}
	return out
}
