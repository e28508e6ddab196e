package vet

import (
	"go/types"
	"slices"
	"strings"
	"testing"
)

// TestAPIIsKnown compares the tables of calls with the functions that package
// bccgo has: each that takes a C text or a name of one is in them, at the place
// of its parameter.
func TestAPIIsKnown(t *testing.T) {
	unitOnly(t)
	pkg, err := newLoader(t, "").Import(Subject)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range pkg.Scope().Names() {
		if f, ok := pkg.Scope().Lookup(name).(*types.Func); ok && f.Exported() {
			found += checkFunction(t, f)
		}
	}
	module := types.NewPointer(pkg.Scope().Lookup("Module").Type())
	for method := range types.NewMethodSet(module).Methods() {
		if f := method.Obj().(*types.Func); f.Exported() {
			found += checkMethod(t, f)
		}
	}
	if want := len(textCalls) + len(openers) + len(methods); found != want {
		t.Errorf("%d functions take texts or names, %d are known", found, want)
	}
}

// parameterNamed is the index of a string parameter of one of several names.
func parameterNamed(f *types.Func, names ...string) int {
	for i := range f.Signature().Params().Len() {
		p := f.Signature().Params().At(i)
		if slices.Contains(names, p.Name()) && types.Identical(p.Type(), types.Typ[types.String]) {
			return i
		}
	}
	return -1
}

func checkFunction(t *testing.T, f *types.Func) int {
	t.Helper()
	params := f.Signature().Params()
	switch at := parameterNamed(f, "text"); {
	case at >= 0 && strings.HasSuffix(params.At(params.Len()-1).Type().String(), "bccgo.Options"):
		if got, ok := textCalls[f.Name()]; !ok || got.text != at || got.options != params.Len()-1 {
			t.Errorf("%s takes a text: %+v", f.Name(), got)
		}
		return 1
	case params.Len() > 0 && strings.HasSuffix(params.At(0).Type().String(), "bccgo.Module") && parameterNamed(f, "name") > 0:
		if got, ok := openers[f.Name()]; !ok || got.arg != parameterNamed(f, "name") {
			t.Errorf("%s opens a table: %+v", f.Name(), got)
		}
		return 1
	}
	return 0
}

// otherNames are methods whose "name" is not one of the C text.
var otherNames = []string{"KSymName", "DetachUprobe", "DetachUretprobe"}

func checkMethod(t *testing.T, f *types.Func) int {
	t.Helper()
	at, what := parameterNamed(f, "function"), functionName
	if at < 0 && !slices.Contains(otherNames, f.Name()) {
		at, what = parameterNamed(f, "name", "table"), tableName
	}
	got, known := methods[f.Name()]
	if strings.HasSuffix(f.Name(), "Func") {
		what = got.what // their "name" is a function's
	}
	switch {
	case at < 0 && known:
		t.Errorf("%s takes no name", f.Name())
	case at >= 0 && (!known || got.arg != at || got.what != what):
		t.Errorf("%s takes the name of a %s at %d: %+v", f.Name(), what, at, got)
	}
	if at < 0 {
		return 0
	}
	return 1
}
