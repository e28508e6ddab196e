package usym

import (
	"cmp"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"math"
	"slices"
	"strings"
)

// Table is the functions of one ELF file, by the addresses that its symbol
// tables have. It does not change, and may be used from several goroutines.
type Table struct {
	pieces
	symbols []symbol // by address
	names   string   // of all, each ended by a NUL
	plain   demangled
}

type symbol struct {
	addr uint64
	name uint32 // where it begins in names
}

// builder collects the functions of a Table.
type builder struct {
	names strings.Builder
	found []collected
}

type collected struct {
	symbol
	end  uint64 // 0 where the file does not say
	rank uint32
}

// add takes a function whose address the file has moved by delta.
func (b *builder) add(s rawSymbol, delta uint64) {
	if b.names.Len() > math.MaxUint32-len(s.name)-1 {
		return
	}
	addr := s.addr + delta
	b.found = append(b.found, collected{
		symbol: symbol{addr: addr, name: uint32(b.names.Len())},
		end:    addr + s.size, rank: rank(s),
	})
	b.names.WriteString(s.name)
	b.names.WriteByte(0)
}

// rank orders the names of one place, the best being the lowest: a sized one
// first, then the one with the fewest leading underscores, as these are names
// for inner use, then by binding, then the shortest.
func rank(s rawSymbol) uint32 {
	rank := uint32(0)
	if s.size == 0 {
		rank = 1
	}
	underscores := len(s.name) - len(strings.TrimLeft(s.name, "_"))
	rank = rank<<3 | uint32(min(underscores, 7))
	rank = rank<<2 | bindRank(s.bind)
	return rank<<16 | uint32(min(len(s.name), math.MaxUint16))
}

func bindRank(bind elf.SymBind) uint32 {
	switch bind {
	case elf.STB_GLOBAL:
		return 0
	case elf.STB_WEAK:
		return 1
	}
	return 2
}

// table makes the Table. A function without size reaches to the next one, at
// most to the end of its segment.
func (b *builder) table(segments []segment) *Table {
	names := b.names.String()
	name := func(c collected) string { return cString(names[c.name:]) }
	slices.SortFunc(b.found, func(x, y collected) int {
		return cmp.Or(cmp.Compare(x.addr, y.addr), cmp.Compare(x.rank, y.rank), cmp.Compare(name(x), name(y)))
	})
	// What two tables both have.
	b.found = slices.CompactFunc(b.found, func(x, y collected) bool {
		return x.addr == y.addr && name(x) == name(y)
	})
	t := &Table{symbols: make([]symbol, len(b.found))}
	spans := make([]span, len(b.found))
	var kept strings.Builder
	for i, c := range b.found {
		t.symbols[i] = symbol{addr: c.addr, name: uint32(kept.Len())}
		kept.WriteString(name(c))
		kept.WriteByte(0)
		spans[i] = span{start: c.addr, end: c.end, owner: uint32(i)}
	}
	extend(spans, segments)
	t.names = strings.Clone(kept.String())
	// The innermost function is right; of several names, the first.
	t.pieces = flatten(spans, func(x, y span) bool {
		return x.start > y.start || x.start == y.start && x.owner < y.owner
	})
	return t
}

// extend gives spans without size one. They are sorted.
func extend(spans []span, segments []segment) {
	next := uint64(math.MaxUint64)
	for i := len(spans) - 1; i >= 0; i-- {
		s := &spans[i]
		if i+1 < len(spans) && spans[i+1].start > s.start {
			next = spans[i+1].start
		}
		if s.end > s.start {
			continue
		}
		s.end = s.start
		for _, segment := range segments {
			if s.start >= segment.vaddr && s.start-segment.vaddr < segment.size {
				s.end = min(next, segment.vaddr+segment.size)
			}
		}
	}
}

// Lookup returns the function that contains an address, and how far into it
// that is.
func (t *Table) Lookup(addr uint64, demangle bool) (name string, offset uint64, ok bool) {
	owner := t.find(addr)
	if owner == nobody {
		return "", 0, false
	}
	s := t.symbols[owner]
	name = cString(t.names[s.name:])
	if demangle {
		name = t.plain.name(name)
	}
	return name, addr - s.addr, true
}

// Address returns where the function of that name, as the linker knows it,
// begins.
func (t *Table) Address(name string) (uint64, bool) {
	for _, s := range t.symbols {
		if rest := t.names[s.name:]; len(rest) > len(name) && rest[len(name)] == 0 && rest[:len(name)] == name {
			return s.addr, true
		}
	}
	return 0, false
}

// Len is the number of functions.
func (t *Table) Len() int { return len(t.symbols) }

// bytes is the memory the table takes.
func (t *Table) bytes() int {
	const symbolSize = 16
	return len(t.names) + len(t.symbols)*symbolSize + len(t.starts)*8 + len(t.owners)*4
}

// sum identifies the table's contents.
func (t *Table) sum() [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte(t.names))
	var word [12]byte
	for _, s := range t.symbols {
		binary.NativeEndian.PutUint64(word[:], s.addr)
		h.Write(word[:8])
	}
	for i, start := range t.starts {
		binary.NativeEndian.PutUint64(word[:], start)
		binary.NativeEndian.PutUint32(word[8:], t.owners[i])
		h.Write(word[:])
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func cString(s string) string {
	return s[:strings.IndexByte(s, 0)]
}
