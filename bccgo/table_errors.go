package bccgo

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// Errors of entries, for errors.Is.
var (
	// ErrKeyNotExist means that a table has no entry of that key, or an array
	// no such index.
	ErrKeyNotExist = ebpf.ErrKeyNotExist
	// ErrKeyExist means that an entry was to be new and is not.
	ErrKeyExist = ebpf.ErrKeyExist
	// ErrEmpty means that a queue or stack holds nothing. It is an
	// ErrKeyNotExist, too.
	ErrEmpty = fmt.Errorf("it is empty: %w", ErrKeyNotExist)
	// ErrIterationAborted means that a table changed so fast that a walk over
	// it found no end. It can only happen where there are no batch calls:
	// before Linux 5.6, and in longest-prefix tables.
	ErrIterationAborted = ebpf.ErrIterationAborted
	// ErrClosed means that the module was closed.
	ErrClosed = errClosed
)

var (
	errNoModule = errors.New("there is no module: check the error that Load returned")
	errNoTable  = errors.New("there is no table: check the error that opening it returned")
)

// FullError means that a table has no room for another entry.
type FullError struct {
	// Table is its name, MaxEntries how many entries it holds.
	Table      string
	MaxEntries int
	// Err is the cause.
	Err error
}

func (e *FullError) Error() string {
	return fmt.Sprintf("table %s is full with %d entries: delete some, or declare it larger", e.Table, e.MaxEntries)
}

func (e *FullError) Unwrap() error { return e.Err }

// fail adds the table to the error of a call on its entries, and gives types to
// those that callers may want to tell apart.
func (t *Table) fail(err error) error {
	switch {
	case err == nil || t.usable() != nil:
		return err
	case errors.Is(err, unix.E2BIG) && t.IsArray():
		return fmt.Errorf("table %s: the index is beyond its %d entries: %w", t.Name(), t.MaxEntries(), ErrKeyNotExist)
	case errors.Is(err, unix.E2BIG), errors.Is(err, unix.ENOSPC) && t.Kind() == ebpf.LPMTrie:
		return &FullError{Table: t.Name(), MaxEntries: t.MaxEntries(), Err: err}
	case errors.Is(err, ErrKeyNotExist) && t.isQueue():
		return fmt.Errorf("table %s: %w", t.Name(), ErrEmpty)
	}
	return fmt.Errorf("table %s: %w", t.Name(), err)
}

// kindError says that the table cannot be used in some way.
func (t *Table) kindError(op, want string) error {
	return &KindError{Op: op, Name: t.Name(), Is: t.Kind().String(), Want: want}
}
