package bccgo

import (
	"errors"

	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// usable tells why a table cannot be used, nil if it can.
func (t *Table) usable() error {
	if t == nil || t.err == nil && t.module == nil {
		return errNoTable
	}
	return t.err
}

// acquire returns the table's descriptor and keeps the module from closing it
// until release is called. Without, another file could have taken its number by
// the time of the system call. Nothing that may call back into the caller's
// code runs in between, so that Close never waits for more than one call.
func (t *Table) acquire() (int, error) {
	if err := t.usable(); err != nil {
		return -1, err
	}
	t.module.tables.RLock()
	if t.module.tablesClosed {
		t.module.tables.RUnlock()
		return -1, ErrClosed
	}
	return t.raw.FD(), nil
}

func (t *Table) release() { t.module.tables.RUnlock() }

// closeTables closes the descriptors once no call uses them.
func (m *Module) closeTables() error {
	m.tables.Lock()
	defer m.tables.Unlock()
	m.tablesClosed = true
	var errs []error
	for _, t := range m.maps {
		errs = append(errs, t.Close())
	}
	for _, t := range m.unnamed {
		errs = append(errs, t.Close())
	}
	return errors.Join(errs...)
}

// on makes one call on the table's descriptor.
func (t *Table) on(call func(fd int) error) error {
	fd, err := t.acquire()
	if err != nil {
		return err
	}
	defer t.release()
	return call(fd)
}

// lookupElem reads the value of a key as the kernel copies it.
func (t *Table) lookupElem(key, value []byte) error {
	return t.on(func(fd int) error { return sysbpf.LookupElem(fd, key, value) })
}

// updateElem sets the value of a key.
func (t *Table) updateElem(key, value []byte, flags uint64) error {
	return t.on(func(fd int) error { return sysbpf.UpdateElem(fd, key, value, flags) })
}

// deleteElem removes a key.
func (t *Table) deleteElem(key []byte) error {
	return t.on(func(fd int) error { return sysbpf.DeleteElem(fd, key) })
}

// nextKey finds the key after another.
func (t *Table) nextKey(key, next []byte) error {
	return t.on(func(fd int) error { return sysbpf.NextKey(fd, key, next) })
}

// takeElem reads the value of a key and removes the entry: at once where the
// kernel can, in two steps where it cannot.
func (t *Table) takeElem(key, value []byte) error {
	err := t.on(func(fd int) error { return sysbpf.LookupAndDeleteElem(fd, key, value) })
	if !errors.Is(err, sysbpf.ErrUnsupported) || t.isQueue() {
		return err
	}
	if err := t.lookupElem(key, value); err != nil {
		return err
	}
	return t.deleteElem(key)
}
