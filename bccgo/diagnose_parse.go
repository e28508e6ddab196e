package bccgo

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// lazyRegexp compiles a pattern at its first use: a program that starts as it
// should needs none of them.
func lazyRegexp(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// messageLine matches the first line of a clang message that has a position.
var messageLine = lazyRegexp(`^(.+?):(\d+):(\d+): (?:fatal )?(error|warning|note): (.*)$`)

// backendLine matches a message of LLVM's code generator, which puts the
// severity first.
var backendLine = lazyRegexp(`^(error|warning): (.+?):(\d+):(\d+): (.*)$`)

// otherLine matches what stands between messages and belongs to none.
var otherLine = lazyRegexp(`^$|^\d+ (?:warning|error)s?\b.* generated\.$|^In file included from |^LLVM ERROR: |^PLEASE submit |^Error at line \d+: `)

// markLine matches the line below an excerpt that points into it.
var markLine = lazyRegexp(`^[ ~]*\^[ ~]*$`)

// didYouMean matches the end of a message that names what comes near.
var didYouMean = lazyRegexp(`did you mean (?:to use )?'([^']+)'\?$`)

// message is a message as the compiler printed it: where it says, with the
// source line that it shows and the marks below that.
type message struct {
	Diagnostic
	source, marks, fix string
	backend            bool   // of the code generator, which shows no source
	was                string // the name in the text of what the marks point at, if libbcc made it up
	own                bool   // a note of ours, at the place of what it belongs to
	notes              []message
}

// parseDiagnostics reads the compiler's messages, each with its notes.
func parseDiagnostics(output string) []Diagnostic {
	var list []Diagnostic
	for _, m := range parseMessages(output) {
		d := m.diagnostic()
		for _, n := range m.notes {
			d.Notes = append(d.Notes, n.diagnostic())
		}
		list = append(list, d)
	}
	return list
}

// diagnostic is the message without its notes.
func (m message) diagnostic() Diagnostic {
	d := m.Diagnostic
	if m.source != "" {
		d.Excerpt = cutExcerpt(m.source, m.marks, m.fix)
	}
	return d
}

// parseMessages reads the compiler's messages. A line that belongs to none is
// left out.
func parseMessages(output string) []message {
	var list []message
	lines := strings.Split(output, "\n")
	for i := 0; i < len(lines); {
		m, ok := parseMessage(lines[i])
		i++
		if !ok {
			continue
		}
		first := i
		for i < len(lines) && !startsOther(lines[i]) {
			i++
		}
		m.readBlock(lines[first:i])
		if n := len(list); m.Severity == "note" && n > 0 {
			list[n-1].notes = append(list[n-1].notes, m)
		} else {
			list = append(list, m)
		}
	}
	return list
}

// startsOther tells a line that ends what belongs to a message.
func startsOther(line string) bool {
	if otherLine().MatchString(line) {
		return true
	}
	_, ok := parseMessage(line)
	return ok
}

// parseMessage reads the first line of a message.
func parseMessage(line string) (message, bool) {
	var m message
	var row, col string
	if s := messageLine().FindStringSubmatch(line); s != nil {
		m.File, row, col, m.Severity, m.Message = s[1], s[2], s[3], s[4], s[5]
	} else if s := backendLine().FindStringSubmatch(line); s != nil {
		m.Severity, m.File, row, col, m.Message = s[1], s[2], s[3], s[4], s[5]
		m.backend = true
	} else {
		return m, false
	}
	m.Line, m.Col = lineNumber(row), lineNumber(col)
	if s := didYouMean().FindStringSubmatch(m.Message); s != nil {
		m.Suggestion = s[1]
	}
	return m, true
}

// lineNumber reads digits; 0 if there are too many to be a line of anything.
func lineNumber(digits string) int {
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil {
		return 0
	}
	return int(n)
}

// readBlock reads the lines below a message: the source line, the marks below it
// and what the compiler would write there. A message that goes over several lines
// has its rest before these.
func (m *message) readBlock(block []string) {
	for i, line := range block {
		if i == 0 || !markLine().MatchString(line) {
			continue
		}
		m.source, m.marks = block[i-1], line
		for _, more := range block[:i-1] {
			m.Message += " " + strings.TrimSpace(more)
		}
		if i+1 < len(block) {
			m.fix = block[i+1]
		}
		if m.Suggestion == "" {
			m.Suggestion = strings.TrimSpace(m.fix)
		}
		return
	}
}

// maxExcerpt is how much of a line is shown.
const maxExcerpt = 160

// cutExcerpt joins lines, of long ones the part around the caret.
func cutExcerpt(source, marks, fix string) string {
	caret := max(strings.IndexByte(marks, '^'), 0)
	lines := []string{cutLine(source, caret)}
	for _, line := range []string{marks, fix} {
		if strings.TrimSpace(line) != "" {
			lines = append(lines, strings.TrimRight(cutLine(line, caret), " "))
		}
	}
	return strings.Join(lines, "\n")
}

// cutLine returns the part of a long line around a place in it.
func cutLine(line string, at int) string {
	if len(line) <= maxExcerpt {
		return line
	}
	start := 0
	if at > maxExcerpt*3/4 {
		start = at - maxExcerpt/2
	}
	start = min(start, len(line))
	return strings.ToValidUTF8(line[start:min(start+maxExcerpt, len(line))], "")
}
