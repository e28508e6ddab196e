package vet

import (
	"fmt"
	"go/token"
	"os"

	"golang.org/x/tools/go/analysis"

	"github.com/bccgo/bcc/bccgo"
)

func diagnostic(pos token.Pos, category, format string, args ...any) analysis.Diagnostic {
	return analysis.Diagnostic{Pos: pos, Category: category, Message: fmt.Sprintf(format, args...)}
}

// reportC reports what the compiler says, where it says it, or at the call if
// that place is not in a file.
func (c *checker) reportC(t *text, category string, d bccgo.Diagnostic) {
	message := d.Message
	if d.Excerpt != "" {
		message += "\n" + d.Excerpt
	}
	for _, note := range d.Notes {
		message += "\n" + note.String()
	}
	pos := c.pos(d.File, d.Line, d.Col)
	if !pos.IsValid() {
		pos = t.call.Pos()
		if d.File != "" {
			message = fmt.Sprintf("%s:%d:%d: %s", d.File, d.Line, d.Col, message)
		}
	}
	c.report(pos, category, "%s", message)
}

// pos is a place of a file, which need not be one of the package's.
func (c *checker) pos(name string, line, col int) token.Pos {
	file := c.tokenFile(name)
	if file == nil || line < 1 || line > file.LineCount() {
		return token.NoPos
	}
	start := file.Offset(file.LineStart(line))
	return file.Pos(min(start+max(col-1, 0), file.Size()))
}

// tokenFile finds a file, and adds it if it is none of the package's.
func (c *checker) tokenFile(name string) *token.File {
	var found *token.File
	c.pass.Fset.Iterate(func(f *token.File) bool {
		// Files of other packages come from export data, with lines alone.
		if f.Name() == name && (c.added[f] || c.ours(f)) {
			found = f
		}
		return found == nil
	})
	if found != nil {
		return found
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	found = c.pass.Fset.AddFile(name, -1, len(data))
	found.SetLinesForContent(data)
	if c.added == nil {
		c.added = map[*token.File]bool{}
	}
	c.added[found] = true
	return found
}

// ours tells a file of the package.
func (c *checker) ours(f *token.File) bool {
	for _, file := range c.pass.Files {
		if c.pass.Fset.File(file.Pos()) == f {
			return true
		}
	}
	return false
}
