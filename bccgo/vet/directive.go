package vet

import (
	"go/ast"
	"go/token"
	"strings"
)

// directivePrefix begins a comment that speaks to the analyzer.
const directivePrefix = "//bccgo:vet"

// directive is what the comments next to a call say.
type directive struct {
	ignore  bool
	defines map[string]string
}

// at is a line of a file.
type at struct {
	file string
	line int
}

// directives are those of a package by their lines.
type directives map[at]directive

// readDirectives collects them. What cannot be understood is reported.
func (c *checker) readDirectives() directives {
	all := directives{}
	for _, f := range c.files {
		for _, group := range f.Comments {
			for _, comment := range group.List {
				if rest, ok := strings.CutPrefix(comment.Text, directivePrefix); ok {
					c.readDirective(all, comment, rest, c.directiveLine(group, comment))
				}
			}
		}
	}
	return all
}

// directiveLine is the line that a comment is about: its own if there is code
// before it, else the one after the comments around it.
func (c *checker) directiveLine(group *ast.CommentGroup, comment *ast.Comment) at {
	pos := c.pass.Fset.PositionFor(comment.Pos(), false)
	line := at{pos.Filename, pos.Line}
	data, err := c.pass.ReadFile(pos.Filename)
	if err != nil || pos.Offset > len(data) || strings.TrimSpace(string(data[pos.Offset-pos.Column+1:pos.Offset])) != "" {
		return line
	}
	line.line = c.pass.Fset.PositionFor(group.End(), false).Line + 1
	return line
}

func (c *checker) readDirective(all directives, comment *ast.Comment, rest string, where at) {
	d := all[where]
	words := strings.Fields(rest)
	switch {
	case len(words) > 0 && words[0] == "ignore":
		d.ignore = true
	case len(words) > 1 && words[0] == "define":
		if d.defines == nil {
			d.defines = map[string]string{}
		}
		for _, word := range words[1:] {
			name, value, _ := strings.Cut(word, "=")
			d.defines[name] = value
		}
	default:
		c.report(comment.Pos(), "directive", "%s is not understood: write %s define NAME=VALUE …, or %s ignore",
			strings.TrimSpace(comment.Text), directivePrefix, directivePrefix)
	}
	all[where] = d
}

// directiveAt is what the comments next to a node say.
func (c *checker) directiveAt(n ast.Node) directive {
	return c.directives[at{c.file(n), c.line(n)}]
}

// ignored tells a call that is not to be checked.
func (c *checker) ignored(n ast.Node) bool { return c.directiveAt(n).ignore }

// report adds a finding.
func (c *checker) report(pos token.Pos, category, format string, args ...any) {
	c.pass.Report(diagnostic(pos, category, format, args...))
}
