package runtimes

import (
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Place is a file of a process with a function, for AttachUprobe.
type Place struct {
	Name string
	// PID is the process, whose view the name is of.
	PID int
}

// FunctionError means that none of a process's files has a function.
type FunctionError struct {
	PID      int
	Function string
}

func (e *FunctionError) Error() string {
	return fmt.Sprintf("process %d has no function %s, neither in its program nor in its C library", e.PID, e.Function)
}

// FindFunction finds a function in a process's own program or in the first of some
// libraries that it has mapped.
func FindFunction(pid int, function string, libraries ...string) (Place, error) {
	program, err := toolkit.ProgramOf(pid)
	if err != nil {
		return Place{}, err
	}
	if has(program.Path, function) {
		return Place{program.Name, program.PID}, nil
	}
	mapped, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return Place{}, fmt.Errorf("look for the libraries of process %d: %w", pid, err)
	}
	for _, library := range libraries {
		file, err := bccgo.FindLibrary(library, pid)
		if err == nil && strings.Contains(string(mapped), "/"+path.Base(file)) && has(file, function) {
			return Place{library, pid}, nil
		}
	}
	return Place{}, &FunctionError{PID: pid, Function: function}
}

// has tells whether a file has a function. One that cannot be read has none.
func has(file, function string) bool {
	found, err := bccgo.UserFunctions(file, function)
	return err == nil && len(found) > 0
}
