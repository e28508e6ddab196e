package vet

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"strconv"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/bccgo/bcc/bccgo"
)

// standIns are what an unknown replacement is taken for, one after the other: a
// value where an expression has to be, and nothing where a line may be left out.
var standIns = []string{"1", ""}

// call evaluates a call that returns a string.
func (v *evaluator) call(call *ast.CallExpr) (list []value, open bool) {
	if tv := v.pass.TypesInfo.Types[call.Fun]; tv.IsType() && len(call.Args) == 1 {
		return v.values(call.Args[0]) // string(b), []byte(s)
	}
	fn, _ := typeutil.Callee(v.pass.TypesInfo, call).(*types.Func)
	if fn == nil {
		return nil, true
	}
	switch fn.FullName() {
	case "strings.Replace", "strings.ReplaceAll":
		return v.replace(call.Args[0], call.Args[1:3])
	case "(*strings.Replacer).Replace":
		return v.replacer(call)
	case "fmt.Sprintf":
		return v.sprintf(call)
	case "strings.TrimSpace":
		return v.changed(call.Args[0], strings.TrimSpace)
	case Subject + ".GenerateAutoIncludes":
		return v.autoIncludes(call)
	}
	return nil, true
}

func (v *evaluator) changed(e ast.Expr, f func(string) string) (list []value, open bool) {
	list, open = v.values(e)
	for i := range list {
		list[i] = list[i].change(f)
	}
	return list, open
}

// replace evaluates replacements, given as old and new in turn. How often is
// not looked at: placeholders that are there once only can be checked anyway.
func (v *evaluator) replace(text ast.Expr, pairs []ast.Expr) (list []value, open bool) {
	var news []value
	var olds []string
	for i := 0; i+1 < len(pairs); i += 2 {
		before, ok := v.one(pairs[i])
		if !ok {
			return nil, true
		}
		after, more := v.values(pairs[i+1])
		if more || len(after) != 1 {
			after = []value{{guesses: standIns}}
		}
		olds, news = append(olds, before), append(news, after[0])
	}
	list, open = v.values(text)
	for i := range list {
		list[i] = replaceIn(list[i], olds, news)
	}
	return list, open
}

func replaceIn(text value, olds []string, news []value) value {
	out := value{files: text.files}
	n := len(text.guesses)
	for _, after := range news {
		n = max(n, len(after.guesses))
		out.files = append(out.files, after.files...)
	}
	for i := range n {
		var pairs []string
		for k := range olds {
			pairs = append(pairs, olds[k], news[k].guess(i))
		}
		out.guesses = append(out.guesses, strings.NewReplacer(pairs...).Replace(text.guess(i)))
	}
	return out
}

// replacer evaluates NewReplacer(…).Replace(text).
func (v *evaluator) replacer(call *ast.CallExpr) (list []value, open bool) {
	method, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil, true
	}
	t := v.flow.trace(method.X)
	if t.open || len(t.leaves) != 1 {
		return nil, true
	}
	made, ok := t.leaves[0].expr.(*ast.CallExpr)
	if !ok || made.Ellipsis.IsValid() {
		return nil, true
	}
	fn, _ := typeutil.Callee(v.pass.TypesInfo, made).(*types.Func)
	if fn == nil || fn.FullName() != "strings.NewReplacer" {
		return nil, true
	}
	return v.replace(call.Args[0], made.Args)
}

// sprintf evaluates formatting. Arguments that are not known are guessed.
func (v *evaluator) sprintf(call *ast.CallExpr) (list []value, open bool) {
	format, ok := v.one(call.Args[0])
	if !ok || call.Ellipsis.IsValid() {
		return nil, true
	}
	out := value{files: v.origins(call.Args[0])}
	for i := range standIns {
		args := make([]any, 0, len(call.Args)-1)
		for _, arg := range call.Args[1:] {
			args = append(args, v.argument(arg, i))
		}
		out.guesses = append(out.guesses, fmt.Sprintf(format, args...))
	}
	if out.guesses[0] == out.guesses[1] {
		out.guesses = out.guesses[:1]
	}
	return []value{out}, false
}

// argument is guess i of what is formatted.
func (v *evaluator) argument(arg ast.Expr, i int) any {
	if c := v.pass.TypesInfo.Types[arg].Value; c != nil {
		return constantArgument(c)
	}
	if list, open := v.values(arg); !open && len(list) == 1 {
		return list[0].guess(i)
	}
	basic, _ := v.pass.TypesInfo.TypeOf(arg).Underlying().(*types.Basic)
	switch {
	case basic == nil || basic.Info()&types.IsString != 0:
		return standIns[i]
	case basic.Info()&types.IsBoolean != 0:
		return i == 0
	case basic.Info()&types.IsFloat != 0:
		return 1.0
	}
	return 1
}

func constantArgument(c constant.Value) any {
	switch c.Kind() {
	case constant.String:
		return constant.StringVal(c)
	case constant.Bool:
		return constant.BoolVal(c)
	case constant.Int:
		if n, ok := constant.Int64Val(c); ok {
			return n
		}
	case constant.Float:
		f, _ := constant.Float64Val(c)
		return f
	}
	if n, err := strconv.ParseUint(c.ExactString(), 10, 64); err == nil {
		return n
	}
	return c.ExactString()
}

func (v *evaluator) autoIncludes(call *ast.CallExpr) (list []value, open bool) {
	var words []string
	for _, arg := range call.Args {
		word, ok := v.one(arg)
		if !ok || call.Ellipsis.IsValid() {
			return nil, true
		}
		words = append(words, word)
	}
	return []value{known(bccgo.GenerateAutoIncludes(words...))}, false
}
