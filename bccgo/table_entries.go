package bccgo

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// Entry is one entry of a table.
type Entry struct {
	Key Value
	// Value is the entry's value, that of the first CPU in per-CPU tables.
	Value Value
	// PerCPU holds the value on each possible CPU in per-CPU tables.
	PerCPU []Value
}

// MarshalJSON gives {"key":…, "value":…}, the value being a list in per-CPU
// tables.
func (e Entry) MarshalJSON() ([]byte, error) {
	out := struct {
		Key   Value `json:"key"`
		Value any   `json:"value"`
	}{Key: e.Key, Value: e.Value}
	if e.PerCPU != nil {
		out.Value = e.PerCPU
	}
	return json.Marshal(out)
}

// Entries walks over the table, in batches of many entries a system call since
// Linux 5.6 (per-CPU arrays: 5.13). An error is the last element.
//
// The table may change meanwhile, also by the loop's own body. Entries that are
// there from beginning to end come exactly once; those added or removed may come
// or not; and the walk always ends. A value may already be out of date when it
// arrives: a batch is read ahead.
func (t *Table) Entries() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if err := t.wantEntries("list entries"); err != nil {
			yield(Entry{}, err)
			return
		}
		stopped := false
		err := walker{table: t, keep: true, visit: func(k, v []byte) bool {
			e, err := t.entry(k, v)
			stopped = !yield(e, err) || err != nil
			return !stopped
		}}.walk()
		if err != nil && !stopped {
			yield(Entry{}, err)
		}
	}
}

// Items reads the whole table, as Entries walks over it.
func (t *Table) Items() ([]Entry, error) {
	var items []Entry
	for e, err := range t.Entries() {
		if err != nil {
			return nil, err
		}
		items = append(items, e)
	}
	return items, nil
}

// wantEntries refuses tables that have no entries to walk over.
func (t *Table) wantEntries(op string) error {
	if err := t.usable(); err != nil {
		return err
	}
	if !t.HasEntries() {
		return t.kindError(op, "a table with keys and values")
	}
	return nil
}

// entry decodes an entry in its bytes, which it keeps.
func (t *Table) entry(k, v []byte) (Entry, error) {
	var e Entry
	var err error
	if e.Key, err = t.key.At(k); err != nil {
		return e, fmt.Errorf("decode key of table %s: %w", t.Name(), err)
	}
	if e.Value, err = t.value.At(v); err != nil {
		return e, fmt.Errorf("decode value of table %s: %w", t.Name(), err)
	}
	if perCPU(t.Kind()) {
		e.PerCPU, err = t.splitValues(v)
	}
	return e, err
}

// splitValues cuts the kernel's copy into the CPUs' values.
func (t *Table) splitValues(v []byte) ([]Value, error) {
	stride := roundUp8(int(t.spec.ValueSize))
	values := make([]Value, 0, len(v)/stride)
	for ; len(v) >= stride; v = v[stride:] {
		one, err := t.value.At(v)
		if err != nil {
			return nil, fmt.Errorf("decode value of table %s: %w", t.Name(), err)
		}
		values = append(values, one)
	}
	return values, nil
}

// printChunk is how much text Print gathers before it writes.
const printChunk = 32 << 10

// Print writes the entries, one a line as "key value".
func (t *Table) Print(w io.Writer) error {
	var out []byte
	for e, err := range t.Entries() {
		if err != nil {
			return err
		}
		out = append(e.appendText(out), '\n')
		if len(out) < printChunk {
			continue
		}
		if err := t.write(w, out); err != nil {
			return err
		}
		out = out[:0]
	}
	return t.write(w, out)
}

func (t *Table) write(w io.Writer, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("print table %s: %w", t.Name(), err)
	}
	return nil
}

// appendText appends "key value", the values of all CPUs in brackets.
func (e Entry) appendText(out []byte) []byte {
	out = append(layout.AppendText(out, e.Key), ' ')
	if e.PerCPU == nil {
		return layout.AppendText(out, e.Value)
	}
	out = append(out, '[')
	for i, v := range e.PerCPU {
		if i > 0 {
			out = append(out, ' ')
		}
		out = layout.AppendText(out, v)
	}
	return append(out, ']')
}
