package source

import (
	"go/ast"
	"go/token"
	"slices"
)

// maxDepth bounds how far the names in a concatenation are followed.
const maxDepth = 16

// concatenations returns the strings that an expression a + b + ... joins, as far
// as neighbours are known: literals, and names with one value. Pieces that look
// alike are told apart by what they stand next to.
func (r *reach) concatenations(n *ast.BinaryExpr, in place) []*fragment {
	var out []*fragment
	var run []*fragment
	flush := func() {
		if len(run) > 1 {
			out = append(out, r.p.joined(run))
		}
		run = nil
	}
	for _, operand := range r.operands(n) {
		if f := r.p.value(operand, in, maxDepth); f != nil {
			run = append(run, f)
		} else {
			flush()
		}
	}
	flush()
	return out
}

// operands lists what an expression joins. It notes the expressions inside, which
// are not to be looked at again.
func (r *reach) operands(e ast.Expr) []ast.Expr {
	switch n := ast.Unparen(e).(type) {
	case *ast.BinaryExpr:
		if n.Op == token.ADD {
			r.joined[n] = true
			return append(r.operands(n.X), r.operands(n.Y)...)
		}
	}
	return []ast.Expr{e}
}

// value is the string that an expression stands for, nil if that is not known.
func (p *goPackage) value(e ast.Expr, in place, depth int) *fragment {
	if depth == 0 {
		return nil
	}
	switch n := ast.Unparen(e).(type) {
	case *ast.BasicLit:
		if f, ok := p.literal(in.src, n); ok {
			return f
		}
	case *ast.Ident:
		d := p.index[nameIn{n.Name, in.fn}]
		if len(d) == 0 {
			d = p.index[nameIn{n.Name, nil}]
		}
		if len(d) != 1 {
			return nil
		}
		if len(d[0].files) == 1 {
			return d[0].files[0]
		}
		if value, ok := d[0].node.(ast.Expr); ok {
			return p.value(value, d[0].in, depth-1)
		}
	case *ast.BinaryExpr:
		if n.Op != token.ADD {
			return nil
		}
		x, y := p.value(n.X, in, depth-1), p.value(n.Y, in, depth-1)
		if x != nil && y != nil {
			return p.joined([]*fragment{x, y})
		}
	}
	return nil
}

// joined is one fragment of several.
func (p *goPackage) joined(list []*fragment) *fragment {
	var text []byte
	var at []loc
	for _, f := range list {
		text = append(text, f.text...)
		at = append(at[:len(text)-len(f.text)], f.at...)
	}
	return p.fragment(string(text), slices.Clip(at))
}
