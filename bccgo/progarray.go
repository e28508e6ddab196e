package bccgo

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// JumpTable is a table of functions to go on with (BPF_PROG_ARRAY): in C,
// table.call(ctx, index) leaves the running function for the one at that index,
// or does nothing if there is none.
type JumpTable struct {
	table *Table
	err   error
}

// ProgArray opens a table of functions. An error is returned by every method.
func ProgArray(m *Module, name string) *JumpTable {
	t, err := m.table(name)
	if err == nil && t.Kind() != ebpf.ProgramArray {
		err = t.kindError("open table of functions", "a table of functions (BPF_PROG_ARRAY)")
	}
	return &JumpTable{table: t, err: err}
}

// TailCallError means that a function cannot be put into a table of functions.
type TailCallError struct {
	// Table is the table, Index the place in it, Function what was to go there.
	Table    string
	Index    uint32
	Function string
	// Type is what the function was loaded as.
	Type ProgType
	// Err is the cause; it says what can be done.
	Err error
}

func (e *TailCallError) Error() string {
	return fmt.Sprintf("set %s[%d] to function %s (%s): %v", e.Table, e.Index, e.Function, e.Type, e.Err)
}

func (e *TailCallError) Unwrap() error { return e.Err }

// Err is the reason the table cannot be used, nil if it can.
func (j *JumpTable) Err() error {
	if j == nil {
		return errNoTable
	}
	return j.err
}

// Set puts a function of the same module at an index, loading it if need be.
//
// All functions in a table, and all that call from it, have one program type.
// Set takes that of the functions that use the table: the type they are loaded
// as, if one is, else the one their name or argument stands for, as LoadFuncs
// does. Where that is not what they will be attached as, attach them first or
// use SetAs. Errors are *TailCallError, *UnknownError and *VerifierError.
func (j *JumpTable) Set(index uint32, function string) error {
	if err := j.Err(); err != nil {
		return err
	}
	f := j.table.module.bundle.Function(function)
	if f == nil {
		return unknown("function", function, j.table.module.Functions())
	}
	return j.SetAs(index, function, j.typeFor(f))
}

// SetAs is Set with the program type given.
func (j *JumpTable) SetAs(index uint32, function string, typ ProgType) error {
	if err := j.Err(); err != nil {
		return err
	}
	p, err := j.table.module.program(function, typ)
	if err != nil {
		return err
	}
	key := binary.NativeEndian.AppendUint32(nil, index)
	err = j.table.on(func(fd int) error {
		value := binary.NativeEndian.AppendUint32(nil, uint32(p.FD()))
		return sysbpf.UpdateElem(fd, key, value, sysbpf.Any)
	})
	if err != nil {
		return &TailCallError{Table: j.table.Name(), Index: index, Function: function, Type: typ, Err: j.explain(err)}
	}
	return nil
}

// SetFD puts a program at an index by its descriptor, which may be another
// module's and may be closed afterwards. It must have the program type of the
// functions that use the table.
func (j *JumpTable) SetFD(index uint32, fd int) error {
	if err := j.Err(); err != nil {
		return err
	}
	key, value := binary.NativeEndian.AppendUint32(nil, index), binary.NativeEndian.AppendUint32(nil, uint32(fd))
	if err := j.table.updateElem(key, value, sysbpf.Any); err != nil {
		return fmt.Errorf("set %s[%d] to the program of descriptor %d: %w", j.table.Name(), index, fd, j.explain(err))
	}
	return nil
}

// Delete empties an index: calls to it do nothing. It is ErrKeyNotExist if no
// function is there.
func (j *JumpTable) Delete(index uint32) error {
	if err := j.Err(); err != nil {
		return err
	}
	return j.table.fail(j.table.deleteElem(binary.NativeEndian.AppendUint32(nil, index)))
}

// Clear empties all of the table.
func (j *JumpTable) Clear() error {
	if err := j.Err(); err != nil {
		return err
	}
	return j.table.Clear()
}

func (j *JumpTable) explain(err error) error {
	switch {
	case errors.Is(err, unix.E2BIG):
		return fmt.Errorf("the table ends at index %d", j.table.MaxEntries()-1)
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("the functions that use the table have another program type; attach them before, or name the type with SetAs (%w)", err)
	}
	return err
}

// typeFor chooses the program type of a function for the table.
func (j *JumpTable) typeFor(f *bundle.Function) ProgType {
	m := j.table.module
	guess := m.typeOf(f)
	guessed := false
	for i := range m.bundle.Functions {
		user := &m.bundle.Functions[i]
		if !m.uses(user, j.table.spec.ID) {
			continue
		}
		if t, ok := m.loadedAs(user.Name); ok {
			return t
		}
		if !guessed {
			guess, guessed = m.typeOf(user), true
		}
	}
	return guess
}

// uses reports whether a function refers to a table.
func (m *Module) uses(f *bundle.Function, table int32) bool {
	insns, err := decode(f)
	if err != nil {
		return false // loading the function reports it
	}
	for _, ins := range insns {
		if ins.IsLoadFromMap() && int32(ins.Constant) == table {
			return true
		}
	}
	return false
}

// loadedAs is the type a function is loaded as, the lowest if there are several.
func (m *Module) loadedAs(function string) (ProgType, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := ebpf.UnspecifiedProgram
	for key := range m.progs {
		if key.function == function && (found == ebpf.UnspecifiedProgram || key.typ < found) {
			found = key.typ
		}
	}
	return found, found != ebpf.UnspecifiedProgram
}
