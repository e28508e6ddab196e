package ksym

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// interval is the least time between two readings of what may have changed.
const interval = time.Second

// Kernel resolves addresses of one kernel. It reads the symbols when first
// asked, and again, at most once a second, when an address is in none of them,
// when a module was loaded or removed, and when it seems to be in a BPF
// program, which come and go. It is safe for concurrent use.
type Kernel struct {
	from  *probe.Kernel
	now   func() time.Time
	state atomic.Pointer[state]
	mu    sync.Mutex // held while reading
}

// state is what the last reading gave.
type state struct {
	table   *Table
	err     error
	modules uint64 // fingerprint
	read    time.Time
	checked atomic.Int64 // when modules were last compared, in nanoseconds after read
}

// New returns a resolver of the addresses of a kernel.
func New(from *probe.Kernel) *Kernel {
	return &Kernel{from: from, now: time.Now}
}

// HiddenError says that /proc/kallsyms shows no addresses to this process.
type HiddenError struct {
	// Restrict and Paranoid are the values of the sysctls kernel.kptr_restrict
	// and kernel.perf_event_paranoid; empty where they could not be read.
	Restrict, Paranoid string
}

func (e *HiddenError) Error() string {
	text := "resolve kernel addresses: /proc/kallsyms shows only zeros to this process, as sysctl kernel.kptr_restrict is " + orUnknown(e.Restrict)
	switch e.Restrict {
	case "0":
		return text + " and kernel.perf_event_paranoid is " + orUnknown(e.Paranoid) +
			"; run with CAP_SYSLOG (as root), or set kernel.perf_event_paranoid to 1"
	case "1":
		return text + "; run with CAP_SYSLOG (as root), or set kernel.kptr_restrict to 0"
	}
	return text + "; set it to 1 and run with CAP_SYSLOG (as root), or set it to 0"
}

func orUnknown(value string) string {
	if value == "" {
		return "unknown"
	}
	return value
}

// UnknownError says that nothing is known to be at an address.
type UnknownError struct {
	Addr uint64
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("resolve kernel address %#x: no symbol of the kernel or its modules contains it", e.Addr)
}

// Err is the reason that no address can be resolved: a *HiddenError, or that
// the symbols cannot be read. It is nil otherwise.
func (k *Kernel) Err() error {
	s := k.current()
	if s.err != nil {
		return s.err
	}
	if s.table.Hidden() {
		return k.hidden()
	}
	return nil
}

func (k *Kernel) hidden() error {
	read := func(name string) string {
		value, err := k.from.Root().ReadLine("/proc/sys/kernel/" + name)
		if err != nil {
			return ""
		}
		return value
	}
	return &HiddenError{Restrict: read("kptr_restrict"), Paranoid: read("perf_event_paranoid")}
}

// Lookup returns the symbol that contains addr. Errors are *HiddenError,
// *UnknownError, or that the symbols cannot be read.
func (k *Kernel) Lookup(addr uint64) (Symbol, error) {
	s := k.current()
	if s.err == nil && s.table.Hidden() {
		return Symbol{}, k.hidden()
	}
	found, ok := s.lookup(addr)
	if !ok || found.Module != "" {
		s = k.refresh(s, !ok || builtin(found.Module))
		found, ok = s.lookup(addr)
	}
	switch {
	case s.err != nil:
		return Symbol{}, s.err
	case !ok:
		return Symbol{}, &UnknownError{Addr: addr}
	}
	return found, nil
}

// builtin reports whether a module is but a word for code the kernel makes
// while it runs.
func builtin(module string) bool {
	return module == "bpf" || strings.HasPrefix(module, "__builtin__")
}

// Address returns the address of the symbol of that name, 0 where addresses
// are hidden. A name of the form "MODULE:NAME" asks for one in that module.
func (k *Kernel) Address(name string) (uint64, bool) {
	s := k.current()
	addr, ok := s.address(name)
	if !ok {
		s = k.refresh(s, true)
		addr, ok = s.address(name)
	}
	return addr, ok
}

func (s *state) lookup(addr uint64) (Symbol, bool) {
	if s.err != nil {
		return Symbol{}, false
	}
	return s.table.Lookup(addr)
}

func (s *state) address(name string) (uint64, bool) {
	if s.err != nil {
		return 0, false
	}
	if module, plain, ok := strings.Cut(name, ":"); ok {
		return s.table.AddressIn(module, plain)
	}
	return s.table.Address(name)
}

// current returns the last reading, making the first one.
func (k *Kernel) current() *state {
	if s := k.state.Load(); s != nil {
		return s
	}
	return k.reread(nil)
}

// refresh reads again where s is old enough; unless always, only if the
// modules are not those of s.
func (k *Kernel) refresh(s *state, always bool) *state {
	age := k.now().Sub(s.read)
	if age < interval {
		return s
	}
	if always {
		return k.reread(s)
	}
	last := s.checked.Load()
	if age-time.Duration(last) < interval || !s.checked.CompareAndSwap(last, int64(age)) {
		return s
	}
	// A failure is taken as a change: the reading then fails with the reason.
	if now, err := fingerprint(k.from.Root()); err == nil && now == s.modules {
		return s
	}
	return k.reread(s)
}

// reread replaces old, unless another goroutine has just done so. One that
// fails is kept only where nothing older works.
func (k *Kernel) reread(old *state) *state {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s := k.state.Load(); s != old {
		return s
	}
	s := &state{}
	// Before the symbols, so that a module loaded meanwhile is noticed later.
	s.modules, s.err = fingerprint(k.from.Root())
	if s.err == nil {
		s.table, s.err = Load(k.from)
	}
	if s.err != nil && old != nil && old.err == nil {
		s.table, s.err = old.table, nil
	}
	s.read = k.now()
	k.state.Store(s)
	return s
}
