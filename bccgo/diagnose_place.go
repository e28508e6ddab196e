package bccgo

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bccgo/bcc/bccgo/internal/source"
)

// textName is the file that the lines of a text go by where the compiler is asked
// for its own lines and not for those of the Go file.
const textName = "bccgo C text"

// placer finds where in the files messages belong.
type placer struct {
	*prepared
	lines []string // of the text
	names fileNames
}

func (p *prepared) placer() *placer {
	lines := strings.Split(p.text, "\n")
	return &placer{prepared: p, lines: lines, names: p.fileNames(len(lines))}
}

// textLine is the line of the text that a message means, if it means one.
func (p *placer) textLine(file string, line int) (int, bool) {
	n, ok := line, file == textName
	if !ok {
		n, ok = p.where().TextLine(p.names.match(file), line)
	}
	return max(n, 1), ok && line > 0
}

// place moves a message, and its notes, to the place in the file that the text
// stands in. What is not about the text stays as it is, and what is about the
// inside of libbcc's own macros is left out: nobody has that file.
func (p *placer) place(m message) Diagnostic {
	line, inText := p.textLine(m.File, m.Line)
	switch {
	case inText:
		line = p.settle(&m, line)
		pos := p.where().Position(line, m.Col)
		m.File, m.Line, m.Col = pos.File, pos.Line, pos.Col
	case m.Line == 0:
		m.File, m.Col = p.where().Position(1, 1).File, 0
	}
	d := m.diagnostic()
	for _, n := range m.notes {
		switch {
		case n.own:
			n.File, n.Line, n.Col = d.File, d.Line, d.Col
			d.Notes = append(d.Notes, n.Diagnostic)
		case !insideLibrary(n):
			d.Notes = append(d.Notes, p.place(n))
		}
	}
	return d
}

// insideLibrary tells a note that shows the inside of one of libbcc's macros, or a
// place in headers made for this compile, which are gone.
func insideLibrary(m message) bool {
	if strings.HasSuffix(m.File, "include/linux/kconfig.h") && !strings.Contains(m.Message, "expanded from macro") {
		return true
	}
	return m.File == "<scratch space>" || strings.HasPrefix(m.File, "/virtual/") && strings.HasPrefix(m.Message, "expanded from macro")
}

// settle returns the line of the text that a message is about, and corrects its
// column and what it shows. The compiler sees the text after libbcc changed it,
// and the line that it shows tells how.
func (p *placer) settle(m *message, reported int) int {
	line := min(reported, len(p.lines))
	switch {
	case m.backend:
		if m.Col > 0 && rewrittenBefore(p.lines[line-1], m.Col) {
			m.Col = 0
		}
		m.source = p.lines[line-1]
	case m.source == "" || p.shows(m.source, line):
	case p.isHeader(m, reported, &line):
	default:
		m.settleRewritten(p.lines[line-1])
	}
	if m.source != "" {
		m.show(p.lines[line-1])
	}
	return line
}

// shows tells whether the compiler showed a line as it is in the text: whole, or a
// part of it where Annotate broke it behind a brace.
func (p *placer) shows(shown string, line int) bool {
	own := source.ExpandTabs(p.lines[line-1])
	if shown == own {
		return true
	}
	return p.hasBrace(line) && (strings.HasPrefix(own, shown) || strings.HasPrefix(shown, "  ") && strings.HasSuffix(own, strings.TrimLeft(shown, " ")))
}

// hasBrace tells whether a function's body begins on a line.
func (p *placer) hasBrace(line int) bool {
	return slices.ContainsFunc(p.scan.Functions, func(f source.Function) bool { return f.BodyLine == line })
}

// generatedLine matches the lines of a struct that libbcc writes for a tracepoint.
// These have no place in the text; the function's header stands for them.
var generatedLine = lazyRegexp(`^struct tracepoint__\w+ \{$|^ {8}\w[\w ]* \**\w+(?:\[\w+\])?;$`)

// maxGenerated is how many lines such a struct has at most beside its members:
// bytes of padding have one each.
const maxGenerated = 40

// isHeader finds the line of a message about a function that takes a tracepoint's
// arguments. libbcc writes the struct of these before it, after which there is no
// place for a #line before the function's body.
func (p *placer) isHeader(m *message, reported int, line *int) bool {
	var found *source.Function
	at := 0
	for i := range p.scan.Functions {
		f := &p.scan.Functions[i]
		least := p.tracepointFields(f)
		if least == 0 || f.StartLine > reported {
			continue
		}
		if generatedLine().MatchString(m.source) && reported-f.StartLine < maxGenerated+least {
			found, at = f, f.Line
			m.Col = f.Col
			continue
		}
		for n := f.StartLine; n <= f.BodyLine; n++ {
			if reported-n > least && p.shows(m.source, n) {
				found, at = f, n
			}
		}
	}
	if found == nil {
		return false
	}
	*line = at
	return true
}

// tracepointFields counts the members of the struct that libbcc writes before a
// function, 0 where it writes none.
func (p *placer) tracepointFields(f *source.Function) int {
	rest, ok := strings.CutPrefix(f.Name, "tracepoint__")
	if !ok {
		return 0
	}
	category, event, _ := strings.Cut(rest, "__")
	format := p.req.Formats[category+"/"+event]
	return strings.Count(format, "\tfield:") - strings.Count(format, " common_")
}

// settleRewritten corrects a message about a line that libbcc has rewritten. The
// column is that of the same name in the line as it was, if it has it once.
func (m *message) settleRewritten(line string) {
	m.Col = 0
	name := cmp.Or(m.was, wordAt(m.source, strings.IndexByte(m.marks, '^')))
	for _, t := range source.Tokenize(line) {
		if name == "" || t.Text != name {
			continue
		}
		if m.Col != 0 {
			m.Col = 0
			return
		}
		m.Col = t.Col
	}
}

// show makes a line of the text what the message shows, with the compiler's marks
// if it showed the same, else with a caret.
func (m *message) show(line string) {
	own := source.ExpandTabs(line)
	if m.marks == "" || m.source != own {
		m.marks = ""
		if m.Col > 0 && m.Col <= len(line)+1 {
			m.marks = strings.Repeat(" ", utf8.RuneCountInString(source.ExpandTabs(line[:m.Col-1]))) + "^"
		}
	}
	m.source = own
}

// rewrittenBefore tells whether libbcc may have changed a line before a column.
func rewrittenBefore(line string, col int) bool {
	for _, t := range source.Tokenize(line) {
		if t.Col >= col {
			return t.Col != col
		}
		switch t.Text {
		case "->", ".", "[", "*", "bpf_trace_printk", "bpf_num_cpus":
			return true
		}
	}
	return true
}

// wordAt is the identifier that begins at a byte of a line.
func wordAt(line string, at int) string {
	for _, t := range source.Tokenize(line) {
		if t.Offset == at && t.Kind == source.Ident {
			return t.Text
		}
	}
	return ""
}
