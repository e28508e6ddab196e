package bccgo

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/layout"
	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// PinError means that a table could not be pinned, or opened where it is pinned.
type PinError struct {
	// Op is what was tried, Table the table's name, Path the pin.
	Op, Table, Path string
	// Fix is what to do about it, "" if nothing is known.
	Fix string
	// Err is the cause.
	Err error
}

func (e *PinError) Error() string {
	text := fmt.Sprintf("%s table %s at %s: %v", e.Op, e.Table, e.Path, e.Err)
	if e.Fix != "" {
		text += "; " + e.Fix
	}
	return text
}

func (e *PinError) Unwrap() error { return e.Err }

// pinError adds what to do to an error of a pin.
func pinError(op, table, path string, err error) error {
	e := &PinError{Op: op, Table: table, Path: path, Err: err}
	switch {
	case errors.Is(err, unix.EEXIST):
		e.Fix = "something is pinned there already: remove the file, or choose another path"
	case !onBPFFS(path):
		e.Fix = "the path must be in a BPF file system: mount -t bpf bpf /sys/fs/bpf"
	case errors.Is(err, unix.ENOENT):
		e.Fix = "there is no such folder or pin"
	}
	return e
}

// onBPFFS reports whether the folder of a path is in a BPF file system, or would
// be if it were there.
func onBPFFS(path string) bool {
	var fs unix.Statfs_t
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		err := unix.Statfs(dir, &fs)
		if err == nil {
			return uint32(fs.Type) == unix.BPF_FS_MAGIC
		}
		if !errors.Is(err, unix.ENOENT) || dir == filepath.Dir(dir) {
			return false
		}
	}
}

// Pin gives the table a name in the BPF file system, as BPF_TABLE_PINNED does: it
// stays there when the module is closed and the program has ended, until the
// file is removed. OpenPinned, or BPF_TABLE_PINNED in another text, opens it
// again. It needs Linux 4.4. Errors are *PinError.
func (t *Table) Pin(path string) error {
	if err := t.usable(); err != nil {
		return err
	}
	err := t.on(func(int) error {
		// A copy, so that the table does not count as pinned there for good.
		copied, err := t.raw.Clone()
		if err != nil {
			return err
		}
		return errors.Join(copied.Pin(path), copied.Close())
	})
	if err != nil && !errors.Is(err, ErrClosed) {
		return pinError("pin", t.Name(), path, err)
	}
	return err
}

// OpenPinned opens pinned tables, of whatever program, as a module that has
// nothing else: pins are their paths, by the names that Module.Table, Map and the
// rest take them by. Their C types are known where the kernel has them, as of
// tables of a text with functions; others open as arrays of bytes. Closing the module leaves the pins. Errors are *PinError.
func OpenPinned(pins map[string]string) (*Module, error) {
	m, err := newTables()
	if err != nil {
		return nil, err
	}
	for name, path := range pins {
		raw, err := ebpf.LoadPinnedMap(path, nil)
		if err == nil {
			err = m.openTable(name, path, raw)
		}
		if err != nil {
			return nil, errors.Join(pinError("open", name, path, err), m.Close())
		}
	}
	return m, nil
}

// OpenTables is OpenPinned of tables by the kernel's numbers, as package inspect
// and bpftool show them; the module keeps them. A number that no table has is
// fs.ErrNotExist.
func OpenTables(ids map[string]uint32) (*Module, error) {
	m, err := newTables()
	if err != nil {
		return nil, err
	}
	for name, id := range ids {
		raw, err := ebpf.NewMapFromID(ebpf.MapID(id))
		if err == nil {
			err = m.openTable(name, "", raw)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open table %s, number %d: %w", name, id, err), m.Close())
		}
	}
	return m, nil
}

// newTables is a module that has nothing.
func newTables() (*Module, error) {
	if err := CheckPrivilege(); err != nil {
		return nil, err
	}
	return &Module{
		bundle: &bundle.Bundle{}, maps: make(map[string]*ebpf.Map), progs: make(map[progKey]*ebpf.Program),
		links: make(map[*Link]struct{}), streams: make(map[io.Closer]struct{}), reserved: make(map[string]bool),
	}, nil
}

// openTable makes an open map one of the module's tables, which then owns it.
func (m *Module) openTable(name, path string, raw *ebpf.Map) (err error) {
	m.maps[name] = raw
	spec := bundle.Map{Name: name, Type: uint32(raw.Type()), KeySize: raw.KeySize(), ValueSize: raw.ValueSize(),
		MaxEntries: raw.MaxEntries(), Flags: raw.Flags(), PinPath: path}
	m.bundle.Maps = append(m.bundle.Maps, spec)
	t := &Table{module: m, spec: &spec, raw: raw, events: noEvents}
	if t.key, t.value, err = kernelTypes(raw); err != nil {
		return err
	}
	m.known.Store(name, t)
	return nil
}

// noEvents are the types that a buffer of an unknown program carries.
func noEvents() ([]*layout.Type, error) { return nil, nil }

// kernelTypes are the C types of a table as the kernel knows them, arrays of bytes
// where it does not.
func kernelTypes(raw *ebpf.Map) (key, value *layout.Type, err error) {
	types, err := sysbpf.TypesOf(raw.FD())
	if err != nil {
		return nil, nil, err
	}
	if types.BTF == 0 {
		return bytesLayout(raw.KeySize(), raw.ValueSize())
	}
	handle, err := btf.NewHandleFromID(btf.ID(types.BTF))
	if err != nil {
		return nil, nil, fmt.Errorf("open its type information: %w", err)
	}
	defer handle.Close()
	spec, err := handle.Spec(nil)
	if err != nil {
		return nil, nil, fmt.Errorf("read its type information: %w", err)
	}
	if key, err = typeLayout(spec, types.Key); err != nil {
		return nil, nil, err
	}
	value, err = typeLayout(spec, types.Value)
	return key, value, err
}

// bytesLayout are the types of a table of which only the sizes are known.
func bytesLayout(keySize, valueSize uint32) (key, value *layout.Type, err error) {
	char := &btf.Int{Name: "unsigned char", Size: 1}
	if keySize > 0 {
		if key, err = layout.FromBTF(&btf.Array{Index: char, Type: char, Nelems: keySize}); err != nil {
			return nil, nil, err
		}
	}
	if valueSize > 0 {
		value, err = layout.FromBTF(&btf.Array{Index: char, Type: char, Nelems: valueSize})
	}
	return key, value, err
}

// typeLayout is a type by its number, nil for 0, which the keys of queues have.
func typeLayout(spec *btf.Spec, id uint32) (*layout.Type, error) {
	if id == 0 {
		return nil, nil
	}
	typ, err := spec.TypeByID(btf.TypeID(id))
	if err != nil {
		return nil, fmt.Errorf("read its type information: %w", err)
	}
	return layout.FromBTF(typ)
}
