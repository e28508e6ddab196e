package ksym

import "math/bits"

// indexNames builds the hash table that Address searches: open addressing, at
// most half full, so that a probe sequence always ends at a 0.
func (t *Table) indexNames() {
	t.index = make([]uint32, 1<<bits.Len(uint(2*len(t.symbols))))
	for i, s := range t.symbols {
		slot := t.slot(t.name(s))
		for t.index[slot] != 0 {
			slot = t.next(slot)
		}
		t.index[slot] = uint32(i + 1)
	}
}

// slot is where the search for a name begins (FNV-1a).
func (t *Table) slot(name string) int {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return int(h>>32^h) & (len(t.index) - 1)
}

func (t *Table) next(slot int) int {
	return (slot + 1) & (len(t.index) - 1)
}

// Address returns the address of the symbol of that name, 0 where the kernel
// hides it. Of several, one of the kernel itself comes before one of a module,
// then the lowest counts. To ask for a module's, use AddressIn.
func (t *Table) Address(name string) (uint64, bool) {
	return t.find(name, func(module string) int {
		if module == "" {
			return 0
		}
		return 1
	})
}

// AddressIn is Address of a symbol in one module, "" being the kernel itself.
func (t *Table) AddressIn(module, name string) (uint64, bool) {
	return t.find(name, func(m string) int {
		if m == module {
			return 0
		}
		return -1
	})
}

// find returns the address of the symbol of that name whose module has the
// lowest rank; a negative rank rules it out.
func (t *Table) find(name string, rank func(module string) int) (uint64, bool) {
	best, found := 0, -1
	for slot := t.slot(name); t.index[slot] != 0; slot = t.next(slot) {
		i := int(t.index[slot] - 1)
		if t.name(t.symbols[i]) != name {
			continue
		}
		r := rank(t.modules[t.symbols[i].module].name)
		if r >= 0 && (found < 0 || r < best || r == best && i < found) {
			best, found = r, i
		}
	}
	if found < 0 {
		return 0, false
	}
	return t.symbols[found].addr, true
}
