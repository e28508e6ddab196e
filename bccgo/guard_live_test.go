package bccgo

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// caller calls every exported method of a value with arguments of little sense.
// None may panic, and those that return an error must return one, be it in an
// iterator.
type methodCaller struct {
	// text is what string arguments are.
	text string
	// fine are the methods that need not fail.
	fine []string
}

func (c methodCaller) all(t *testing.T, receiver any) {
	t.Helper()
	v := reflect.ValueOf(receiver)
	for i := range v.NumMethod() {
		name := v.Type().Method(i).Name
		t.Run(name, func(t *testing.T) { c.one(t, name, v.Method(i)) })
	}
}

func (c methodCaller) one(t *testing.T, name string, method reflect.Value) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s panics: %v", name, p)
		}
	}()
	for i, out := range method.Call(c.arguments(t, method.Type())) {
		failed, can := failure(out)
		if can && !failed && !slices.Contains(c.fine, name) {
			t.Errorf("result %d of %s(%q…) is no error: %v", i, name, c.text, out)
		}
	}
}

// arguments makes arguments for a function.
func (c methodCaller) arguments(t *testing.T, f reflect.Type) []reflect.Value {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	t.Cleanup(cancel)
	n := f.NumIn()
	if f.IsVariadic() {
		n--
	}
	args := make([]reflect.Value, n)
	for i := range args {
		in := f.In(i)
		switch {
		case in == reflect.TypeFor[context.Context]():
			args[i] = reflect.ValueOf(ctx)
		case in == reflect.TypeFor[io.Writer]():
			args[i] = reflect.ValueOf(io.Discard)
		case in.Kind() == reflect.String:
			args[i] = reflect.ValueOf(c.text).Convert(in)
		case in.Kind() == reflect.Func:
			args[i] = reflect.MakeFunc(in, func([]reflect.Value) []reflect.Value { return zeros(in) })
		default:
			args[i] = reflect.Zero(in)
		}
	}
	return args
}

// zeros are results of a function that have no value, and no error.
func zeros(f reflect.Type) []reflect.Value {
	out := make([]reflect.Value, f.NumOut())
	for i := range out {
		out[i] = reflect.Zero(f.Out(i))
	}
	return out
}

// failure tells whether a result is or yields an error, and whether it can.
func failure(out reflect.Value) (failed, can bool) {
	typ := out.Type()
	if typ == reflect.TypeFor[error]() {
		return !out.IsNil(), true
	}
	if typ.Kind() == reflect.Func && typ.NumIn() == 1 && typ.In(0).Kind() == reflect.Func {
		return iteration(out)
	}
	if e, ok := out.Interface().(interface{ Err() error }); ok {
		return e.Err() != nil, true
	}
	return false, false
}

// iteration takes the first element of an iterator.
func iteration(seq reflect.Value) (failed, can bool) {
	yield := seq.Type().In(0)
	last := yield.NumIn() - 1
	can = last >= 0 && yield.In(last) == reflect.TypeFor[error]()
	seq.Call([]reflect.Value{reflect.MakeFunc(yield, func(in []reflect.Value) []reflect.Value {
		failed = can && !in[last].IsNil()
		return []reflect.Value{reflect.ValueOf(false)}
	})})
	return failed, can
}

// TestNilModule calls everything on the module of a Load that failed.
func TestNilModule(t *testing.T) {
	for _, text := range []string{"", "name"} {
		methodCaller{text: text, fine: []string{"Close"}}.all(t, (*Module)(nil))
	}
}

func TestNilTable(t *testing.T) {
	methodCaller{}.all(t, (*Table)(nil))
	methodCaller{}.all(t, new(Table))
	methodCaller{text: "name"}.all(t, (*Module)(nil).Table("name"))
}

// plainData are the methods of a module that tell of its program, which is there
// after Close, too.
var plainData = []string{"Close", "DumpFunc", "DisassembleFunc", "DecodeTable", "UsesTracePrint"}

func TestLiveClosedModule(t *testing.T) {
	testenv.Live(t)
	testenv.NotEmulated(t)
	m := loadLive(t, tablesText, nil)
	tables := map[string]*Table{}
	for _, name := range m.Tables() {
		tables[name] = m.Table(name)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "unused", "numbers", "events"} {
		t.Run(fmt.Sprintf("%q", text), func(t *testing.T) {
			methodCaller{text: text, fine: plainData}.all(t, m)
		})
	}
	for name, table := range tables {
		t.Run(name, func(t *testing.T) {
			methodCaller{text: "1", fine: []string{"Key", "Value", "ParseKey", "ParseValue"}}.all(t, table)
		})
	}
}
