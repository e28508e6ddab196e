package bccgo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/layout"
	"github.com/bccgo/bcc/bccgo/internal/listing"
)

// DumpFunc returns a function's instructions as the compiler made them, 8 bytes
// a slot. References to tables are numbers that only the program's own
// instructions share. An unknown name gives an *UnknownError.
func (m *Module) DumpFunc(name string) ([]byte, error) {
	if m == nil {
		return nil, fmt.Errorf("dump function %s: %w", name, errNoModule)
	}
	f := m.bundle.Function(name)
	if f == nil {
		return nil, unknown("function", name, m.Functions())
	}
	return slices.Clone(f.Insns), nil
}

// DisassembleFunc returns a function's instructions as text, below the C lines
// that they come from and with the names of tables and helpers:
//
//	function trace_open: 14 instructions of 8 bytes
//
//	main.go:12	counts.increment(pid);
//	   4: r1 = table counts
//	   6: call bpf_map_lookup_elem
//
// The text is for people and may change. An unknown name gives an
// *UnknownError.
func (m *Module) DisassembleFunc(name string) (string, error) {
	if m == nil {
		return "", fmt.Errorf("disassemble function %s: %w", name, errNoModule)
	}
	f := m.bundle.Function(name)
	if f == nil {
		return "", unknown("function", name, m.Functions())
	}
	insns, err := decode(f)
	if err != nil {
		return "", fmt.Errorf("disassemble function %s: %w", name, err)
	}
	return listing.Format(f, insns, listing.Names{Table: m.tableName}), nil
}

// tableName is the name of the table that instructions know by a number.
func (m *Module) tableName(id int32) string {
	if t := m.bundle.MapByID(id); t != nil {
		return t.Name
	}
	return ""
}

// DecodeTable returns what a table is made of as text: its type and size, then
// the C layout of its keys and its values with offsets and sizes in bytes,
// padding included. The text is for people and may change. An unknown name
// gives an *UnknownError.
func (m *Module) DecodeTable(name string) (string, error) {
	t, err := m.table(name)
	if err != nil {
		return "", err
	}
	return t.describe(t.MaxEntries(), t.Flags()), nil
}

func (t *Table) describe(maxEntries int, flags uint32) string {
	var b strings.Builder
	fmt.Fprintf(&b, "table %s: %s, at most %d entries", t.Name(), t.TypeName(), maxEntries)
	if flags != 0 {
		fmt.Fprintf(&b, ", flags %#x", flags)
	}
	b.WriteString("\nkey: " + layoutText(t.key, t.spec.KeySize))
	b.WriteString("value: " + layoutText(t.value, t.spec.ValueSize))
	return b.String()
}

// layoutText describes one half of a table's entries.
func layoutText(t *layout.Type, size uint32) string {
	switch {
	case t != nil && (t.Kind == layout.Struct || t.Kind == layout.Union):
		return t.Table()
	case t != nil:
		return t.Heading() + "\n"
	case size == 0:
		return "none\n"
	}
	return fmt.Sprintf("%d bytes of no known C type\n", size)
}
