package bccgo

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/ctypes"
)

// readTypes parses the bundle's type information.
func (m *Module) readTypes() (err error) {
	m.types, err = ctypes.Read(m.bundle)
	return err
}

// createMaps makes the tables in order, inner templates before what holds them.
func (m *Module) createMaps() error {
	for i := range m.bundle.Maps {
		if err := m.createMap(&m.bundle.Maps[i]); err != nil {
			return err
		}
	}
	m.opts.Keep = nil // which is not to stay for as long as this module does
	return nil
}

func (m *Module) createMap(t *bundle.Map) error {
	if m.maps[t.Name] != nil {
		return nil
	}
	made, err := m.makeMap(t)
	if err != nil {
		return err
	}
	m.maps[t.Name] = made
	return nil
}

func (m *Module) makeMap(t *bundle.Map) (*ebpf.Map, error) {
	if t.Extern {
		return m.takeExtern(t)
	}
	if kept, err := m.keepTable(t); kept != nil || err != nil {
		return kept, err
	}
	spec, err := m.mapSpec(t)
	if err != nil {
		return nil, err
	}
	made, err := openOrCreate(t, spec)
	if err != nil {
		return nil, mapError(t, err)
	}
	return made, nil
}

func (m *Module) mapSpec(t *bundle.Map) (*ebpf.MapSpec, error) {
	spec := &ebpf.MapSpec{
		Name: t.Name, Type: ebpf.MapType(t.Type), Flags: t.Flags,
		KeySize: t.KeySize, ValueSize: t.ValueSize, MaxEntries: t.MaxEntries,
		Key: m.types.ByID(t.KeyType), Value: m.types.ByID(t.ValueType),
	}
	if spec.Type == ebpf.PerfEventArray {
		spec.MaxEntries = 0 // one per possible CPU of the host that loads it
	}
	if t.Inner == "" {
		return spec, nil
	}
	inner, err := m.mapSpec(m.bundle.Map(t.Inner))
	if err != nil {
		return nil, err
	}
	inner.Name = ""
	spec.InnerMap = inner
	return spec, nil
}

// openOrCreate reopens a pinned table where its pin exists, or makes and pins it.
func openOrCreate(t *bundle.Map, spec *ebpf.MapSpec) (*ebpf.Map, error) {
	if t.PinPath == "" {
		return ebpf.NewMap(spec)
	}
	pinned, err := ebpf.LoadPinnedMap(t.PinPath, nil)
	switch {
	case err == nil:
		// As in BCC, who pinned the table chose its size.
		spec.MaxEntries = pinned.MaxEntries()
		if err := spec.Compatible(pinned); err != nil {
			differs := &PinError{Op: "open", Table: t.Name, Path: t.PinPath, Err: err,
				Fix: "the table pinned there is another one: remove it, or choose another path"}
			return nil, errors.Join(differs, pinned.Close())
		}
		return pinned, nil
	case !errors.Is(err, unix.ENOENT):
		return nil, pinError("open", t.Name, t.PinPath, err)
	}
	made, err := ebpf.NewMap(spec)
	if err != nil {
		return nil, err
	}
	if err := made.Pin(t.PinPath); err != nil {
		return nil, errors.Join(pinError("pin", t.Name, t.PinPath, err), made.Close())
	}
	return made, nil
}

func mapError(t *bundle.Map, err error) error {
	op := fmt.Sprintf("create table %s (%s, %d entries of %d+%d bytes)",
		t.Name, ebpf.MapType(t.Type), t.MaxEntries, t.KeySize, t.ValueSize)
	if errors.Is(err, unix.EPERM) {
		return permission(op, err)
	}
	return fmt.Errorf("%s: %w", op, err)
}
