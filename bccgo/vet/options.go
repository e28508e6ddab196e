package vet

import (
	"go/ast"
	"go/types"
)

// options are what a call's *bccgo.Options can be, as far as a compile depends
// on them.
type options struct {
	cflags []string
	// fixed are the macros that are always defined, with known values; guesses
	// those whose value is not known.
	fixed   map[string]string
	guesses map[string]bool
	// optional are the macros that may be defined; the value is "" and false for
	// one whose value is not known.
	optional map[string]definition
	// open tells that other macros may be defined.
	open bool
	// probes tells that static probes of user space are enabled, which are looked
	// for when the program runs.
	probes bool
}

// definition is a macro's value, as far as it is known.
type definition struct {
	value string
	known bool
}

func (c *checker) optionsOf(e ast.Expr) options {
	o := options{fixed: map[string]string{}, guesses: map[string]bool{}, optional: map[string]definition{}}
	t := c.flow.trace(e)
	o.open = t.open
	var defines []ast.Expr
	literals := 0
	for _, leaf := range t.leaves {
		switch e := leaf.expr.(type) {
		case *ast.CompositeLit:
			literals++
			defines = append(defines, o.literal(c, e)...)
		case *ast.CallExpr:
			if name := calledName(e.Fun); name == nil || name.Name != "new" {
				o.open = true
			}
		case *ast.Ident:
			o.open = o.open || e.Name != "nil"
		default:
			o.open = true
		}
	}
	always := literals == 1 && len(t.leaves) == 1
	for _, e := range defines {
		c.defines(&o, e, always)
	}
	for _, e := range c.fieldsOf(t.objects, "Defines") {
		c.defines(&o, e, false)
	}
	for _, e := range c.fieldsOf(t.objects, "Cflags") {
		o.flags(c, e)
	}
	o.probes = o.probes || o.open || len(c.fieldsOf(t.objects, "USDT")) > 0
	return o
}

// literal reads an Options literal and returns its Defines.
func (o *options) literal(c *checker, lit *ast.CompositeLit) (defines []ast.Expr) {
	for _, elt := range lit.Elts {
		kv, ok := elt.(*ast.KeyValueExpr)
		if !ok {
			o.open = true
			continue
		}
		switch key, _ := kv.Key.(*ast.Ident); {
		case key == nil:
		case key.Name == "Defines":
			defines = append(defines, kv.Value)
		case key.Name == "USDT":
			o.probes = true
		case key.Name == "Cflags":
			o.flags(c, kv.Value)
		}
	}
	return defines
}

// flags adds the compiler arguments that are known.
func (o *options) flags(c *checker, e ast.Expr) {
	t := c.flow.trace(e)
	o.open = o.open || t.open
	for _, leaf := range t.leaves {
		lit, ok := leaf.expr.(*ast.CompositeLit)
		if !ok {
			o.open = true
			continue
		}
		for _, elt := range lit.Elts {
			list, open := c.evaluate(elt)
			if open || len(list) != 1 || list[0].guessed() {
				o.open = true
				continue
			}
			o.cflags = append(o.cflags, list[0].guesses[0])
		}
	}
}

// fieldsOf lists what is assigned to a field of one of several variables.
func (c *checker) fieldsOf(objects map[types.Object]bool, field string) []ast.Expr {
	var list []ast.Expr
	for _, f := range c.files {
		ast.Inspect(f, func(n ast.Node) bool {
			assign, ok := n.(*ast.AssignStmt)
			if !ok || len(assign.Lhs) != len(assign.Rhs) {
				return true
			}
			for i, left := range assign.Lhs {
				sel, ok := left.(*ast.SelectorExpr)
				if ok && sel.Sel.Name == field && objects[c.flow.object(sel.X)] {
					list = append(list, assign.Rhs[i])
				}
			}
			return true
		})
	}
	return list
}

// defines adds what a map of macros can hold.
func (c *checker) defines(o *options, e ast.Expr, always bool) {
	t := c.flow.trace(e)
	o.open = o.open || t.open
	always = always && len(t.leaves) == 1
	for _, leaf := range t.leaves {
		switch e := leaf.expr.(type) {
		case *ast.CompositeLit:
			for _, elt := range e.Elts {
				if kv, ok := elt.(*ast.KeyValueExpr); ok {
					c.macro(o, entry{kv.Key, kv.Value}, always)
				}
			}
		case *ast.CallExpr:
			if name := calledName(e.Fun); name == nil || name.Name != "make" {
				o.open = true
			}
		case *ast.Ident:
			o.open = o.open || e.Name != "nil"
		default:
			o.open = true
		}
	}
	for obj := range c.flow.handedOn(t.objects) {
		for _, e := range c.flow.entries[obj] {
			c.macro(o, e, false)
		}
		for _, param := range c.flow.passed[obj] {
			o.open = o.open || param == nil
		}
	}
}

// handedOn adds the parameters that variables are handed to.
func (f *flow) handedOn(objects map[types.Object]bool) map[types.Object]bool {
	all := map[types.Object]bool{}
	var add func(types.Object)
	add = func(obj types.Object) {
		if obj == nil || all[obj] {
			return
		}
		all[obj] = true
		for _, param := range f.passed[obj] {
			add(param)
		}
	}
	for obj := range objects {
		add(obj)
	}
	return all
}

// macro adds one macro.
func (c *checker) macro(o *options, e entry, always bool) {
	names, open := c.evaluate(e.key)
	o.open = o.open || open
	values, open := c.evaluate(e.value)
	known := !open && len(values) == 1 && !values[0].guessed()
	for _, name := range names {
		if name.guessed() {
			o.open = true
			continue
		}
		name := name.guesses[0]
		switch {
		case !always && known:
			o.optional[name] = definition{values[0].guesses[0], true}
		case !always:
			o.optional[name] = definition{}
		case known:
			o.fixed[name] = values[0].guesses[0]
		default:
			o.guesses[name] = true
		}
	}
}
