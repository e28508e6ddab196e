package probe

import (
	"bytes"
	"strings"
)

// wantedFunction collects what kallsyms has of one function.
type wantedFunction struct {
	asked  string // as the caller wrote it
	module string // the part before ':', if any
	name   string // the part after it

	exact *Function // a symbol of that very name
	clone *Function // a copy of the whole function
	part  string    // a copy of its rest
}

func newWanted(asked string) *wantedFunction {
	w := &wantedFunction{asked: asked, name: asked}
	if module, name, ok := strings.Cut(asked, ":"); ok {
		w.module, w.name = module, name
	}
	return w
}

// baseName is a symbol's name up to the first suffix of the compiler, or nil
// where it has none.
func baseName(symbol []byte) []byte {
	if dot := bytes.IndexByte(symbol, '.'); dot > 0 {
		return symbol[:dot]
	}
	return nil
}

func (w *wantedFunction) inModule(sym Ksym) bool {
	return w.module == "" || w.module == string(sym.Module)
}

func (w *wantedFunction) foundExact(sym Ksym) {
	if w.exact == nil && w.inModule(sym) {
		w.exact = sym.function()
	}
}

// foundClone keeps the shortest copy, and of those the first by name: the
// one with the fewest and lowest suffixes.
func (w *wantedFunction) foundClone(sym Ksym) {
	if !w.inModule(sym) {
		return
	}
	symbol := string(sym.Name)
	switch kindOfClone(symbol[len(w.name):]) {
	case wholeClone:
		if w.clone == nil || simpler(w.clone.Name, symbol) != w.clone.Name {
			w.clone = sym.function()
		}
	case partClone:
		w.part = simpler(w.part, symbol)
	}
}

func simpler(a, b string) string {
	switch {
	case a == "":
		return b
	case len(a) != len(b):
		if len(a) < len(b) {
			return a
		}
		return b
	}
	return min(a, b)
}

// symbol is what to probe, nil where there is nothing.
func (w *wantedFunction) symbol() *Function {
	if w.exact != nil {
		return w.exact
	}
	return w.clone
}
