package bccgo

import (
	"fmt"
	"slices"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
)

// notKept are the kinds of table that a program does not go on with: buffers have
// readers of their own, and the others hold programs or tables of the old one.
var notKept = []ebpf.MapType{
	ebpf.PerfEventArray, ebpf.RingBuf, ebpf.ProgramArray, ebpf.ArrayOfMaps, ebpf.HashOfMaps,
}

// keepTable returns a descriptor of our own for the table of Options.Keep that has
// the name and the shape of t, nil if there is none.
func (m *Module) keepTable(t *bundle.Map) (*ebpf.Map, error) {
	if m.opts.Keep == nil || t.PinPath != "" || slices.Contains(notKept, ebpf.MapType(t.Type)) {
		return nil, nil
	}
	old := m.opts.Keep.compiled().Map(t.Name)
	if old == nil || !sameShape(old, t) {
		return nil, nil
	}
	kept, err := m.opts.Keep.shareTable(t.Name)
	if err != nil {
		return nil, fmt.Errorf("keep table %s of an earlier program: %w", t.Name, err)
	}
	m.kept = append(m.kept, t.Name)
	return kept, nil
}

// sameShape tells whether what is in one table means the same in another.
func sameShape(a, b *bundle.Map) bool {
	return a.Type == b.Type && a.KeySize == b.KeySize && a.ValueSize == b.ValueSize && a.MaxEntries == b.MaxEntries &&
		a.Flags == b.Flags && a.Extern == b.Extern && a.PinPath == b.PinPath && a.KeyDesc == b.KeyDesc && a.ValueDesc == b.ValueDesc
}

// Kept lists the tables that came from Options.Keep with what was in them, in the
// order of the text.
func (m *Module) Kept() []string {
	if m == nil {
		return nil
	}
	return slices.Clone(m.kept)
}
