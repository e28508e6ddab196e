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
// directive that would have to is put off to the next statement. A line with
// code behind the brace that opens a function's body is broken there, and what
// follows keeps its column by blanks. A text with #line directives of its own is
// returned as it is. All other bytes stay.
func Annotate(text string, m *Map) string {
	tokens := Tokenize(text)
	if hasLineDirective(tokens) {
		return text
	}
	a := annotator{text: text, m: m, tokens: tokens, alive: live(tokens), pending: true}
	a.findBodies()
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

// findBodies notes the lines after which libbcc's insertions around function
// bodies have moved what follows, those with a body's opening brace, and the
// braces with code behind them.
func (a *annotator) findBodies() {
	a.resync, a.breaks = map[int]bool{}, map[int][]int{}
	for _, f := range Scan(a.text).Functions {
		a.resync[f.BodyLine] = true
		if after := f.BodyOffset + 1; codeFollows(a.text[after:]) {
			a.breaks[f.BodyLine-1] = append(a.breaks[f.BodyLine-1], after)
		}
	}
}

// codeFollows tells whether code stands in the rest of a line that comes after a
// brace, other than the brace that closes it.
func codeFollows(rest string) bool {
	line, _, _ := strings.Cut(rest, "\n")
	for _, t := range Tokenize(line) {
		if t.isCode() {
			return t.Text != "}" && t.Text != "\\"
		}
	}
	return false
}

type annotator struct {
	text    string
	m       *Map
	tokens  []Token
	alive   []bool
	resync  map[int]bool
	breaks  map[int][]int // by line, from 0: the offsets to break it at
	next    int           // token to come
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
		a.line(i, off, end)
	}
	return a.out.String()
}

// line writes a line of the text, broken where it has to be.
func (a *annotator) line(i, off, end int) {
	from := off
	for _, at := range a.breaks[i] {
		a.out.WriteString(a.text[from:at] + "\n")
		pos := a.m.Position(i+1, at-off+1)
		fmt.Fprintf(&a.out, "#line %d \"%s\"\n%s", pos.Line, escapeName(pos.File), blanks(a.text[off:at]))
		from = at
	}
	a.out.WriteString(a.text[from:end])
}

// blanks has as many bytes as a piece of a line, and its tabs.
func blanks(piece string) string {
	out := []byte(piece)
	for i, c := range out {
		if c != '\t' {
			out[i] = ' '
		}
	}
	return string(out)
}

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
