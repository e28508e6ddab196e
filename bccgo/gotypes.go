package bccgo

import (
	"bytes"
	"fmt"
	"go/format"
	"go/token"
	"strings"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// GoTypesOptions are options of GoTypes. The zero value is good.
type GoTypesOptions struct {
	// Package is the name of the package, main by default.
	Package string
	// Command is named as what the file comes from.
	Command string
}

// GoTypes writes a Go file with types for what programs share with Go: the
// events of their buffers, the keys and values of their tables. Each passes the
// checks of Stream, Map and their like. No kernel is needed, and no privilege.
//
// Every struct, union and enumeration among these and in them, and every array
// with a name of its own, becomes a Go type named after the C type: struct data_t
// is DataT. A C type that is used in several places, or programs, is declared
// once. Comments have the C declarations with offsets and sizes in bytes, and a
// comment at the top tells which Go types go with which table.
//
//   - Padding is spelled out by blank fields.
//   - Unions are bytes with methods that read and set each member; so is what lies
//     in packed structs where Go puts nothing of its type.
//   - Bitfields are an integer, or bytes, with methods for each.
//   - Enumerations are integers with constants and String.
//   - char[16] is Comm, other char arrays have types that print as text, too.
//
// Errors are about the package's name, and about bundles that are damaged.
func GoTypes(o *GoTypesOptions, bundles ...*Bundle) ([]byte, error) {
	opts := GoTypesOptions{Package: "main", Command: "bccgo gen"}
	if o != nil && o.Package != "" {
		opts.Package = o.Package
	}
	if o != nil && o.Command != "" {
		opts.Command = o.Command
	}
	if !token.IsIdentifier(opts.Package) || opts.Package == "_" {
		return nil, fmt.Errorf("generate Go types: %q is no name for a package", opts.Package)
	}
	var f sharedTypes
	for _, b := range bundles {
		if err := f.read(b); err != nil {
			return nil, fmt.Errorf("generate Go types: %w", err)
		}
	}
	text, err := format.Source(f.write(opts))
	if err != nil {
		return nil, fmt.Errorf("generate Go types: %w", err)
	}
	return text, nil
}

// sharedTypes collects what GoTypes writes.
type sharedTypes struct {
	roots  []layout.Root
	tables []sharedTable
}

// sharedTable is a table or a buffer, and which roots it has: -1 for none.
type sharedTable struct {
	name       string
	kind       ebpf.MapType
	key, value int
}

// read notes the types of a program.
func (f *sharedTypes) read(b *Bundle) error {
	if b == nil || b.data == nil {
		return ErrNotBundle
	}
	m := &Module{bundle: b.data} // it stays unloaded: all it has to know is types
	if err := m.readTypes(); err != nil {
		return err
	}
	// Events come first, and then what has exact types: descriptions, which know
	// less, are recognized as the same.
	for _, pass := range []func(*bundle.Map) bool{isBufferSpec, hasTypes, lacksTypes} {
		for _, name := range b.Tables() {
			spec := b.data.Map(name)
			if !pass(spec) {
				continue
			}
			if err := f.readTable(m, spec); err != nil {
				return err
			}
		}
	}
	return nil
}

func isBufferSpec(m *bundle.Map) bool { return isBuffer(ebpf.MapType(m.Type)) }

func hasTypes(m *bundle.Map) bool { return !isBufferSpec(m) && m.ValueType != 0 }

func lacksTypes(m *bundle.Map) bool { return !isBufferSpec(m) && m.ValueType == 0 }

func (f *sharedTypes) readTable(m *Module, spec *bundle.Map) error {
	kind := ebpf.MapType(spec.Type)
	if isBuffer(kind) {
		types, err := m.types.Events(spec.Name)
		if err != nil {
			return err
		}
		for _, t := range types {
			f.share(spec.Name, kind, -1, f.root(t, "an event of "+spec.Name, spec.Name+"_event"))
		}
		return nil
	}
	if opener(kind) == "" {
		return nil
	}
	key, err := m.types.Key(spec)
	if err != nil {
		return err
	}
	value, err := m.types.Value(spec)
	if err != nil {
		return err
	}
	f.share(spec.Name, kind, f.root(key, "a key of "+spec.Name, spec.Name+"_key"), f.root(value, "a value of "+spec.Name, spec.Name+"_value"))
	return nil
}

// root adds a type and returns its place, -1 for what has no known layout.
func (f *sharedTypes) root(t *layout.Type, use, hint string) int {
	if t == nil || t.Size == 0 {
		return -1
	}
	f.roots = append(f.roots, layout.Root{Type: t, Use: use, Hint: layout.GoName(hint)})
	return len(f.roots) - 1
}

func (f *sharedTypes) share(name string, kind ebpf.MapType, key, value int) {
	if value >= 0 {
		f.tables = append(f.tables, sharedTable{name, kind, key, value})
	}
}

// opener is the function that opens tables of a type with Go types, "" if there
// is none.
func opener(kind ebpf.MapType) string {
	switch kind {
	case ebpf.Hash, ebpf.LRUHash, ebpf.Array, ebpf.LPMTrie:
		return "Map"
	case ebpf.PerCPUHash, ebpf.PerCPUArray, ebpf.LRUCPUHash:
		return "PerCPU"
	case ebpf.Queue, ebpf.Stack:
		return "Queue"
	case ebpf.PerfEventArray, ebpf.RingBuf:
		return "Stream"
	}
	return ""
}

// write puts the file together, not yet formatted.
func (f *sharedTypes) write(o GoTypesOptions) []byte {
	source := layout.GoTypes(f.roots)
	var b bytes.Buffer
	fmt.Fprintf(&b, "// Code generated by %s; DO NOT EDIT.\n\npackage %s\n\n", oneLine(o.Command), o.Package)
	if len(source.Imports) > 0 {
		b.WriteString("import (\n")
		for _, standard := range []bool{true, false} {
			for _, path := range source.Imports {
				if standard != strings.Contains(path, ".") {
					fmt.Fprintf(&b, "\t%q\n", path)
				}
			}
			b.WriteString("\n")
		}
		b.WriteString(")\n\n")
	}
	f.writeTables(&b, source.Exprs)
	b.WriteString(source.Decls)
	return b.Bytes()
}

// writeTables tells how each table is opened.
func (f *sharedTypes) writeTables(b *bytes.Buffer, exprs []string) {
	if len(f.tables) == 0 {
		b.WriteString("// The program shares nothing with Go whose types are known.\n")
		return
	}
	b.WriteString("// What the C text shares with Go is opened by:\n//\n")
	for _, t := range f.tables {
		types := exprs[t.value]
		if t.key >= 0 {
			types = exprs[t.key] + ", " + types
		}
		options := ""
		if isBuffer(t.kind) {
			options = ", nil"
		}
		fmt.Fprintf(b, "//\tbccgo.%s[%s](m, %q%s)\n", opener(t.kind), types, t.name, options)
	}
	b.WriteString("\n")
}

// oneLine keeps a comment on its line.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
