package vet

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"os"
)

// maxValues bounds how many values an expression is followed to.
const maxValues = 32

// value is one value that a string can have: more than one guess where parts of
// it are not known.
type value struct {
	guesses []string
	// files are those of other packages that parts come from.
	files []string
}

func known(text string) value { return value{guesses: []string{text}} }

// guessed tells that parts of the value are not known.
func (v value) guessed() bool { return len(v.guesses) > 1 }

// guess is guess i, or the only one.
func (v value) guess(i int) string { return v.guesses[min(i, len(v.guesses)-1)] }

// join makes the values of two strings one after the other.
func join(a, b value) value {
	out := value{files: append(append([]string(nil), a.files...), b.files...)}
	for i := range max(len(a.guesses), len(b.guesses)) {
		out.guesses = append(out.guesses, a.guess(i)+b.guess(i))
	}
	return out
}

// change applies a function to all guesses.
func (v value) change(f func(string) string) value {
	out := value{files: v.files}
	for _, g := range v.guesses {
		out.guesses = append(out.guesses, f(g))
	}
	return out
}

// evaluator finds the values of strings.
type evaluator struct {
	*checker
	// busy are the expressions being evaluated, against circles.
	busy map[ast.Expr]bool
}

// evaluate returns the values that a string can have. open tells that there may
// be others.
func (c *checker) evaluate(e ast.Expr) (list []value, open bool) {
	return (&evaluator{checker: c, busy: map[ast.Expr]bool{}}).values(e)
}

func (v *evaluator) values(e ast.Expr) (list []value, open bool) {
	if v.busy[e] {
		return nil, true
	}
	v.busy[e] = true
	defer delete(v.busy, e)
	if text, ok := v.constant(e); ok {
		return []value{{guesses: []string{text}, files: v.origins(e)}}, false
	}
	t := v.flow.trace(e)
	open = t.open
	for _, leaf := range t.leaves {
		found, more := v.leaf(leaf)
		list = append(list, found...)
		open = open || more
	}
	if len(list) > maxValues {
		return list[:maxValues], true
	}
	return list, open
}

// constant returns the value of a constant string.
func (v *evaluator) constant(e ast.Expr) (string, bool) {
	tv := v.pass.TypesInfo.Types[e]
	if tv.Value == nil || tv.Value.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(tv.Value), true
}

// leaf evaluates what cannot be followed further.
func (v *evaluator) leaf(s source) (list []value, open bool) {
	if text, ok := v.constant(s.expr); ok {
		return []value{{guesses: []string{text}, files: v.origins(s.expr)}}, false
	}
	switch e := s.expr.(type) {
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return v.sum(e)
		}
	case *ast.CallExpr:
		return v.call(e)
	case *ast.Ident:
		if e.Name == "nil" {
			return nil, false
		}
	}
	if files, ok := v.flow.embeds[v.flow.object(s.expr)]; ok {
		return readAll(files)
	}
	return nil, true
}

func readAll(files []string) (list []value, open bool) {
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, true // the build says it better
		}
		list = append(list, known(string(data)))
	}
	return list, false
}

// sum evaluates a concatenation: each value of one side with each of the other.
func (v *evaluator) sum(e *ast.BinaryExpr) (list []value, open bool) {
	left, openLeft := v.values(e.X)
	right, openRight := v.values(e.Y)
	for _, l := range left {
		for _, r := range right {
			list = append(list, join(l, r))
		}
	}
	return list, openLeft || openRight
}

// one returns the value of an expression that has a single known one.
func (v *evaluator) one(e ast.Expr) (string, bool) {
	list, open := v.values(e)
	if open || len(list) != 1 || list[0].guessed() {
		return "", false
	}
	return list[0].guesses[0], true
}

// origins lists the files of other packages whose constants an expression is
// made of.
func (v *evaluator) origins(e ast.Expr) []string {
	var files []string
	seen := map[types.Object]bool{}
	var visit func(ast.Expr)
	visit = func(e ast.Expr) {
		ast.Inspect(e, func(n ast.Node) bool {
			ident, _ := n.(*ast.Ident)
			c, _ := v.pass.TypesInfo.Uses[ident].(*types.Const)
			if c == nil || seen[c] || c.Pkg() == nil {
				return true
			}
			seen[c] = true
			if c.Pkg() != v.pass.Pkg {
				files = append(files, v.pass.Fset.PositionFor(c.Pos(), false).Filename)
			}
			for _, d := range v.flow.defs[c] {
				if d.expr != nil {
					visit(d.expr)
				}
			}
			return true
		})
	}
	visit(e)
	return files
}
