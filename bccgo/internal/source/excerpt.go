package source

import "strings"

// tabWidth is how wide clang prints a tab in its excerpts.
const tabWidth = 8

// Excerpt is a line of the text and a caret below one of its columns, in the form
// that clang prints them; "" for a line that the text does not have.
func Excerpt(text string, line, col int) string {
	offs := lineOffsets(text)
	if line < 1 || line > len(offs) {
		return ""
	}
	code, _, _ := strings.Cut(text[offs[line-1]:], "\n")
	code = strings.TrimSuffix(code, "\r")
	before := code[:min(max(col-1, 0), len(code))]
	return ExpandTabs(code) + "\n" + strings.Repeat(" ", len([]rune(ExpandTabs(before)))) + "^"
}

// ExpandTabs writes a line as clang shows it, with blanks up to the next multiple
// of eight in place of a tab.
func ExpandTabs(s string) string {
	var b strings.Builder
	width := 0
	for _, r := range s {
		if r == '\t' {
			n := tabWidth - width%tabWidth
			b.WriteString(strings.Repeat(" ", n))
			width += n
			continue
		}
		b.WriteRune(r)
		width++
	}
	return b.String()
}
