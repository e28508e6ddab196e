package stacks

import (
	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Store keeps what was read of the stacks of a program with toolkit.StacksC: their
// processes may end. A place is kept once, as most are in many stacks.
type Store struct {
	program *toolkit.Stacks
	stacks  map[stackID]Stack
	places  map[bccgo.Frame]*bccgo.Frame
}

// stackID is a stack of a process, or of bccgo.KernelPID.
type stackID struct {
	key uint64
	pid int
}

// OpenStore opens a program's stacks.
func OpenStore(m *bccgo.Module) (*Store, error) {
	program, err := toolkit.OpenStacks(m)
	return &Store{program, make(map[stackID]Stack), make(map[bccgo.Frame]*bccgo.Frame)}, err
}

// Kernel returns a stack of the kernel.
func (s *Store) Kernel(key uint64) (Stack, error) {
	return s.stack(key, bccgo.KernelPID, "[Missed Kernel Stack]")
}

// User returns a stack of a process.
func (s *Store) User(key uint64, pid uint32) (Stack, error) {
	return s.stack(key, int(pid), "[Missed User Stack]")
}

// stack returns a stack, in place of one that could not be kept a name that says
// so.
func (s *Store) stack(key uint64, pid int, missed string) (Stack, error) {
	switch key {
	case 0:
		return nil, nil
	case toolkit.StackMissed:
		return Stack{s.place(bccgo.Frame{Symbol: bccgo.Symbol{Name: missed}})}, nil
	}
	id := stackID{key, pid}
	if stack, ok := s.stacks[id]; ok {
		return stack, nil
	}
	frames, err := s.program.Frames(key, pid)
	if err != nil {
		return nil, err
	}
	stack := make(Stack, len(frames))
	for i, f := range frames {
		stack[i] = s.place(f)
	}
	s.stacks[id] = stack
	return stack, nil
}

func (s *Store) place(f bccgo.Frame) *bccgo.Frame {
	kept := s.places[f]
	if kept == nil {
		kept = &f
		s.places[f] = kept
	}
	return kept
}
