package bccgo

import "math"

// StackTable is a table of stacks, as BPF_STACK_TRACE and
// BPF_STACK_TRACE_BUILDID declare one. A program's get_stackid puts a stack
// there and returns its id, the same for the same stack.
//
// An id below 0 is an error that the program got: methods return a *StackError,
// to which errors.Is finds
//
//   - unix.EFAULT: there was no such stack, as a kernel thread has none in user
//     space, and tracepoints of system calls have none of the kernel on many
//     kernels (seen on Linux 6.1, not on 6.18). BCC's tools show nothing then.
//   - unix.EEXIST: another stack had its place. BCC's tools show "[Missed Kernel
//     Stack]" or "[Missed User Stack]" and suggest a larger table.
//
// Ids may be given as C has them, int, u32 or s64.
type StackTable struct {
	table   *Table
	symbols *Symbols
}

// StackTraces opens a table of stacks. Errors are *UnknownError and *KindError.
func StackTraces(m *Module, name string) (*StackTable, error) {
	t := m.Table(name)
	if err := t.usable(); err != nil {
		return nil, err
	}
	if !t.isStackTrace() {
		return nil, t.kindError("open stacks", "a table of stacks (BPF_STACK_TRACE)")
	}
	return &StackTable{table: t, symbols: sharedSymbols()}, nil
}

// Frame is one place of a stack.
type Frame struct {
	// Addr is the address; in a table of build ids the offset in the file.
	Addr uint64
	// BuildID is the file's in a table of build ids.
	BuildID string
	// Symbol is the function; its Name is empty where it is not known.
	Symbol
}

// Walk returns the addresses of a stack, innermost first: where the program was,
// then where each function returns to. ErrKeyNotExist means that the id is not
// (or no longer) in the table.
func (s *StackTable) Walk(id int64) ([]uint64, error) {
	return s.table.Stack(signed(id))
}

// signed undoes the reading of a negative int as an unsigned one.
func signed(id int64) int64 {
	if id > math.MaxInt32 && id <= math.MaxUint32 {
		return int64(int32(id))
	}
	return id
}

// Frames is Walk with the functions: of the process pid for a stack of user
// space, of the kernel for a negative pid. Frames that cannot be resolved are
// unknown, which is no error.
//
// A function that calls one which never returns may end with the call, so that
// it would return to the next function. Frames takes the caller to be the
// function of the call.
func (s *StackTable) Frames(id int64, pid int) ([]Frame, error) {
	addresses, err := s.Walk(id)
	if err != nil {
		return nil, err
	}
	frames := make([]Frame, len(addresses))
	for i, addr := range addresses {
		frames[i] = Frame{Addr: addr, Symbol: frameSymbol(i, func(back uint64) (Symbol, error) {
			return s.symbols.Lookup(addr-back, pid)
		})}
	}
	return frames, nil
}

// BuildIDFrames is Frames of a BPF_STACK_TRACE_BUILDID. Files must have been
// given to Symbols.AddModule of the module's Symbols.
func (s *StackTable) BuildIDFrames(id int64) ([]Frame, error) {
	places, err := s.table.BuildIDStack(signed(id))
	if err != nil {
		return nil, err
	}
	frames := make([]Frame, len(places))
	for i, place := range places {
		frames[i] = Frame{Addr: place.Offset, BuildID: place.BuildID, Symbol: frameSymbol(i, func(back uint64) (Symbol, error) {
			return s.symbols.LookupBuildID(BuildIDFrame{BuildID: place.BuildID, Offset: place.Offset - back})
		})}
	}
	return frames, nil
}

// frameSymbol resolves the frame at index i of a stack through lookup, which is
// told how many bytes before the frame's address to look.
func frameSymbol(i int, lookup func(back uint64) (Symbol, error)) Symbol {
	if i > 0 {
		if found, err := lookup(1); err == nil {
			found.Offset++
			return found
		}
		// A signal handler returns to the very start of a function.
	}
	found, err := lookup(0)
	if err != nil {
		found.Name = ""
	}
	return found
}

// Delete removes a stack. A missing one is ErrKeyNotExist.
func (s *StackTable) Delete(id int64) error {
	return s.table.Delete(uint32(id))
}

// Clear removes all stacks. One that a program puts there meanwhile may stay.
func (s *StackTable) Clear() error {
	return s.table.Clear()
}

// FrameNames shows frames one by one, as Symbol.Format does.
func FrameNames(frames []Frame, o *SymOptions) []string {
	names := make([]string, len(frames))
	for i, f := range frames {
		names[i] = f.Format(o)
	}
	return names
}
