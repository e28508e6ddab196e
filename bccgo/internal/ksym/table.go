// Package ksym resolves kernel addresses to names and back, from
// /proc/kallsyms: the kernel's own functions, those of modules, and what the
// kernel makes while it runs (BPF programs, ftrace trampolines).
package ksym

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// Symbol is the place of an address in the kernel.
type Symbol struct {
	Name   string
	Addr   uint64 // of the symbol's first byte
	Offset uint64 // of the address, from there
	Module string // "" for the kernel itself, "bpf" for a BPF program
}

// Table holds the symbols of one moment. It does not change once loaded.
//
// A symbol takes 16 bytes and its name. Names are one string, in the order of
// the file, each ended by a NUL.
type Table struct {
	symbols []symbol // by address, aliases in the order of the file
	names   string
	modules []module // the kernel itself is the first
	index   []uint32 // hash table of positions in symbols, plus one
	hidden  bool     // every address is 0
}

type symbol struct {
	addr   uint64
	name   uint32 // where it begins in names
	module uint16
	ends   bool // it marks the end of a section: no code follows
}

// module is a kernel module; nothing of it lies in or above end, where that is
// known, up to the next symbol.
type module struct {
	name       string
	start, end uint64
}

// maxBuiltin is far more than any BPF program or trampoline has.
const maxBuiltin = 1 << 20

// leaves reports whether addr, before which the last symbol is the module's at
// from, is not in the module.
func (m *module) leaves(from, addr uint64) bool {
	if builtin(m.name) {
		return addr-from >= maxBuiltin
	}
	return from >= m.start && from < m.end && addr >= m.end
}

// sectionEnds are the linker's marks behind which the kernel's image has no
// code, or ends.
var sectionEnds = map[string]bool{"_etext": true, "_einittext": true, "_end": true, "__bss_stop": true, "__brk_limit": true}

// usualSymbols and usualName are how many symbols, with how long names, a
// distribution's kernel has. Being wrong costs only time.
const (
	usualSymbols = 200_000
	usualName    = 26
)

// Load reads the symbols of a kernel.
func Load(k *probe.Kernel) (*Table, error) {
	t := &Table{modules: []module{{}}, symbols: make([]symbol, 0, usualSymbols)}
	modules := map[string]uint16{"": 0}
	var names strings.Builder
	names.Grow(usualSymbols * usualName)
	for s, err := range k.Ksyms() {
		if err != nil {
			return nil, err
		}
		if perCPU(s) {
			continue
		}
		if names.Len() > math.MaxUint32-len(s.Name)-1 {
			return nil, fmt.Errorf("read kernel symbols: their names do not fit into 4 GiB")
		}
		at, known := modules[string(s.Module)]
		if !known {
			at = uint16(len(t.modules))
			modules[string(s.Module)] = at
			t.modules = append(t.modules, module{name: string(s.Module)})
		}
		t.symbols = append(t.symbols, symbol{addr: s.Addr, name: uint32(names.Len()), module: at, ends: sectionEnds[string(s.Name)]})
		names.Write(s.Name)
		names.WriteByte(0)
	}
	t.names = strings.Clone(names.String())
	t.symbols = slices.Clone(t.symbols)
	t.sort()
	t.hidden = len(t.symbols) == 0 || t.symbols[len(t.symbols)-1].addr == 0
	t.indexNames()
	return t, t.bound(k.Root())
}

// perCPU reports whether a symbol's value is no address but an offset in the
// per-CPU area, as those of type A are on some machines.
func perCPU(s probe.Ksym) bool {
	return (s.Type == 'A' || s.Type == 'a') && s.Addr != 0 || s.Type == 'U'
}

func (t *Table) sort() {
	slices.SortFunc(t.symbols, func(a, b symbol) int {
		// Names lie in the order of the file, in which the kernel puts the best
		// of several for one address first.
		return cmp.Or(cmp.Compare(a.addr, b.addr), cmp.Compare(a.name, b.name))
	})
}

// Len is the number of symbols.
func (t *Table) Len() int { return len(t.symbols) }

// Hidden reports whether the kernel hides its addresses from this process.
func (t *Table) Hidden() bool { return t.hidden }

// Lookup returns the symbol that contains addr. Of several at one address it
// is the one that the kernel's own messages show.
func (t *Table) Lookup(addr uint64) (Symbol, bool) {
	if t.hidden {
		return Symbol{}, false
	}
	after := sort.Search(len(t.symbols), func(i int) bool { return t.symbols[i].addr > addr })
	if after == 0 {
		return Symbol{}, false
	}
	found := t.first(after - 1)
	m := &t.modules[found.module]
	if found.addr == 0 || found.ends || m.leaves(found.addr, addr) {
		return Symbol{}, false
	}
	return Symbol{Name: t.name(found), Addr: found.addr, Offset: addr - found.addr, Module: m.name}, true
}

// first returns the first symbol at the address of that at i which is more
// than a mark.
func (t *Table) first(i int) symbol {
	found := t.symbols[i]
	for i--; i >= 0 && t.symbols[i].addr == found.addr; i-- {
		if !t.symbols[i].ends {
			found = t.symbols[i]
		}
	}
	return found
}

func (t *Table) name(s symbol) string {
	rest := t.names[s.name:]
	return rest[:strings.IndexByte(rest, 0)]
}
