package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// place is a file with readline in it.
type place struct {
	// name is what to attach to, path where the file is read.
	name, path string
	// pid is the process to attach to, 0 for all.
	pid int
	// readline and teardown tell which functions it has.
	readline, teardown bool
	// onlyBash tells that programs of other names use the file too, and are to be
	// left out.
	onlyBash bool
}

// The functions; see the program.
const (
	readlineName = "readline"
	teardownName = "readline_internal_teardown"
)

// place finds readline: in the file that was asked for, else in the process's
// program or in bash, or in the library that it is linked to.
func (o *options) place() (*place, error) {
	if o.pid < 0 {
		return nil, fmt.Errorf("--pid %d: there are no processes of negative numbers", o.pid)
	}
	if o.shared != "" {
		return o.sharedPlace()
	}
	program, err := o.program()
	if err != nil {
		return nil, err
	}
	if program.look() == nil {
		return program, nil
	}
	library, err := program.library(o.pid)
	if err != nil {
		return nil, err
	}
	if library == nil {
		return nil, fmt.Errorf("%s has no function %s and is linked to no libreadline: name the file that has it by --shared", program.path, readlineName)
	}
	return library, library.look()
}

func (o *options) sharedPlace() (*place, error) {
	path, err := bccgo.FindLibrary(o.shared, o.pid)
	if err != nil {
		return nil, fmt.Errorf("--shared: %w", err)
	}
	pl := &place{name: o.shared, path: path, pid: o.pid, onlyBash: o.pid == 0}
	if err := pl.look(); err != nil {
		return nil, fmt.Errorf("--shared: %w", err)
	}
	return pl, nil
}

// program is what a process runs, or else the bash of the machine.
func (o *options) program() (*place, error) {
	if o.pid == 0 {
		path := "/bin/bash"
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			if path, err = bccgo.FindExe("bash"); err != nil {
				return nil, err
			}
		}
		return &place{name: path, path: path}, nil
	}
	p, err := toolkit.ProgramOf(o.pid)
	return &place{name: p.Name, path: p.Path, pid: p.PID}, err
}

// look finds out which functions the file has; none of them is an error.
func (pl *place) look() error {
	found, err := bccgo.UserFunctions(pl.path, readlineName+"|"+teardownName)
	if err != nil {
		return err
	}
	for _, f := range found {
		pl.readline = pl.readline || f.Name == readlineName
		pl.teardown = pl.teardown || f.Name == teardownName
	}
	if len(found) == 0 {
		return fmt.Errorf("%s has no function %s", pl.path, readlineName)
	}
	return nil
}

// library is the libreadline that a program is linked to, in a process's view if
// pid is not 0, or nil.
func (pl *place) library(pid int) (*place, error) {
	file, err := elf.Open(pl.path)
	if err != nil {
		return nil, fmt.Errorf("read the libraries of %s: %w", pl.path, err)
	}
	defer file.Close()
	names, err := file.ImportedLibraries()
	if err != nil {
		return nil, fmt.Errorf("read the libraries of %s: %w", pl.path, err)
	}
	for _, name := range names {
		if !strings.HasPrefix(name, "libreadline.so") {
			continue
		}
		path, err := bccgo.FindLibrary(name, pid)
		return &place{name: name, path: path, pid: pid, onlyBash: pid == 0}, err
	}
	return nil, nil
}

func (pl *place) defines() map[string]string {
	if pl.onlyBash {
		return map[string]string{"ONLY_BASH": ""}
	}
	return nil
}

// attach probes the returns of the functions there are.
func (pl *place) attach(s *toolkit.Session, m *bccgo.Module) error {
	for _, f := range []struct {
		has               bool
		symbol, uretprobe string
	}{
		{pl.teardown, teardownName, "return_teardown"},
		{pl.readline, readlineName, "return_readline"},
	} {
		if !f.has {
			s.Notef("%s: %s has none", f.symbol, pl.path)
			continue
		}
		link, err := m.AttachUretprobe(pl.name, f.symbol, f.uretprobe, &bccgo.UprobeOptions{PID: pl.pid})
		if err != nil {
			return err
		}
		s.Notef("%s: %v", f.symbol, link)
	}
	return nil
}
