package bccgo

import (
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

// PrintJSONHist prints a table of power-of-two slots as JSON, one line a
// histogram, with the fields of BCC's print_json_hist.
func (t *Table) PrintJSONHist(w io.Writer, label string, o *HistogramOptions) error {
	return t.printHist(w, label, o, plainJSON(PrintLog2JSON), PrintLog2JSONKeyed)
}

// PrintLinearJSONHist prints a table of linear slots as JSON, one line a
// histogram.
func (t *Table) PrintLinearJSONHist(w io.Writer, label string, o *HistogramOptions) error {
	return t.printHist(w, label, o, plainJSON(PrintLinearJSON), PrintLinearJSONKeyed)
}

// plainPrinter prints one histogram, keyedPrinter those of several sections.
type (
	plainPrinter func(w io.Writer, label string, counts []uint64, o *HistogramOptions) error
	keyedPrinter func(w io.Writer, label string, sections []Section, o *HistogramOptions) error
)

// plainJSON is a printer of one histogram without its options, none of which
// apply.
func plainJSON(print func(w io.Writer, label string, counts []uint64) error) plainPrinter {
	return func(w io.Writer, label string, counts []uint64, _ *HistogramOptions) error {
		return print(w, label, counts)
	}
}

func (t *Table) printHist(w io.Writer, label string, o *HistogramOptions, plain plainPrinter, keyed keyedPrinter) error {
	sections, err := t.Sections()
	if err != nil {
		return err
	}
	if t.key.Kind == layout.Struct {
		return keyed(w, label, sections, o)
	}
	var counts []uint64
	if len(sections) > 0 {
		counts = sections[0].Counts
	}
	return plain(w, label, counts, o)
}

// maxSlots bounds a histogram's length: a slot beyond is not a histogram's.
const maxSlots = 1 << 20

// Sections reads a histogram: one section for a plain one, else one for each
// value of the key's fields before the last, in the order they are met. A
// section's Key is nil in a plain histogram, else a Value, or KeyFields if there
// are several. Values of per-CPU tables are summed.
func (t *Table) Sections() ([]Section, error) {
	if err := t.wantEntries("print histogram"); err != nil {
		return nil, err
	}
	var list sectionList
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
		list.of(key).add(slot, count)
	}
	return list.sections, nil
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
	return int(n), KeyFields(fields[:len(fields)-1]), nil
}

// KeyFields are the fields of a histogram's key that name a section, where they
// are more than one. They print as a tuple, as a key of several fields does in
// BCC.
type KeyFields []Field

// Field returns the field of that C name.
func (l KeyFields) Field(name string) (Value, bool) {
	for _, f := range l {
		if f.Name == name {
			return f.Value, true
		}
	}
	return Value{}, false
}

// String returns the values in parentheses.
func (l KeyFields) String() string {
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
func (l KeyFields) MarshalJSON() ([]byte, error) {
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
func (t *Table) IsLog2() bool { return t.usable() == nil && t.module.bundle.Log2 }

// IsHistogram reports whether the table was declared with BPF_HISTOGRAM or is
// laid out as one: an array of integers, or a hash whose key ends in an
// integer called slot.
func (t *Table) IsHistogram() bool {
	if t.usable() != nil || t.key == nil || t.value == nil || t.value.Kind != layout.Int {
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
