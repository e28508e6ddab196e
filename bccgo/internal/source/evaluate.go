package source

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
)

// evaluation finds the strings that an expression can have. It takes every value
// that a name is given anywhere, whatever the order.
type evaluation struct {
	p         *goPackage
	following map[nameIn]bool // names that are being looked up
}

// maxTexts bounds how many strings one expression can have.
const maxTexts = 64

func (e *evaluation) expr(n ast.Node, in place) ([]string, error) {
	switch n := n.(type) {
	case *ast.BasicLit:
		if f, ok := e.p.literal(in.src, n); ok {
			return []string{f.text}, nil
		}
	case *ast.ParenExpr:
		return e.expr(n.X, in)
	case *ast.BinaryExpr:
		if n.Op == token.ADD {
			return e.sum(n, in)
		}
	case *ast.Ident:
		return e.name(n.Name, in)
	case *ast.CallExpr:
		if fun, ok := n.Fun.(*ast.Ident); ok && fun.Name == "string" && len(n.Args) == 1 {
			return e.expr(n.Args[0], in)
		}
		return nil, fmt.Errorf("it is made when the program runs, by %s", spelled(n.Fun))
	}
	return nil, fmt.Errorf("it is made when the program runs")
}

// spelled is a function's name in a message.
func spelled(fun ast.Expr) string {
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return spelled(fun.X) + "." + fun.Sel.Name
	}
	return "a function"
}

// sum joins every left side with every right one.
func (e *evaluation) sum(n *ast.BinaryExpr, in place) ([]string, error) {
	left, err := e.expr(n.X, in)
	if err != nil {
		return nil, err
	}
	right, err := e.expr(n.Y, in)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, l := range left {
		for _, r := range right {
			out = append(out, l+r)
		}
	}
	return bounded(out)
}

func bounded(texts []string) ([]string, error) {
	if len(texts) > maxTexts {
		return nil, fmt.Errorf("it is one of more than %d", maxTexts)
	}
	return texts, nil
}

// name finds what a name is given: in the function, if it means something there,
// else in the package.
func (e *evaluation) name(name string, in place) ([]string, error) {
	key := nameIn{name, in.fn}
	defs := e.variables(key)
	if len(defs) == 0 {
		key.fn = nil
		defs = e.variables(key)
	}
	switch {
	case e.following[key]:
		return nil, fmt.Errorf("%s is made of itself", name)
	case len(defs) == 0:
		return nil, fmt.Errorf("what %s is cannot be told from the package's own source", name)
	case grows(in.fn, name):
		return nil, fmt.Errorf("%s is put together when the program runs", name)
	}
	e.following[key] = true
	defer delete(e.following, key)
	var out []string
	for _, d := range defs {
		texts, err := e.definition(d)
		if err != nil {
			return nil, err
		}
		for _, text := range texts {
			if !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return bounded(out)
}

// variables are the definitions of a name as a variable, constant or parameter.
func (e *evaluation) variables(key nameIn) []definition {
	var out []definition
	for _, d := range e.p.index[key] {
		if !d.loose {
			out = append(out, d)
		}
	}
	return out
}

func (e *evaluation) definition(d definition) ([]string, error) {
	if d.files == nil {
		return e.expr(d.node, d.in)
	}
	var out []string
	for _, f := range d.files {
		out = append(out, f.text)
	}
	return out, nil
}

// grows tells whether a function adds to a variable.
func grows(fn *ast.FuncDecl, name string) bool {
	found := false
	if fn == nil {
		return false
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && a.Tok == token.ADD_ASSIGN {
			left, ok := a.Lhs[0].(*ast.Ident)
			found = found || ok && left.Name == name
		}
		return !found
	})
	return found
}
