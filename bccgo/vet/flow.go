package vet

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/types/typeutil"
)

// flow says where the values of a package's variables, fields, parameters and
// results come from, whatever the order and the conditions of the assignments.
type flow struct {
	info *types.Info
	pkg  *types.Package
	// defs are what is assigned to variables, fields and parameters.
	defs map[types.Object][]source
	// returns are what functions return.
	returns map[*types.Func][]*ast.ReturnStmt
	// entries are the elements that are assigned to maps.
	entries map[types.Object][]entry
	// passed are the parameters that a variable is handed to; a nil one is of a
	// function that cannot be seen.
	passed map[types.Object][]types.Object
	// embeds are the files that go:embed puts into variables.
	embeds map[types.Object][]string
	// called are the names of functions that are called where they stand.
	called map[*ast.Ident]bool
}

// source is an expression that something takes its value from.
type source struct {
	expr ast.Expr
	// result is which of a call's results it is.
	result int
	// elem tells that it is an element of the expression's value.
	elem bool
}

// unknownSource stands for values from elsewhere.
var unknownSource = source{}

// entry is an assignment to an element of a map.
type entry struct{ key, value ast.Expr }

func newFlow(pass *analysis.Pass, files []*ast.File) *flow {
	f := &flow{
		info: pass.TypesInfo, pkg: pass.Pkg,
		defs: map[types.Object][]source{}, returns: map[*types.Func][]*ast.ReturnStmt{},
		entries: map[types.Object][]entry{}, passed: map[types.Object][]types.Object{},
		embeds: map[types.Object][]string{}, called: map[*ast.Ident]bool{},
	}
	for _, file := range files {
		for _, decl := range file.Decls {
			f.decl(pass.Fset, decl)
		}
	}
	for ident, obj := range f.info.Uses {
		if fn, ok := obj.(*types.Func); ok && fn.Pkg() == f.pkg && !f.called[ident] {
			f.foreignParams(fn)
		}
	}
	return f
}

func (f *flow) decl(fset *token.FileSet, decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.GenDecl:
		f.readEmbeds(fset, decl)
	case *ast.FuncDecl:
		if fn, ok := f.info.Defs[decl.Name].(*types.Func); ok && decl.Body != nil {
			f.readReturns(fn, decl.Body)
			if fn.Exported() && f.pkg.Name() != "main" {
				f.foreignParams(fn)
			}
		}
	}
	ast.Inspect(decl, func(n ast.Node) bool {
		f.node(n)
		return true
	})
}

// foreignParams notes that a function is called from elsewhere, too.
func (f *flow) foreignParams(fn *types.Func) {
	for p := range fn.Signature().Params().Variables() {
		f.defs[p] = append(f.defs[p], unknownSource)
	}
}

// readReturns collects a function's own return statements.
func (f *flow) readReturns(fn *types.Func, body *ast.BlockStmt) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			f.returns[fn] = append(f.returns[fn], n)
		}
		return true
	})
}

func (f *flow) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.ValueSpec:
		lhs := make([]ast.Expr, len(n.Names))
		for i, name := range n.Names {
			lhs[i] = name
		}
		f.assign(lhs, n.Values)
	case *ast.AssignStmt:
		if n.Tok == token.ASSIGN || n.Tok == token.DEFINE {
			f.assign(n.Lhs, n.Rhs)
			return
		}
		f.define(n.Lhs[0], unknownSource)
	case *ast.RangeStmt:
		if n.Key != nil {
			f.define(n.Key, unknownSource)
		}
		if n.Value != nil {
			f.define(n.Value, source{expr: n.X, elem: true})
		}
	case *ast.UnaryExpr:
		// What its address is given to may assign to it. A struct's fields are
		// followed by themselves.
		if n.Op == token.AND && f.isBasic(n.X) {
			f.define(n.X, unknownSource)
		}
	case *ast.CompositeLit:
		f.fields(n)
	case *ast.CallExpr:
		f.arguments(n)
	}
}

func (f *flow) isBasic(e ast.Expr) bool {
	t := f.info.TypeOf(e)
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Basic)
	return ok
}

// assign notes an assignment of as many values, or of one call's results.
func (f *flow) assign(lhs, rhs []ast.Expr) {
	for i, left := range lhs {
		switch {
		case len(rhs) == len(lhs):
			f.define(left, source{expr: rhs[i]})
		case len(rhs) == 1:
			f.define(left, source{expr: rhs[0], result: i})
		}
	}
}

func (f *flow) define(left ast.Expr, s source) {
	left = ast.Unparen(left)
	if index, ok := left.(*ast.IndexExpr); ok {
		if obj := f.object(index.X); obj != nil && s.expr != nil {
			f.entries[obj] = append(f.entries[obj], entry{index.Index, s.expr})
		}
		return
	}
	if obj := f.object(left); obj != nil {
		f.defs[obj] = append(f.defs[obj], s)
	}
}

// fields notes the values of a struct's fields.
func (f *flow) fields(lit *ast.CompositeLit) {
	typ := f.info.TypeOf(lit)
	if typ == nil {
		return
	}
	if p, ok := typ.Underlying().(*types.Pointer); ok {
		typ = p.Elem() // an element without a type in a list of pointers
	}
	st, ok := typ.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok {
				f.defs[f.info.Uses[key]] = append(f.defs[f.info.Uses[key]], source{expr: kv.Value})
			}
			continue
		}
		f.defs[st.Field(i)] = append(f.defs[st.Field(i)], source{expr: elt})
	}
}

// arguments notes what the parameters of a call are.
func (f *flow) arguments(call *ast.CallExpr) {
	fn, _ := typeutil.Callee(f.info, call).(*types.Func)
	if name := calledName(call.Fun); name != nil {
		f.called[name] = true
	}
	seen := fn != nil && fn.Pkg() == f.pkg && !isInterfaceMethod(fn)
	for i, arg := range call.Args {
		var param types.Object
		if seen {
			param = parameter(fn.Origin().Signature(), i)
		}
		if obj := f.object(arg); obj != nil && !f.isBuiltin(call) {
			f.passed[obj] = append(f.passed[obj], param)
		}
		if param != nil {
			f.defs[param] = append(f.defs[param], source{expr: arg})
		}
	}
}

func (f *flow) isBuiltin(call *ast.CallExpr) bool {
	return f.info.Types[call.Fun].IsBuiltin()
}

func isInterfaceMethod(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	return recv != nil && types.IsInterface(recv.Type())
}

// parameter is the one that argument i goes to, nil for one of a list.
func parameter(sig *types.Signature, i int) types.Object {
	if n := sig.Params().Len(); i >= n || sig.Variadic() && i == n-1 {
		return nil
	}
	return sig.Params().At(i)
}

// calledName is the name of the function in a call, nil for none.
func calledName(fun ast.Expr) *ast.Ident {
	switch fun := ast.Unparen(fun).(type) {
	case *ast.Ident:
		return fun
	case *ast.SelectorExpr:
		return fun.Sel
	case *ast.IndexExpr:
		return calledName(fun.X)
	case *ast.IndexListExpr:
		return calledName(fun.X)
	}
	return nil
}

// object is the variable, field or constant that an expression names, nil for
// none.
func (f *flow) object(e ast.Expr) types.Object {
	var obj types.Object
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		obj = f.info.ObjectOf(e)
	case *ast.SelectorExpr:
		obj = f.info.ObjectOf(e.Sel)
	}
	switch obj := obj.(type) {
	case *types.Var:
		return obj.Origin()
	case *types.Const:
		return obj
	}
	return nil
}
