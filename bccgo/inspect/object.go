package inspect

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo"
)

// NotFoundError means that the kernel has no such object.
type NotFoundError struct {
	// What is "program", "table", "link", "types" or "type".
	What string
	ID   uint32
	// Name is that of a type, and In what it is not in.
	Name, In string
}

func (e *NotFoundError) Error() string {
	if e.Name != "" {
		return fmt.Sprintf("%s has no %s of the name %s", e.In, e.What, e.Name)
	}
	return fmt.Sprintf("the kernel has no %s of number %d; it may have been removed meanwhile", e.What, e.ID)
}

// Is makes it fs.ErrNotExist.
func (e *NotFoundError) Is(target error) bool { return target == fs.ErrNotExist }

// open names the object in an error.
func open[T any](what string, id uint32, by func() (T, error)) (T, error) {
	object, err := by()
	if errors.Is(err, fs.ErrNotExist) {
		return object, &NotFoundError{What: what, ID: id}
	}
	if err != nil {
		return object, fmt.Errorf("open %s %d: %w", what, id, err)
	}
	return object, nil
}

// each goes through all objects of a kind. next gives the number after another,
// and fs.ErrNotExist after the last one.
func each[T io.Closer](what string, next func(uint32) (uint32, error), by func(uint32) (T, error), do func(uint32, T) error) error {
	if err := bccgo.CheckPrivilege(); err != nil {
		return fmt.Errorf("list %ss: %w", what, err)
	}
	for id := uint32(0); ; {
		var err error
		if id, err = next(id); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list %ss: %w", what, err)
		}
		object, err := open(what, id, func() (T, error) { return by(id) })
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return err
		}
		if err := errors.Join(do(id, object), object.Close()); err != nil {
			return err
		}
	}
}

func nextProgram(id uint32) (uint32, error) {
	next, err := ebpf.ProgramGetNextID(ebpf.ProgramID(id))
	return uint32(next), err
}

func nextMap(id uint32) (uint32, error) {
	next, err := ebpf.MapGetNextID(ebpf.MapID(id))
	return uint32(next), err
}
