package vet

import (
	"fmt"
	"go/ast"
	"maps"
	"os"
	"slices"
	"strings"
)

// text is what one call hands over: the C texts that can be meant there.
type text struct {
	call *ast.CallExpr
	// values are the texts; open tells that there may be others.
	values []value
	open   bool
	opts   options
	// programs are the outcomes of compiles, one for each that succeeded.
	programs []*program
	// failed tells that one of the values could not be compiled or was not.
	failed bool
}

// findTexts finds the calls that take a C text.
func (c *checker) findTexts() {
	for _, f := range c.files {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			receiver, name, ok := callee(c.pass.TypesInfo, call)
			if args, takes := textCalls[name]; ok && receiver == "" && takes && len(call.Args) > args.options {
				c.findText(call, args)
			}
			return true
		})
	}
}

func (c *checker) findText(call *ast.CallExpr, args textCall) {
	d := c.directiveAt(call)
	t := &text{call: call}
	c.texts = append(c.texts, t)
	if d.ignore {
		t.open = true
		return
	}
	t.values, t.open = c.evaluate(call.Args[args.text])
	if t.open {
		// What goes through tables and fields is not told apart.
		t.values = slices.DeleteFunc(t.values, func(v value) bool { return !looksLikeC(v.guesses[0]) })
	}
	t.opts = c.optionsOf(call.Args[args.options])
	if t.open {
		c.note(call, "a text that is made at run time is not checked")
	}
	for name, v := range d.defines {
		delete(t.opts.guesses, name)
		delete(t.opts.optional, name)
		if t.opts.fixed == nil {
			t.opts.fixed = map[string]string{}
		}
		maps.Copy(t.opts.fixed, map[string]string{name: v})
	}
}

// looksLikeC tells a text that could be a C program from other strings.
func looksLikeC(text string) bool {
	return strings.ContainsAny(text, "({") && strings.Contains(text, "\n")
}

// note says what is not checked, to those who want to know.
func (c *checker) note(n ast.Node, format string, args ...any) {
	if c.settings.verbose {
		pos := c.pass.Fset.PositionFor(n.Pos(), false)
		fmt.Fprintf(os.Stderr, "%s: not checked: %s\n", pos, fmt.Sprintf(format, args...))
	}
}
