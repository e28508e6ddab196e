package vet

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/nearest"
)

// use is a call that names a part of a module's text.
type use struct {
	nameCall
	call *ast.CallExpr
	// module is the expression that the module comes from.
	module ast.Expr
	// types are the type arguments.
	types []types.Type
}

// checkUses looks for what Go names in the texts it can be about.
func (c *checker) checkUses() {
	for _, f := range c.files {
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if u, ok := c.useOf(call); ok && !c.ignored(call) {
					c.checkUse(u)
				}
			}
			return true
		})
	}
}

// useOf reads a call.
func (c *checker) useOf(call *ast.CallExpr) (use, bool) {
	receiver, name, ok := callee(c.pass.TypesInfo, call)
	if !ok {
		return use{}, false
	}
	u := use{call: call}
	var found bool
	switch receiver {
	case "":
		if u.nameCall, found = openers[name]; found && len(call.Args) > u.arg {
			u.module = call.Args[0]
			u.types = c.typeArguments(call)
		}
	case "Module":
		u.nameCall, found = methods[name]
	case "JumpTable":
		u.nameCall, found = jumpMethods[name]
	}
	if method, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && receiver != "" {
		u.module = method.X
	}
	return u, found && u.module != nil && len(call.Args) > u.arg
}

// typeArguments are those that a call of a generic function has, written or not.
func (c *checker) typeArguments(call *ast.CallExpr) []types.Type {
	name := calledName(call.Fun)
	if name == nil {
		return nil
	}
	args := c.pass.TypesInfo.Instances[name].TypeArgs
	if args == nil {
		return nil
	}
	return slices.Collect(args.Types())
}

// programsOf are the programs that a module can be; none where that is not
// known.
func (c *checker) programsOf(module ast.Expr) []*program {
	texts, open := c.textsOf(module)
	if open || len(texts) == 0 {
		texts = c.texts
	}
	var list []*program
	for _, t := range texts {
		if t.open || t.failed {
			return nil
		}
		list = append(list, t.programs...)
	}
	return list
}

// textsOf are the calls that a module can come from.
func (c *checker) textsOf(module ast.Expr) (texts []*text, open bool) {
	t := c.flow.trace(module)
	open = t.open
	for _, leaf := range t.leaves {
		call, ok := leaf.expr.(*ast.CallExpr)
		if !ok {
			ident, _ := leaf.expr.(*ast.Ident)
			open = open || ident == nil || ident.Name != "nil"
			continue
		}
		found, more := c.textsOfCall(call)
		texts, open = append(texts, found...), open || more
	}
	return texts, open
}

func (c *checker) textsOfCall(call *ast.CallExpr) (texts []*text, open bool) {
	for _, t := range c.texts {
		if t.call == call {
			return []*text{t}, false
		}
	}
	receiver, name, ok := callee(c.pass.TypesInfo, call)
	if _, opens := openers[name]; ok && receiver == "" && (opens || name == "LoadBundle") && len(call.Args) > 0 {
		return c.textsOf(call.Args[0])
	}
	return nil, true
}

// checkUse checks one call.
func (c *checker) checkUse(u use) {
	programs := c.programsOf(u.module)
	names, open := c.evaluate(u.call.Args[u.arg])
	if len(programs) == 0 || open {
		return
	}
	for _, v := range names {
		if v.guessed() {
			continue
		}
		name := v.guesses[0]
		with := slices.DeleteFunc(slices.Clone(programs), func(p *program) bool { return !p.has(u.what, name) })
		if len(with) == 0 {
			c.report(u.call.Args[u.arg].Pos(), "name", "%v", unknown(u.what, name, programs))
			continue
		}
		if u.opener != nil {
			c.checkOpener(u, name, with)
		}
	}
}

// hookPrefixes may be left out of the names of functions whose place they name.
var hookPrefixes = []string{"", "kfunc__", "kretfunc__", "kfunc__vmlinux__", "kretfunc__vmlinux__", "kmod_ret__", "lsm__", "tp_btf__"}

// has tells whether the text has something of that name.
func (p *program) has(what, name string) bool {
	all := p.names(what)
	if what != functionName {
		return slices.Contains(all, name)
	}
	return slices.ContainsFunc(hookPrefixes, func(prefix string) bool { return slices.Contains(all, prefix+name) })
}

func (p *program) names(what string) []string {
	if what == functionName {
		return p.bundle.FunctionNames()
	}
	return p.bundle.MapNames()
}

func unknown(what, name string, programs []*program) error {
	var all []string
	for _, p := range programs {
		all = append(all, p.names(what)...)
	}
	slices.Sort(all)
	return &bccgo.UnknownError{Kind: what, Name: name, Nearest: nearest.In(name, slices.Compact(all), 3)}
}

// checkOpener compares the sort of a table and its types with what Go wants. It
// is enough if they agree in one of the programs; else the first tells.
func (c *checker) checkOpener(u use, name string, programs []*program) {
	var first *finding
	for _, p := range programs {
		found := c.misfit(u, name, p)
		if found == nil {
			return
		}
		if first == nil {
			first = found
		}
	}
	c.report(first.pos, first.category, "%v", first.err)
}

func (c *checker) misfit(u use, name string, p *program) *finding {
	table := p.bundle.Map(name)
	if kind := ebpf.MapType(table.Type); !slices.Contains(u.opener.kinds, kind) {
		return &finding{u.call.Args[u.arg].Pos(), "kind", &bccgo.KindError{Op: u.opener.op, Name: name, Is: kind.String(), Want: u.opener.want}}
	}
	return c.compareTypes(u, table, p)
}

// compareTypes compares the type arguments with the C types.
func (c *checker) compareTypes(u use, table *bundle.Map, p *program) *finding {
	for i, r := range u.opener.roles {
		if i >= len(u.types) || isParameter(u.types[i]) {
			continue
		}
		if err := c.compareType(r, u.types[i], table, p); err != nil {
			return &finding{c.typePos(u.call, i), "layout", err}
		}
	}
	return nil
}
