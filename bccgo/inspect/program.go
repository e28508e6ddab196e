package inspect

import (
	"errors"
	"fmt"
	"time"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo"
)

// Program is a loaded program.
type Program struct {
	ID   uint32 `json:"id"`
	Type string `json:"type"`
	// Name is the function's, shortened to 15 bytes if the program came without
	// types.
	Name string `json:"name,omitempty"`
	// Tag is a hash of the instructions as they were loaded.
	Tag    string    `json:"tag"`
	Loaded time.Time `json:"loaded"`
	UID    uint32    `json:"uid"`
	// Tables are the numbers of those that it uses.
	Tables []uint32 `json:"tables"`
	// Types is the number of its BTF object, 0 for none.
	Types uint32 `json:"types,omitempty"`
	// Bytes are those of the instructions, Machine those of the machine's code, 0
	// if the kernel interprets it or does not tell. Memory is what is counted
	// against limits for locked memory.
	Bytes   int    `json:"bytes"`
	Machine int    `json:"machine"`
	Memory  uint64 `json:"memory"`
	// Verified is how many instructions the verifier went through (Linux 5.16).
	Verified uint32 `json:"verified,omitempty"`
	// RunTime and Runs only count while the kernel's statistics are on. Missed
	// counts runs that were left out since the program was running already.
	RunTime time.Duration `json:"run_time_ns"`
	Runs    uint64        `json:"runs"`
	Missed  uint64        `json:"missed"`
}

// Programs lists all loaded programs by their numbers.
func Programs() ([]Program, error) {
	var all []Program
	err := each("program", nextProgram, openProgram, func(id uint32, p *ebpf.Program) error {
		one, err := programOf(id, p)
		all = append(all, one)
		return err
	})
	return all, err
}

// ProgramByID finds one. Errors are *NotFoundError.
func ProgramByID(id uint32) (Program, error) {
	var one Program
	err := withProgram(id, func(p *ebpf.Program) (err error) {
		one, err = programOf(id, p)
		return err
	})
	return one, err
}

func openProgram(id uint32) (*ebpf.Program, error) {
	return ebpf.NewProgramFromID(ebpf.ProgramID(id))
}

// withProgram opens a program for do.
func withProgram(id uint32, do func(*ebpf.Program) error) error {
	if err := bccgo.CheckPrivilege(); err != nil {
		return fmt.Errorf("open program %d: %w", id, err)
	}
	p, err := open("program", id, func() (*ebpf.Program, error) { return openProgram(id) })
	if err != nil {
		return err
	}
	return errors.Join(do(p), p.Close())
}

func programOf(id uint32, p *ebpf.Program) (Program, error) {
	info, err := p.Info()
	if err != nil {
		return Program{}, fmt.Errorf("ask about program %d: %w", id, err)
	}
	stats, err := p.Stats()
	if err != nil {
		return Program{}, fmt.Errorf("ask about the runs of program %d: %w", id, err)
	}
	one := Program{ID: id, Type: info.Type.String(), Name: info.Name, Tag: info.Tag, Tables: []uint32{},
		RunTime: stats.Runtime, Runs: stats.RunCount, Missed: stats.RecursionMisses}
	if at, ok := info.LoadTime(); ok {
		one.Loaded = bootTime(at)
	}
	one.UID, _ = info.CreatedByUID()
	one.Memory, _ = info.Memlock()
	one.Verified, _ = info.VerifiedInstructions()
	maps, _ := info.MapIDs()
	for _, m := range maps {
		one.Tables = append(one.Tables, uint32(m))
	}
	types, _ := info.BTFID()
	one.Types = uint32(types)
	// What is hidden, or not compiled, stays 0.
	if n, err := info.TranslatedSize(); err == nil {
		one.Bytes = n
	}
	if n, err := info.JitedSize(); err == nil {
		one.Machine = int(n)
	}
	return one, nil
}
