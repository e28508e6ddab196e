package source

import (
	"fmt"
	"strings"
)

// Annotate returns the text with #line directives in it, so that the compiler
// and the verifier report the files and lines of m: one at the top, one where
// the mapped lines do not follow each other, and one after every place where
// libbcc's rewriting moves lines (see the package comment).
//
// A directive goes between statements or declarations only, never into a
// macro, a comment, a literal, an argument list or a continued statement; a
// directive that would have to is put off to the next statement. A text with
// #line directives of its own is returned as it is. All other bytes stay.
func Annotate(text string, m *Map) string {
	tokens := Tokenize(text)
	if hasLineDirective(tokens) {
		return text
	}
	a := annotator{text: text, m: m, tokens: tokens, alive: live(tokens), pending: true}
	a.resync = resyncLines(text)
	return a.run()
}

func hasLineDirective(tokens []Token) bool {
	for _, t := range tokens {
		if t.Kind != Directive {
			continue
		}
		name, rest := directive(t.Text)
		if name == "line" || name == "" && rest != "" {
			return true
		}
	}
	return false
}

// resyncLines are the lines after which libbcc's insertions around function
// bodies have moved what follows: those with a body's opening brace and, for
// bodies on a single line, that line too.
func resyncLines(text string) map[int]bool {
	lines := map[int]bool{}
	for _, f := range Scan(text).Functions {
		lines[f.BodyLine] = true
	}
	return lines
}

type annotator struct {
	text    string
	m       *Map
	tokens  []Token
	alive   []bool
	resync  map[int]bool
	next    int // token to come
	state   syntax
	dropped bool // in a branch of an #if that does not count
	pending bool // a directive is due
	out     strings.Builder
}

func (a *annotator) run() string {
	var prev Position
	offs := lineOffsets(a.text)
	for i, off := range offs {
		inside := a.advance(off)
		pos := a.m.Position(i+1, 1)
		if i > 0 && (pos.File != prev.File || pos.Line != prev.Line+1) || a.resync[i] {
			a.pending = true
		}
		prev = pos
		// Nothing follows a final newline that could be reported.
		last := i == len(offs)-1 && off == len(a.text) && i > 0
		if a.pending && !last && !inside && a.safe(off) {
			fmt.Fprintf(&a.out, "#line %d \"%s\"\n", pos.Line, escapeName(pos.File))
			a.pending = false
		}
		end := len(a.text)
		if i+1 < len(offs) {
			end = offs[i+1]
		}
		a.out.WriteString(a.text[off:end])
	}
	return a.out.String()
}

// advance reads the tokens before off and tells whether off is inside one.
func (a *annotator) advance(off int) (inside bool) {
	for ; a.next < len(a.tokens) && a.tokens[a.next].Offset < off; a.next++ {
		t := a.tokens[a.next]
		if t.End() > off {
			return true
		}
		switch {
		case a.alive[a.next]:
			a.pending = a.state.step(t) || a.pending
			a.dropped = false
		case t.Kind == Directive:
			a.dropped = false
		case t.isCode():
			a.dropped = true
		}
	}
	return false
}

func (a *annotator) safe(off int) bool {
	return !a.dropped && a.state.between() && !continuedBefore(a.text, off)
}

// continuedBefore tells whether the line before off ends in a backslash.
func continuedBefore(text string, off int) bool {
	i := off - 2 // before the newline
	for i >= 0 && isSpace(text[i]) {
		i--
	}
	return i >= 0 && text[i] == '\\'
}

// escapeName writes a file name for use in a C string literal.
func escapeName(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < 0x20 || c == 0x7f:
			fmt.Fprintf(&b, "\\%03o", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
