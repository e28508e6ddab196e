package bccgo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/rlimit"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/ctypes"
	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// Module is a program in the kernel: its tables, its loaded functions and what
// they are attached to. All methods may be called from several goroutines.
type Module struct {
	bundle *bundle.Bundle
	opts   Options
	cache  CacheStatus
	types  *ctypes.Types
	usdt   *usdtPlan
	maps   map[string]*ebpf.Map
	// unnamed are tables that the text does not name; tables guards them.
	unnamed []*ebpf.Map
	kept    []string // the tables of an earlier module

	mu    sync.Mutex
	progs map[progKey]*ebpf.Program
	links map[*Link]struct{}
	// streams are the open readers of buffers and of traces.
	streams map[io.Closer]struct{}
	// reserved are the buffers that have a reader.
	reserved map[string]bool
	// known has the tables that were asked for, by name.
	known sync.Map
	// perfPolled and ringPolled are the buffers opened for the polls.
	perfPolled, ringPolled Group
	closed                 bool
	// warned are the warnings that attaching gave.
	warned []bundle.Warning

	traceMu sync.Mutex // guards trace
	trace   *TracePipe // nil until it is used

	// tables guards the descriptors of maps; see Table.acquire.
	tables       sync.RWMutex
	tablesClosed bool
}

// Load compiles a C text, creates its tables, and attaches every function whose
// name has a prefix that says where (kprobe__, kretprobe__, tracepoint__,
// raw_tracepoint__, kfunc__, kretfunc__, kmod_ret__, lsm__, tp_btf__), and those that Options.USDT has for
// probes of user space.
//
// A table that the text declares extern is that of the first open module that
// exports one of the name (BPF_TABLE_SHARED before BPF_TABLE_PUBLIC); the module
// keeps it when the other is closed. Where there is none, or it has other types,
// the error is an *ExternError.
//
// It needs the capabilities CAP_BPF and CAP_PERFMON (root before Linux 5.8);
// without, the error is a *PermissionError. Everything it makes ends with
// Close, or with the process.
func Load(text string, o *Options) (*Module, error) {
	return load(context.Background(), text, o.orDefault())
}

// LoadContext is Load that stops compiling when ctx ends.
func LoadContext(ctx context.Context, text string, o *Options) (*Module, error) {
	return load(ctx, text, o.orDefault())
}

// LoadFile is Load of a file: C text, or a bundle stored by Bundle.WriteFile.
// Messages name the file.
func LoadFile(path string, o *Options) (*Module, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read program: %w", err)
	}
	if IsBundle(data) {
		b := new(Bundle)
		if err := b.UnmarshalBinary(data); err != nil {
			return nil, fmt.Errorf("read bundle %s: %w", path, err)
		}
		return LoadBundle(b, o)
	}
	named := *o.orDefault()
	if named.FileName == "" {
		named.FileName = path
	}
	return load(context.Background(), string(data), &named)
}

func load(ctx context.Context, text string, o *Options) (*Module, error) {
	if err := CheckPrivilege(); err != nil {
		return nil, err
	}
	b, err := compileAt(ctx, text, o, caller())
	if err != nil {
		return nil, err
	}
	return LoadBundle(b, o)
}

// LoadBundle is Load of a program compiled earlier, here or elsewhere. One that
// was compiled for another kernel is refused with a *ForeignError.
func LoadBundle(b *Bundle, o *Options) (*Module, error) {
	if b == nil || b.data == nil {
		return nil, fmt.Errorf("load bundle: %w", ErrNotBundle)
	}
	if err := CheckPrivilege(); err != nil {
		return nil, err
	}
	if err := checkKernel(b, o.orDefault()); err != nil {
		return nil, err
	}
	plan, err := b.usdtPlan(o.orDefault())
	if err != nil {
		return nil, err
	}
	m := &Module{
		bundle: b.data, cache: b.cache, opts: *o.orDefault(), usdt: plan,
		maps: make(map[string]*ebpf.Map), progs: make(map[progKey]*ebpf.Program),
		links: make(map[*Link]struct{}), streams: make(map[io.Closer]struct{}),
		reserved: make(map[string]bool),
	}
	if err := m.start(); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	exporters.add(m)
	return m, nil
}

// checkKernel refuses what was compiled for another kernel: its offsets into
// kernel structs would be wrong without anybody noticing.
func checkKernel(b *Bundle, o *Options) error {
	running, err := probe.Running().Release()
	if err != nil {
		return fmt.Errorf("load program: %w", err)
	}
	if b.Release() == running || o.AnyKernel {
		return nil
	}
	return &ForeignError{Built: b.Release(), Running: running}
}

func (m *Module) start() error {
	// Kernels before 5.11 charge maps to RLIMIT_MEMLOCK. Raising it can fail
	// without harm on later ones, and map creation tells if it was needed.
	_ = rlimit.RemoveMemlock()
	if err := m.readTypes(); err != nil {
		return err
	}
	if err := m.createMaps(); err != nil {
		return err
	}
	if m.opts.Stats {
		if err := m.countRuns(); err != nil {
			return err
		}
	}
	if m.opts.NoAutoAttach {
		return nil
	}
	if err := m.AutoAttach(); err != nil {
		return err
	}
	for _, u := range m.opts.USDT {
		if _, err := m.AttachUSDT(u); err != nil {
			return err
		}
	}
	return nil
}

// Close detaches everything, unloads the functions and removes the tables that
// are not pinned. Closing again does nothing.
func (m *Module) Close() error {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil
	}
	m.closed = true
	links := slices.Collect(maps.Keys(m.links))
	streams := slices.Collect(maps.Keys(m.streams))
	m.mu.Unlock()

	exporters.remove(m)
	var errs []error
	for _, l := range links {
		errs = append(errs, l.Close())
	}
	for _, s := range streams {
		errs = append(errs, s.Close())
	}
	for _, p := range m.progs {
		errs = append(errs, p.Close())
	}
	errs = append(errs, m.closeTables())
	return errors.Join(errs...)
}

// CacheStatus says what the cache did when the program was compiled.
func (m *Module) CacheStatus() CacheStatus {
	if m == nil {
		return CacheStatus{}
	}
	return m.cache
}

// Diagnostics is what the compiler printed: warnings, and what Options.Debug
// asked for.
func (m *Module) Diagnostics() string { return m.compiled().Diagnostics }

// Warnings are those of the bundle that was loaded (see Bundle.Warnings), and what
// attaching showed: a function that takes its arguments from the registers, at the
// entry of a system call where these hold something else (x86-64 since Linux 4.17,
// arm64 since 4.19).
func (m *Module) Warnings() []Diagnostic {
	list := listWarnings(m.compiled())
	if m == nil {
		return list
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range m.warned {
		list = append(list, warning(w))
	}
	return list
}

// Functions lists the C functions in the order of the text.
func (m *Module) Functions() []string { return m.compiled().FunctionNames() }

// Tables lists the names of the tables in the order of the text.
func (m *Module) Tables() []string { return m.compiled().MapNames() }

// compiled is the program as data: nothing for no module.
func (m *Module) compiled() *bundle.Bundle {
	if m == nil {
		return new(bundle.Bundle)
	}
	return m.bundle
}

// usable tells why a module cannot be used, nil if it can.
func (m *Module) usable() error {
	if m == nil {
		return errNoModule
	}
	if m.isClosed() {
		return ErrClosed
	}
	return nil
}

// errClosed is returned by whatever needs a module that was closed.
var errClosed = errors.New("the module is closed")

func (m *Module) isClosed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed
}
