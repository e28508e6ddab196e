package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/bccgo/bcc/bccgo"
)

// readTable reads a table's entries in the order to show them: ascending by
// value if the values are whole numbers, else by key. In arrays, where every index
// has an entry, those that are zero are left out.
func readTable(t *bccgo.Table) (table, error) {
	out := table{name: t.Name(), kind: t.Kind().String()}
	for e, err := range t.Entries() {
		if err != nil {
			return out, err
		}
		if !t.IsArray() || !isZero(e) {
			out.entries = append(out.entries, newEntry(e))
		}
	}
	sortEntries(out.entries)
	return out, nil
}

func newEntry(e bccgo.Entry) entry {
	out := entry{key: e.Key, value: e.Value}
	for _, v := range e.PerCPU {
		out.perCPU = append(out.perCPU, v)
	}
	return out
}

func isZero(e bccgo.Entry) bool {
	for _, v := range append([]bccgo.Value{e.Value}, e.PerCPU...) {
		if len(bytes.Trim(v.Bytes(), "\x00")) > 0 {
			return false
		}
	}
	return true
}

// integer is a value that may be one.
type integer interface {
	Uint() (uint64, bool)
}

// total is an entry's value as a number, summed over the CPUs.
func total(e entry) (uint64, bool) {
	values := e.perCPU
	if values == nil {
		values = []value{e.value}
	}
	var sum uint64
	for _, v := range values {
		n, ok := number(v)
		if !ok {
			return 0, false
		}
		sum += n
	}
	return sum, true
}

func number(v value) (uint64, bool) {
	i, ok := v.(integer)
	if !ok {
		return 0, false
	}
	return i.Uint()
}

// sortEntries sorts by value if all values are integers, else by key.
func sortEntries(list []entry) {
	byValue := !slices.ContainsFunc(list, func(e entry) bool {
		_, ok := total(e)
		return !ok
	})
	byKey := !slices.ContainsFunc(list, func(e entry) bool {
		_, ok := number(e.key)
		return !ok
	})
	slices.SortStableFunc(list, func(a, b entry) int {
		order := 0
		if byValue {
			m, _ := total(a)
			n, _ := total(b)
			order = cmp.Compare(m, n)
		}
		return cmp.Or(order, compareKeys(a.key, b.key, byKey))
	})
}

func compareKeys(a, b value, asNumbers bool) int {
	if !asNumbers {
		return cmp.Compare(a.String(), b.String())
	}
	m, _ := number(a)
	n, _ := number(b)
	return cmp.Compare(m, n)
}

// readHistogram reads a histogram, its sections by key.
func readHistogram(t *bccgo.Table) (histogram, error) {
	sections, err := t.Sections()
	if err != nil {
		return histogram{}, err
	}
	sections = slices.DeleteFunc(sections, func(s bccgo.Section) bool { return len(s.Counts) == 0 })
	slices.SortStableFunc(sections, func(a, b bccgo.Section) int {
		return cmp.Compare(fmt.Sprint(a.Key), fmt.Sprint(b.Key))
	})
	return histogram{name: t.Name(), log2: t.IsLog2(), sections: sections}, nil
}
