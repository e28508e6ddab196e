package vet

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"
)

// trail is what following an expression back to its sources met.
type trail struct {
	flow *flow
	seen map[step]bool
	// objects are the variables, fields and parameters on the way.
	objects map[types.Object]bool
	// leaves are the expressions that lead no further.
	leaves []source
	// open tells that there may be other sources that cannot be seen.
	open bool
}

type step struct {
	obj    types.Object
	elem   bool
	result int
}

// trace follows an expression back to where its value can come from.
func (f *flow) trace(e ast.Expr) *trail {
	t := &trail{flow: f, seen: map[step]bool{}, objects: map[types.Object]bool{}}
	t.follow(source{expr: e})
	return t
}

func (t *trail) follow(s source) {
	if s.expr == nil {
		t.open = true
		return
	}
	s.expr = ast.Unparen(s.expr)
	switch e := s.expr.(type) {
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			t.follow(source{expr: e.X, elem: s.elem})
			return
		}
	case *ast.StarExpr:
		t.follow(source{expr: e.X, elem: s.elem})
		return
	case *ast.IndexExpr:
		if !s.elem && s.result == 0 && t.flow.info.Types[e.X].IsValue() {
			t.follow(source{expr: e.X, elem: true})
			return
		}
	case *ast.CompositeLit:
		if s.elem {
			t.elements(e)
			return
		}
	case *ast.CallExpr:
		if t.call(e, s) {
			return
		}
	}
	if obj := t.flow.object(s.expr); obj != nil && t.named(obj, s) {
		return
	}
	if s.elem {
		t.open = true
		return
	}
	t.leaves = append(t.leaves, s)
}

// named follows a name to what it is defined by, if that is known.
func (t *trail) named(obj types.Object, s source) bool {
	defs := t.flow.defs[obj]
	if _, ok := obj.(*types.Const); ok || len(defs) == 0 && len(t.flow.entries[obj]) == 0 {
		return false
	}
	t.objects[obj] = true
	at := step{obj, s.elem, s.result}
	if t.seen[at] {
		return true
	}
	t.seen[at] = true
	for _, d := range defs {
		if s.elem && d.elem {
			t.open = true // an element of an element
			continue
		}
		d.elem = d.elem || s.elem
		t.follow(d)
	}
	if s.elem {
		for _, e := range t.flow.entries[obj] {
			t.follow(source{expr: e.value})
		}
	}
	return true
}

func (t *trail) elements(lit *ast.CompositeLit) {
	for _, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			elt = kv.Value
		}
		t.follow(source{expr: elt})
	}
}

// call follows a call of one of the package's functions to what it returns.
func (t *trail) call(call *ast.CallExpr, s source) bool {
	fn, _ := typeutil.Callee(t.flow.info, call).(*types.Func)
	if fn == nil {
		return false
	}
	fn = fn.Origin()
	returns := t.flow.returns[fn]
	if len(returns) == 0 || fn.Signature().Results().At(0).Name() != "" {
		return false
	}
	at := step{fn, s.elem, s.result}
	if t.seen[at] {
		return true
	}
	t.seen[at] = true
	for _, r := range returns {
		switch {
		case len(r.Results) == 1:
			t.follow(source{expr: r.Results[0], result: s.result, elem: s.elem})
		case s.result < len(r.Results):
			t.follow(source{expr: r.Results[s.result], elem: s.elem})
		}
	}
	return true
}
