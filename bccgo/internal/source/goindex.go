package source

import (
	"go/ast"
	"go/token"
)

// goIndex lists by name what could give a Go name its value.
type goIndex map[nameIn][]definition

// nameIn is a name as a function means it; a nil function is the package.
type nameIn struct {
	name string
	fn   *ast.FuncDecl
}

// definition is an expression, or the body of a function, that a name can
// stand for.
type definition struct {
	scope *ast.FuncDecl // where the name means this; nil for the package
	node  ast.Node
	in    place // where the node is
	files []*fragment
	// loose tells that the name is not a variable's: a field's, or a function's.
	loose bool
}

// place is the file and function that an expression's names are looked up in.
type place struct {
	src *goSource
	fn  *ast.FuncDecl
}

func (p *goPackage) define(name string, d definition) {
	if p.index == nil {
		p.index = goIndex{}
	}
	key := nameIn{name, d.scope}
	p.index[key] = append(p.index[key], d)
}

func (p *goPackage) indexFile(g *goSource) {
	p.indexEmbeds(g)
	for _, decl := range g.tree.Decls {
		fn, _ := decl.(*ast.FuncDecl)
		in := place{g, fn}
		if fn != nil && fn.Body != nil {
			p.define(fn.Name.Name, definition{node: fn.Body, in: in, loose: true})
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			p.indexNode(in, n)
			return true
		})
	}
}

func (p *goPackage) indexNode(in place, n ast.Node) {
	switch n := n.(type) {
	case *ast.ValueSpec:
		for i, name := range n.Names {
			p.defineEach(in, name, i, n.Values)
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			p.defineEach(in, left, i, n.Rhs)
		}
	case *ast.RangeStmt:
		p.defineEach(in, n.Value, 0, []ast.Expr{n.X})
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok {
			p.define(key.Name, definition{node: n.Value, in: in, loose: true})
		}
	case *ast.CallExpr:
		p.indexArguments(in, n)
	}
}

// defineEach defines the i-th of several names by the value in its place, or
// by the only value.
func (p *goPackage) defineEach(in place, name ast.Expr, i int, values []ast.Expr) {
	if i >= len(values) {
		i = len(values) - 1
	}
	if i < 0 {
		return
	}
	d := definition{scope: in.fn, node: values[i], in: in}
	switch name := name.(type) {
	case *ast.Ident:
		p.define(name.Name, d)
	case *ast.SelectorExpr:
		d.scope, d.loose = nil, true
		p.define(name.Sel.Name, d)
	}
}

// indexArguments defines the parameters of the file's own functions by the
// arguments of their calls.
func (p *goPackage) indexArguments(in place, call *ast.CallExpr) {
	callee, ok := call.Fun.(*ast.Ident)
	if !ok {
		return
	}
	for _, decl := range in.src.tree.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Name.Name != callee.Name || fn.Recv != nil {
			continue
		}
		for i, name := range parameterNames(fn) {
			if i < len(call.Args) {
				p.define(name, definition{scope: fn, node: call.Args[i], in: in})
			}
		}
	}
}

func parameterNames(fn *ast.FuncDecl) []string {
	var out []string
	for _, field := range fn.Type.Params.List {
		for _, name := range field.Names {
			out = append(out, name.Name)
		}
	}
	return out
}

// reach collects the strings an expression's value can come from: its own
// literals and those of everything it names.
type reach struct {
	p     *goPackage
	seen  map[ast.Node]bool
	named map[nameIn]bool // names that were followed
	taken map[*ast.BasicLit]bool
	// joined are the concatenations that are part of one that was seen.
	joined map[*ast.BinaryExpr]bool
	out    []*fragment
}

func (r *reach) node(n ast.Node, in place) {
	if n == nil || r.seen[n] {
		return
	}
	r.seen[n] = true
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if f, ok := r.p.literal(in.src, n); ok && !r.taken[n] {
				r.taken[n] = true
				r.out = append(r.out, f)
			}
		case *ast.BinaryExpr:
			if n.Op == token.ADD && !r.joined[n] {
				r.out = append(r.out, r.concatenations(n, in)...)
			}
		case *ast.Ident:
			r.name(n.Name, in)
		}
		return true
	})
}

// name follows a name, to its meaning in the function before any other.
func (r *reach) name(name string, in place) {
	if r.named[nameIn{name, in.fn}] {
		return
	}
	r.named[nameIn{name, in.fn}] = true
	local := r.p.index[nameIn{name, in.fn}]
	if len(local) == 0 {
		local = r.p.index[nameIn{name, nil}]
	}
	if len(local) == 0 && token.IsIdentifier(name) && !isUniverse(name) {
		r.p.unresolved = true
	}
	for _, d := range local {
		if d.files != nil {
			r.out = append(r.out, d.files...)
			continue
		}
		r.node(d.node, d.in)
	}
}

func isUniverse(name string) bool {
	switch name {
	case "_", "nil", "true", "false", "string", "byte", "append", "len":
		return true
	}
	return false
}

// tiers returns the package's strings, the likeliest first: those that the
// arguments of the call at the given line lead to, those of its function, of
// its file, and of the package.
func (p *goPackage) tiers(main *goSource, goLine int) [][]*fragment {
	p.unresolved = false
	r := &reach{p: p, seen: map[ast.Node]bool{}, named: map[nameIn]bool{}, taken: map[*ast.BasicLit]bool{}, joined: map[*ast.BinaryExpr]bool{}}
	calls, fn := callsAt(main, goLine)
	for _, call := range calls {
		for _, arg := range call.Args {
			r.node(arg, place{main, fn})
		}
	}
	unresolved := p.unresolved
	out := [][]*fragment{r.take()}
	if fn != nil {
		r.node(fn, place{main, fn})
	}
	out = append(out, r.take())
	for _, g := range p.sources {
		r.node(g.tree, place{g, nil})
	}
	r.out = append(r.out, p.embedded...)
	p.unresolved = unresolved
	return append(out, r.take())
}

func (r *reach) take() []*fragment {
	out := r.out
	r.out = nil
	return out
}

// callsAt returns the calls that begin their arguments on the line, or else
// the smallest call around it, and the function they are in.
func callsAt(g *goSource, goLine int) (calls []*ast.CallExpr, fn *ast.FuncDecl) {
	var around *ast.CallExpr
	ast.Inspect(g.tree, func(n ast.Node) bool {
		if n == nil || g.line(n.Pos()) > goLine || g.line(n.End()) < goLine {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncDecl:
			fn = n
		case *ast.CallExpr:
			around = n // the innermost comes last
			if g.line(n.Lparen) == goLine {
				calls = append(calls, n)
			}
		}
		return true
	})
	if len(calls) == 0 && around != nil {
		calls = []*ast.CallExpr{around}
	}
	return calls, fn
}
