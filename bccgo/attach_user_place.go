package bccgo

import (
	"debug/elf"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/bccgo/bcc/bccgo/internal/elfsym"
	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// userPlace is a place in a program or library.
type userPlace struct {
	hook         userHook
	name, symbol string
	opts         UprobeOptions

	// What find found.
	path   string
	offset uint64
	// returns are the places of a Go function's return instructions.
	returns []uint64
}

func newUserPlace(h userHook, name, symbol string, o *UprobeOptions) *userPlace {
	u := &userPlace{hook: h, name: name, symbol: symbol}
	if o != nil {
		u.opts = *o
	}
	if u.opts.Go && h.returns {
		u.hook = goReturnHook
	}
	return u
}

func (u *userPlace) String() string { return u.in(u.name) }

// in shows the place with the file spelt so.
func (u *userPlace) in(file string) string {
	at := u.symbol
	switch {
	case u.opts.Address != 0:
		at = fmt.Sprintf("%#x", u.opts.Address)
	case u.opts.FileOffset != 0:
		at = fmt.Sprintf("file offset %#x", u.opts.FileOffset)
	}
	if u.opts.Offset != 0 {
		at += fmt.Sprintf("+%#x", u.opts.Offset)
	}
	return file + ":" + at + inProcess(u.opts.PID)
}

func inProcess(pid int) string {
	if pid == 0 {
		return ""
	}
	return fmt.Sprintf(" in process %d", pid)
}

// spellings are other texts for a place that was found. The last one is the
// same for all that mean it.
func (u *userPlace) spellings() []string {
	return []string{u.in(u.path), fmt.Sprintf("%s at %#x%s", u.path, u.offset, inProcess(u.opts.PID))}
}

// find sets the file's path and the offset in it.
func (u *userPlace) find() error {
	if err := u.check(); err != nil {
		return err
	}
	b, err := u.open()
	if err != nil {
		return err
	}
	switch {
	case u.opts.Address != 0:
		u.offset, err = b.AddrOffset(u.opts.Address)
	case u.opts.FileOffset != 0:
		u.offset, err = u.opts.FileOffset, b.CheckCode(u.opts.FileOffset)
	default:
		u.offset, err = u.findSymbol(b)
	}
	u.offset += u.opts.Offset
	if err == nil && u.hook.returns && !u.opts.Go {
		err = checkEntry(b, u.offset)
	}
	return err
}

// check tells what is wrong with the call itself.
func (u *userPlace) check() error {
	given := 0
	for _, is := range []bool{u.symbol != "", u.opts.Address != 0, u.opts.FileOffset != 0} {
		if is {
			given++
		}
	}
	switch {
	case given == 0:
		return errors.New("neither a symbol nor an address is given")
	case given > 1:
		return errors.New("several places are given: choose one of symbol, Address and FileOffset")
	case u.opts.Go && (u.symbol == "" || u.opts.Offset != 0):
		return errors.New("the option Go goes with a symbol alone: neither with Offset, Address nor FileOffset")
	case u.hook.returns && u.opts.Offset != 0:
		return errors.New("a return probe has no Offset")
	}
	return nil
}

// open finds the file and reads its symbols.
func (u *userPlace) open() (*elfsym.Binary, error) {
	if err := probe.Running().UprobesSupported(); err != nil {
		return nil, err
	}
	var err error
	if u.path, err = findFile(u.name, u.opts.PID); err != nil {
		return nil, err
	}
	b, err := elfsym.Open(u.path)
	if err == nil {
		err = checkMachine(u.path, b.Machine())
	}
	if err == nil && u.hook.returns && b.IsGo() && !u.opts.Go {
		err = &GoUretprobeError{Path: u.path}
	}
	return b, err
}

// checkMachine refuses code that this machine does not run: nothing would ever hit
// the probe.
func checkMachine(path string, m elf.Machine) error {
	if slices.Contains(ownMachines[runtime.GOARCH], m) || ownMachines[runtime.GOARCH] == nil {
		return nil
	}
	return &UnsupportedError{Feature: "probes in " + path,
		Reason: fmt.Sprintf("it is for %s, and this machine is %s", m, runtime.GOARCH), Fix: "trace it on a machine of its kind"}
}

// ownMachines are those whose programs a machine runs.
var ownMachines = map[string][]elf.Machine{
	"amd64": {elf.EM_X86_64, elf.EM_386}, "arm64": {elf.EM_AARCH64, elf.EM_ARM},
}

func (u *userPlace) findSymbol(b *elfsym.Binary) (uint64, error) {
	s, err := b.Lookup(u.symbol)
	if err != nil {
		return 0, err
	}
	if s.Size != 0 && u.opts.Offset >= s.Size && !s.Indirect {
		return 0, &SymbolError{Path: u.path, Symbol: u.symbol, Misplaced: true,
			Reason: fmt.Sprintf("it is %d bytes long, so offset %d is not in it", s.Size, u.opts.Offset)}
	}
	places, err := u.placesOf(b, s)
	if err != nil {
		return 0, err
	}
	if u.opts.Go && u.hook.returns {
		u.returns = places
		return s.Offset, nil
	}
	return places[0], nil
}

// placesOf lists the offsets in the file that stand for one end of a function:
// one, unless it is where a Go function returns.
func (u *userPlace) placesOf(b *elfsym.Binary, s elfsym.Symbol) ([]uint64, error) {
	if u.opts.Go && u.hook.returns {
		return b.GoReturns(s)
	}
	find := func(s elfsym.Symbol) (uint64, error) { return b.Implementation(rootfs.Live, s, u.opts.PID) }
	if u.opts.Go {
		find = b.GoEntry
	}
	offset, err := find(s)
	return []uint64{offset}, err
}

// checkEntry refuses a return probe inside of a function: the kernel takes what
// is on the stack there for the return address, and changes it.
func checkEntry(b *elfsym.Binary, offset uint64) error {
	s, into, ok := b.At(offset)
	if !ok || into == 0 || s.Size == 0 {
		return nil
	}
	return &SymbolError{Path: b.Path(), Symbol: s.Name, Misplaced: true,
		Reason: fmt.Sprintf("the place is %d bytes into it: a return probe goes on a function's start, or it would crash the program", into)}
}
