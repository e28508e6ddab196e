package bccgo

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/cc"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// ExternError means that a table that a program declares extern could not be had
// from another module.
type ExternError struct {
	// Table is its name.
	Table string
	// Reason says how the table that is exported under the name differs, "" where
	// none is.
	Reason string
	// Exported are the tables that open modules export.
	Exported []string
	// Err is the cause, or nil.
	Err error
}

func (e *ExternError) Error() string {
	have := "open modules export no table"
	if len(e.Exported) > 0 {
		have = "open modules export " + strings.Join(e.Exported, ", ")
	}
	if e.Reason != "" {
		return fmt.Sprintf("extern table %s: %s (%s)", e.Table, e.Reason, have)
	}
	return fmt.Sprintf("extern table %s: no open module exports it; first load the program that declares it with "+
		"BPF_TABLE_PUBLIC or BPF_TABLE_SHARED, and close that one later, or name its file first to bccgo bake (%s)", e.Table, have)
}

func (e *ExternError) Unwrap() error { return e.Err }

// externNames lists the tables that a text declares extern.
func externNames(scan *source.Summary) []string {
	var names []string
	for _, t := range scan.Tables {
		if slices.Contains(t.Args, `"extern"`) && t.Name != "" && !slices.Contains(names, t.Name) {
			names = append(names, t.Name)
		}
	}
	return names
}

// findExports describes the tables of other programs that a text declares
// extern, for its compile, and names those that there are not. Programs named in
// the options come before open modules.
func findExports(names []string, o *Options) (found []cc.Export, missing []string) {
	for _, name := range names {
		if t := exportedTable(name, o); t != nil {
			found = append(found, cc.Export{Name: name, Type: t.Type, KeySize: t.KeySize, ValueSize: t.ValueSize,
				MaxEntries: t.MaxEntries, Flags: t.Flags, KeyDesc: t.KeyDesc, ValueDesc: t.ValueDesc})
		} else {
			missing = append(missing, name)
		}
	}
	return found, missing
}

// exportedTable is what a program knows of the table that it exports under a
// name, nil if none does.
func exportedTable(name string, o *Options) *bundle.Map {
	var bundles []*bundle.Bundle
	for _, b := range o.Exports {
		if b != nil && b.data != nil {
			bundles = append(bundles, b.data)
		}
	}
	for _, m := range exporters.of(name) {
		bundles = append(bundles, m.bundle)
	}
	for _, b := range bundles {
		if t := b.Map(name); t != nil && t.Exported() {
			return t
		}
	}
	return nil
}

// externsFit tells whether a program compiled before has its extern tables the
// way they are exported now, as far as they are.
func (b *Bundle) externsFit(o *Options) bool {
	return !slices.ContainsFunc(b.data.Maps, func(t bundle.Map) bool {
		if !t.Extern {
			return false
		}
		now := exportedTable(t.Name, o)
		return now != nil && (now.Type != t.Type || now.KeySize != t.KeySize || now.ValueSize != t.ValueSize || now.MaxEntries != t.MaxEntries)
	})
}

// undefinedTable is libbcc's message for an extern table that it does not know.
const undefinedTable = "reference to undefined table"

// explainExtern says what a text lacks that was refused for an extern table.
func (p *prepared) explainExtern(err error) error {
	var refused *CompileError
	if len(p.missing) == 0 || !errors.As(err, &refused) || !strings.Contains(refused.Output, undefinedTable) {
		return err
	}
	return &ExternError{Table: p.missing[0], Exported: exporters.names(), Err: err}
}

// takeExtern returns a descriptor of our own for the table that another module
// exports under the name.
func (m *Module) takeExtern(t *bundle.Map) (*ebpf.Map, error) {
	for _, from := range exporters.of(t.Name) {
		shared, err := from.shareTable(t.Name)
		if errors.Is(err, ErrClosed) {
			continue // closed since it was listed
		}
		if err != nil {
			return nil, &ExternError{Table: t.Name, Reason: fmt.Sprintf("copy its descriptor: %v", err), Exported: exporters.names(), Err: err}
		}
		if reason := m.differs(t, shared); reason != "" {
			return nil, &ExternError{Table: t.Name, Reason: reason, Exported: exporters.names(), Err: shared.Close()}
		}
		return shared, nil
	}
	return nil, &ExternError{Table: t.Name, Exported: exporters.names()}
}

// shareTable copies the descriptor of a table.
func (m *Module) shareTable(name string) (*ebpf.Map, error) {
	m.tables.RLock()
	defer m.tables.RUnlock()
	if m.tablesClosed {
		return nil, ErrClosed
	}
	return m.maps[name].Clone()
}

// differs says why a table is not what the program was compiled for, "" if it is.
func (m *Module) differs(t *bundle.Map, shared *ebpf.Map) string {
	kind := ebpf.MapType(t.Type)
	if kind != shared.Type() {
		return fmt.Sprintf("the program was compiled for a %s, and the exported table is a %s: compile it again",
			TableTypeName(kind), TableTypeName(shared.Type()))
	}
	reasons := []string{
		sizeDiffers("bytes a key", t.KeySize, shared.KeySize(), m.types.ByID(t.KeyType)),
		sizeDiffers("bytes a value", t.ValueSize, shared.ValueSize(), m.types.ByID(t.ValueType)),
	}
	if kind != ebpf.PerfEventArray { // which is made with one entry for each processor
		reasons = append(reasons, sizeDiffers("entries", t.MaxEntries, shared.MaxEntries(), nil))
	}
	return cmp.Or(reasons...)
}

// sizeDiffers compares what a table has with what the program was compiled for,
// and with the type that its text declares.
func sizeDiffers(what string, compiled, is uint32, declared btf.Type) string {
	own := sizeOf(declared)
	switch {
	case compiled != is:
		return fmt.Sprintf("the program was compiled for %d %s, and the exported table has %d: compile it again", compiled, what, is)
	case own != 0 && is != 0 && own != is: // buffers have entries of no size
		return fmt.Sprintf("the program declares %d %s, and the exported table has %d: declare it with the types it has there", own, what, is)
	}
	return ""
}

// sizeOf is a type's size in bytes, 0 where there is no telling.
func sizeOf(t btf.Type) uint32 {
	if t == nil {
		return 0
	}
	size, err := btf.Sizeof(t)
	if err != nil {
		return 0
	}
	return uint32(size)
}
