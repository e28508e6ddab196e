package bccgo

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

var iterHook = &tracingHook{name: "iterator", prefix: "bpf_iter__", typ: Tracing, attach: ebpf.AttachTraceIter,
	open: openTracing, lack: SupportIter, target: asNamed, explain: explainIter}

// Iter is a BPF_ITER function that can be run over the kernel's objects, as
// often as wanted.
type Iter struct {
	*Link
	held *heldIter
}

// AttachIter makes a BPF_ITER function ready to be run: when what Open returns
// is read, the function runs once for each object of the target, and once more
// with none (NULL) at the end, and what it writes by bpf_seq_printf and
// bpf_seq_write is read. target is what stands in BPF_ITER(…), as in task,
// task_file, bpf_map_elem, tcp, or the C name with the prefix bpf_iter__.
// A function can be attached several times, with different options.
//
// It needs what SupportIter asks for; each target has a version: bpf_map, task,
// task_file, netlink, ipv6_route came with Linux 5.8, bpf_map_elem, tcp, udp with
// 5.9, task_vma, bpf_prog, sockmap with 5.10 to 5.13, bpf_link, ksym, cgroup with
// 5.19 to 6.1. Errors are *AttachError around *UnsupportedError or, if this
// kernel has no such target, *UnknownHookError; or a *VerifierError.
func (m *Module) AttachIter(target string, o *IterOptions) (*Iter, error) {
	name := m.cName(iterHook, target)
	p, as, err := m.tracingProgram(name)
	if err != nil {
		return nil, err
	}
	if o == nil {
		o = new(IterOptions)
	}
	raw, err := m.openIter(p, as.to, o)
	if err != nil {
		return nil, &AttachError{Hook: iterHook.name, Target: as.to, Function: name, Err: err}
	}
	held := &heldIter{iter: raw}
	l, err := m.keepLink(&Link{hook: iterHook.name, target: as.to, function: name, names: []string{name}}, held)
	if err != nil {
		return nil, err
	}
	return &Iter{Link: l, held: held}, nil
}

// DetachIter detaches a BPF_ITER function, named as for AttachIter, however often
// it is attached. If it is not, the error is a *NotAttachedError.
func (m *Module) DetachIter(target string) error { return m.detachTracing(iterHook, target) }

// Open begins a run, which goes as far as is read, and has to be closed. Runs are
// independent of each other, and of Close. The file of a pinned iterator is such
// a run, too, for every program that opens and reads it.
func (it *Iter) Open() (io.ReadCloser, error) {
	run, err := it.held.open()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", it.Link, err)
	}
	return run, nil
}

// Lines runs the function and yields what it writes line by line, without the
// line ends. An error ends it.
func (it *Iter) Lines() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		run, err := it.Open()
		if err != nil {
			yield("", err)
			return
		}
		defer run.Close()
		lines := bufio.NewReader(run)
		for {
			line, err := lines.ReadString('\n')
			if n := len(line); n > 0 && line[n-1] == '\n' {
				line = line[:n-1]
			} else if n == 0 && errors.Is(err, io.EOF) {
				return
			}
			if err != nil && !errors.Is(err, io.EOF) {
				yield(line, fmt.Errorf("run %s: %w", it.Link, err))
				return
			}
			if !yield(line, nil) {
				return
			}
		}
	}
}

// heldIter keeps an iterator's descriptor from being closed while it is used.
type heldIter struct {
	mu   sync.Mutex
	iter *link.Iter // nil when closed
}

var errIterClosed = errors.New("the iterator is closed")

func (h *heldIter) open() (io.ReadCloser, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.iter == nil {
		return nil, errIterClosed
	}
	return h.iter.Open()
}

// Pin is for Link.Pin.
func (h *heldIter) Pin(path string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.iter == nil {
		return errIterClosed
	}
	return h.iter.Pin(path)
}

func (h *heldIter) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	it := h.iter
	h.iter = nil
	return it.Close()
}

func explainIter(target string, err error) error {
	return explainHook(probe.Iterator, target, err)
}

// explainHook says that there is no such place, if that is the reason.
func explainHook(kind probe.BTFHookKind, target string, err error) error {
	var absent *UnknownHookError
	if why := probe.Running().BTFHook(kind, target); errors.As(why, &absent) {
		return why
	}
	return err
}
