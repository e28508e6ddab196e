package usym

import (
	"fmt"
	"sync"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

const (
	// DefaultLimit is the memory that tables may take, in bytes.
	DefaultLimit = 256 << 20
	// maxProcesses is how many processes are remembered.
	maxProcesses = 1024
)

// Resolver resolves addresses of processes. It is safe for concurrent use.
type Resolver struct {
	root  rootfs.FS
	clock func() time.Duration // time since it was made
	files *files

	mu        sync.RWMutex
	processes map[int]*process
}

// New returns a resolver for the processes of root whose tables take at most
// limit bytes; 0 means DefaultLimit. A single table may be larger.
func New(root rootfs.FS, limit int) *Resolver {
	if limit <= 0 {
		limit = DefaultLimit
	}
	start := time.Now()
	return &Resolver{
		root: root, clock: func() time.Duration { return time.Since(start) },
		files: newFiles(limit), processes: make(map[int]*process),
	}
}

// Symbol is the place of an address in a process.
type Symbol struct {
	Name   string
	Offset uint64 // of the address, from the function's first byte
	// Module is the file the function is in, by its path as the process sees
	// it; "[vdso]"; or "" for code made at run time.
	Module string
}

// UnknownError says that no function is known to be at an address, or that
// none has a name.
type UnknownError struct {
	PID  int // negative for the kernel
	Addr uint64
	Name string // what was looked for; "" for an address
	// Module is the file that the address is in, "" for none.
	Module string
	Reason string
	Err    error // the cause, nil where there is none
}

func (e *UnknownError) Error() string {
	of := fmt.Sprintf("process %d", e.PID)
	if e.PID < 0 {
		of = "the kernel"
	}
	text := fmt.Sprintf("resolve address %#x of %s", e.Addr, of)
	if e.Name != "" {
		text = fmt.Sprintf("find function %s of %s", e.Name, of)
	}
	if e.Module != "" {
		text += " in " + e.Module
	}
	text += ": " + e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *UnknownError) Unwrap() error { return e.Err }

// Lookup returns the function of a process that contains an address. Errors
// are *ProcessError and *UnknownError.
func (r *Resolver) Lookup(addr uint64, pid int, demangle bool) (Symbol, error) {
	if pid <= 0 {
		return Symbol{}, &ProcessError{PID: pid, Reason: "a process has a number above 0"}
	}
	now := r.clock()
	p := r.process(pid, now)
	s, m, err := p.locate(r.root, addr, now)
	if err != nil {
		return Symbol{}, err
	}
	if m == nil {
		return r.compiled(s, pid, addr, now, UnknownError{Reason: "it is in no executable memory of the process"})
	}
	if m.module() == "" {
		return r.compiled(s, pid, addr, now, UnknownError{Reason: "the memory is of no file, and /tmp/perf-PID.map, in which compilers of running code describe it, has nothing there"})
	}
	file, err := r.file(pid, m, now)
	if err != nil {
		return r.compiled(s, pid, addr, now, UnknownError{Module: m.module(), Reason: "cannot read the file's functions", Err: err})
	}
	name, offset, ok := file.Lookup(addr-m.start+m.offset, demangle)
	if !ok {
		return r.compiled(s, pid, addr, now, UnknownError{Module: m.module(), Reason: "the file's symbol tables have no function there; its debug symbols may be missing"})
	}
	return Symbol{Name: name, Offset: offset, Module: m.module()}, nil
}

// compiled looks for code made at run time; otherwise is what is wrong where
// there is none.
func (r *Resolver) compiled(s *snapshot, pid int, addr uint64, now time.Duration, otherwise UnknownError) (Symbol, error) {
	name, offset, ok, err := s.jit.lookup(r.root, pid, addr, now)
	if ok {
		return Symbol{Name: name, Offset: offset}, nil
	}
	unknown := otherwise // on the heap only here
	unknown.PID, unknown.Addr = pid, addr
	if unknown.Err == nil {
		unknown.Err = err
	}
	return Symbol{}, &unknown
}

// Address returns the address in a process of the function of that name in a
// module: the path of a file as the process sees it, or "[vdso]". Names are as
// the linker knows them. Errors are *ProcessError and *UnknownError.
func (r *Resolver) Address(pid int, module, name string) (uint64, error) {
	if pid <= 0 {
		return 0, &ProcessError{PID: pid, Reason: "a process has a number above 0"}
	}
	now := r.clock()
	s, err := r.process(pid, now).current(r.root, now)
	if err != nil {
		return 0, err
	}
	failed := &UnknownError{PID: pid, Name: name, Module: module, Reason: "the process has not mapped it to be executed"}
	for i := range s.mappings {
		m := &s.mappings[i]
		if m.module() != module {
			continue
		}
		file, err := r.file(pid, m, now)
		if err != nil {
			failed.Reason, failed.Err = "cannot read the file's functions", err
			continue
		}
		failed.Reason = "the file's symbol tables have no such function"
		if addr, ok := file.mappedAt(m, name); ok {
			return addr, nil
		}
	}
	return 0, failed
}

// mappedAt returns where a function is that is in a mapping of the file.
func (f *File) mappedAt(m *mapping, name string) (uint64, bool) {
	offset, ok := f.Offset(name)
	if !ok || offset < m.offset || offset-m.offset >= m.end-m.start {
		return 0, false
	}
	return offset - m.offset + m.start, true
}

// process returns what is known of a pid, or a new place for it.
func (r *Resolver) process(pid int, now time.Duration) *process {
	r.mu.RLock()
	p := r.processes[pid]
	r.mu.RUnlock()
	if p == nil {
		p = r.addProcess(pid)
	}
	p.used.Store(int64(now))
	return p
}

func (r *Resolver) addProcess(pid int) *process {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.processes[pid]; p != nil {
		return p
	}
	if len(r.processes) >= maxProcesses {
		r.dropProcess()
	}
	p := &process{pid: pid}
	r.processes[pid] = p
	return p
}

// dropProcess forgets the process asked for least recently.
func (r *Resolver) dropProcess() {
	var oldest *process
	for _, p := range r.processes {
		if oldest == nil || p.used.Load() < oldest.used.Load() {
			oldest = p
		}
	}
	delete(r.processes, oldest.pid)
}

// Forget drops what is known of a process.
func (r *Resolver) Forget(pid int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.processes, pid)
}
