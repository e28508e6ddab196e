package layout

import (
	"fmt"
	"slices"
	"strings"
)

// libraryPath is the package whose functions generated code calls.
const libraryPath = "github.com/bccgo/bcc/bccgo"

// Root is a C type that a program shares with Go.
type Root struct {
	Type *Type
	// Use says what the program does with it: "key of table counts".
	Use string
	// Hint is the Go name for a type without one in C.
	Hint string
}

// GoSource is generated Go code without its package clause.
type GoSource struct {
	// Imports are the paths of the packages it needs, sorted.
	Imports []string
	// Exprs are the Go types of the roots.
	Exprs []string
	// Decls are the declarations, as gofmt formats them; empty if there are none.
	Decls string
}

// GoTypes declares a Go type, which passes [Check], for every struct, union,
// enumeration and named array among the roots and in them, each C type once.
//
// Types are named after those in C: struct data_t becomes DataT. Comments give
// the C declarations with offsets and sizes in bytes. Enumerations have constants
// and print as names, char arrays print as text, and everything else is as
// [GoStruct] does it.
func GoTypes(roots []Root) GoSource {
	g := newGenerator(map[*Type]int{}, true)
	for _, r := range roots {
		id := identity(r.Type, r.Hint)
		if !slices.Contains(g.uses[id], r.Use) {
			g.uses[id] = append(g.uses[id], r.Use)
		}
	}
	var out GoSource
	for _, r := range roots {
		out.Exprs = append(out.Exprs, g.root(r))
	}
	out.Decls = g.source()
	for path := range g.imports {
		out.Imports = append(out.Imports, path)
	}
	slices.Sort(out.Imports)
	return out
}

// root returns the Go type of a root, declared if it is worth a name.
func (g *generator) root(r Root) string {
	expr, _ := g.natural(r.Type, 0, maxAlign, r.Hint)
	return expr
}

// namedArray declares an array that has a name in C, once, and returns its name
// and alignment.
func (g *generator) namedArray(t *Type, hint string) (string, int) {
	id := identity(t, hint)
	expr, align := "", 1
	if !t.IsText() {
		var elem string
		elem, align = g.expr(t.Elem, 0, lowestBit(t.Elem.Size), hint)
		expr = fmt.Sprintf("[%d]%s", t.Len, elem)
	}
	if name, ok := g.names[id]; ok {
		return name, align
	}
	name := g.name(t, hint)
	g.names[id] = name
	if t.IsText() {
		g.declareText(name, t.Len, g.doc(t, name))
	} else {
		g.decls = append(g.decls, g.doc(t, name)+fmt.Sprintf("type %s %s\n", name, expr))
	}
	return name, align
}

// doc is the comment of a type in a file.
func (g *generator) doc(t *Type, name string) string {
	if !g.file {
		return ""
	}
	what := t.Name
	if t.word() == "" {
		what = "a " + t.Kind.String() + " without a name in C"
	}
	text := fmt.Sprintf("// %s is %s, %s", name, comment(what), bytesText(t.Size))
	if uses := g.uses[identity(t, name)]; len(uses) > 0 {
		text += ": " + comment(strings.Join(uses, ", "))
	}
	return text + ".\n"
}

// commExpr is the library's type for char arrays of length commLen.
const (
	commExpr = "bccgo.Comm"
	commLen  = 16
)

// textExpr returns the Go type for a char array: one that prints as text.
func (g *generator) textExpr(n int) string {
	if n == commLen {
		g.imports[libraryPath] = true
		return commExpr
	}
	if !g.file {
		return fmt.Sprintf("[%d]byte", n)
	}
	id := fmt.Sprintf("text %d", n)
	name, ok := g.names[id]
	if !ok {
		name = g.free(fmt.Sprintf("Text%d", n))
		g.names[id] = name
		g.declareText(name, n, fmt.Sprintf("// %s is char[%d], which prints as the text up to the first NUL.\n", name, n))
	}
	return name
}

// declareText writes a char array's type.
func (g *generator) declareText(name string, n int, doc string) {
	g.imports[libraryPath] = true
	g.decls = append(g.decls, fmt.Sprintf("%stype %s [%d]byte\n\n// String returns the text.\nfunc (x %s) String() string { return bccgo.CString(x[:]) }\n\n"+
		"// MarshalText returns the text.\nfunc (x %s) MarshalText() ([]byte, error) { return []byte(x.String()), nil }\n", doc, name, n, name, name))
}
