package bccgo

import (
	"fmt"
	"io"
	"strconv"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// PrintLog2Hist prints a table of power-of-two slots (BPF_HISTOGRAM with
// bpf_log2l) as BCC does. A struct key prints one histogram for each value of
// the fields before the last, which is the slot.
func (t *Table) PrintLog2Hist(w io.Writer, label string, o *HistogramOptions) error {
	return t.printHist(w, label, o, PrintLog2, PrintLog2Keyed)
}

// PrintLinearHist prints a table of linear slots (BPF_HISTOGRAM) as BCC does.
func (t *Table) PrintLinearHist(w io.Writer, label string, o *HistogramOptions) error {
	return t.printHist(w, label, o, PrintLinear, PrintLinearKeyed)
}

func (t *Table) printHist(w io.Writer, label string, o *HistogramOptions,
	plain func(io.Writer, string, []uint64, *HistogramOptions) error,
	keyed func(io.Writer, string, []Section, *HistogramOptions) error,
) error {
	sections, err := t.Sections()
	if err != nil {
		return err
	}
	if t.key.Kind == layout.Struct {
		return keyed(w, label, sections, o)
	}
	if len(sections) == 0 {
		return nil
	}
	return plain(w, label, sections[0].Counts, o)
}

// maxSlots bounds a histogram's length: a slot beyond is not a histogram's.
const maxSlots = 1 << 20

// Sections reads a histogram: one section for a plain one, else one for each
// value of the key's fields before the last, in the order they are met. Values
// of per-CPU tables are summed.
func (t *Table) Sections() ([]Section, error) {
	if t.err != nil {
		return nil, t.err
	}
	if t.key == nil || t.value == nil {
		return nil, &KindError{Op: "print histogram", Name: t.Name(), Is: t.Kind().String(), Want: "a table of counts"}
	}
	var sections []Section
	index := make(map[string]int)
	for e, err := range t.Entries() {
		if err != nil {
			return nil, err
		}
		slot, key, err := t.slot(e.Key)
		if err != nil {
			return nil, err
		}
		count, err := t.count(e)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprint(key)
		i, ok := index[name]
		if !ok {
			i = len(sections)
			index[name] = i
			sections = append(sections, Section{Key: key})
		}
		addCount(&sections[i], slot, count)
	}
	return sections, nil
}

func addCount(s *Section, slot int, count uint64) {
	if count == 0 && slot >= len(s.Counts) {
		return
	}
	for len(s.Counts) <= slot {
		s.Counts = append(s.Counts, 0)
	}
	s.Counts[slot] += count
}

// slot splits a key into the slot and what its section is named by: nil for a
// plain key, the only other field, or all other fields.
func (t *Table) slot(key Value) (int, any, error) {
	if n, ok := key.Uint(); ok && n < maxSlots {
		return int(n), nil, nil
	}
	fields := key.Fields()
	if len(fields) < 2 {
		return 0, nil, &KindError{Op: "print histogram", Name: t.Name(), Is: t.Kind().String() + " with key " + t.key.Name,
			Want: "an integer key below 1048576, or a struct key that ends in one"}
	}
	n, ok := fields[len(fields)-1].Value.Uint()
	if !ok || n >= maxSlots {
		return 0, nil, &KindError{Op: "print histogram", Name: t.Name(), Is: t.Kind().String() + " with key " + t.key.Name,
			Want: "a struct key whose last field is a slot"}
	}
	if len(fields) == 2 {
		return int(n), fields[0].Value, nil
	}
	return int(n), fieldList(fields[:len(fields)-1]), nil
}

// fieldList prints as a tuple, as a key of several fields does in BCC.
type fieldList []layout.Field

func (l fieldList) String() string {
	s := "("
	for i, f := range l {
		if i > 0 {
			s += ", "
		}
		s += f.Value.String()
	}
	return s + ")"
}

// MarshalJSON gives an object, the fields in C order.
func (l fieldList) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, f := range l {
		if i > 0 {
			out = append(out, ',')
		}
		value, err := f.Value.MarshalJSON()
		if err != nil {
			return nil, err
		}
		out = append(append(strconv.AppendQuote(out, f.Name), ':'), value...)
	}
	return append(out, '}'), nil
}

// count is an entry's value as a number, summed over the CPUs.
func (t *Table) count(e Entry) (uint64, error) {
	values := e.PerCPU
	if values == nil {
		values = []Value{e.Value}
	}
	var sum uint64
	for _, v := range values {
		n, ok := v.Uint()
		if !ok {
			return 0, &KindError{Op: "print histogram", Name: t.Name(), Is: t.Kind().String() + " of " + t.value.Name, Want: "integer values"}
		}
		sum += n
	}
	return sum, nil
}

// PrintHist prints a histogram with power-of-two slots if the program computes
// such (IsLog2), else with linear ones.
func (t *Table) PrintHist(w io.Writer, label string, o *HistogramOptions) error {
	if t.IsLog2() {
		return t.PrintLog2Hist(w, label, o)
	}
	return t.PrintLinearHist(w, label, o)
}

// IsLog2 reports whether the text calls bpf_log2l or bpf_log2, which make
// power-of-two slots. It is one answer for all tables of a text.
func (t *Table) IsLog2() bool { return t.err == nil && t.module.bundle.Log2 }

// IsHistogram reports whether the table was declared with BPF_HISTOGRAM or is
// laid out as one: an array of integers, or a hash whose key ends in an
// integer called slot.
func (t *Table) IsHistogram() bool {
	if t.err != nil || t.key == nil || t.value == nil || t.value.Kind != layout.Int {
		return false
	}
	if t.spec.Macro == "BPF_HISTOGRAM" {
		return true
	}
	if t.key.Kind != layout.Struct || t.Kind() != ebpf.Hash {
		return false
	}
	last := t.key.Members[len(t.key.Members)-1]
	return len(t.key.Members) > 1 && last.Name == "slot" && last.Type.Kind == layout.Int
}
