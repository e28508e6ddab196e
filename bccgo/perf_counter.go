package bccgo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// PerfCounters are the counters in a BPF_PERF_ARRAY, one a CPU. They last until
// they are closed, their module is, or the process ends.
type PerfCounters struct {
	table *Table
	files perfFiles
	once  sync.Once
	err   error
}

// OpenPerfCounters counts a perf event on each CPU into a BPF_PERF_ARRAY, at
// the CPU's number, where functions read it by perf_counter_value (Linux 4.15)
// or perf_read. It samples nothing: of the options, SamplePeriod, SampleFreq
// and Children must not be given. A PID is one thread, in which alone the
// counters can be read then.
//
// A table holds the counters of one event at a time. Errors are those of
// Module.AttachPerfEvent, and *KindError for another kind of table.
func (m *Module) OpenPerfCounters(table string, typ PerfType, config uint64, o *PerfEventOptions) (*PerfCounters, error) {
	t, err := m.table(table)
	if err != nil {
		return nil, err
	}
	attr := unix.PerfEventAttr{Type: uint32(typ), Config: config}
	fail := func(err error) (*PerfCounters, error) {
		return nil, fmt.Errorf("count %s in table %s: %w", perfName(&attr), table, err)
	}
	if t.Kind() != ebpf.PerfEventArray || t.spec.Macro == "BPF_PERF_OUTPUT" {
		return nil, t.kindError("open perf counters", "a BPF_PERF_ARRAY")
	}
	e, err := newPerfEvent(attr, o)
	if err != nil {
		return fail(err)
	}
	if e.opts.SamplePeriod != 0 || e.opts.SampleFreq != 0 || e.opts.Children {
		return fail(errors.New("counters neither sample nor follow children: leave SamplePeriod, SampleFreq and Children out"))
	}
	e.perCPU = true
	c := &PerfCounters{table: t}
	if err := m.claim(c); err != nil {
		return fail(err)
	}
	if c.files, err = e.open(t.setCounter); err != nil {
		return fail(errors.Join(err, c.Close()))
	}
	return c, nil
}

// claim makes the module close c, unless the table has counters already.
func (m *Module) claim(c *PerfCounters) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return errClosed
	}
	for other := range m.streams {
		if o, ok := other.(*PerfCounters); ok && o.table.Name() == c.table.Name() {
			return errors.New("it has counters: close those first")
		}
	}
	m.streams[c] = struct{}{}
	return nil
}

// setCounter puts an event at its CPU's place.
func (t *Table) setCounter(f perfFile) error {
	fd := binary.NativeEndian.AppendUint32(nil, uint32(f.fd))
	return t.fail(t.updateElem(cpuKey(f.cpu), fd, 0))
}

func cpuKey(cpu int) []byte { return binary.NativeEndian.AppendUint32(nil, uint32(cpu)) }

// Close ends the counting; functions that read the counters get an error.
func (c *PerfCounters) Close() error {
	if c == nil {
		return nil
	}
	c.once.Do(func() {
		c.table.module.disown(c)
		var errs []error
		for _, f := range c.files {
			// A closed table has lost its counters already.
			err := c.table.deleteElem(cpuKey(f.cpu))
			if !errors.Is(err, ErrClosed) && !errors.Is(err, ErrKeyNotExist) {
				errs = append(errs, c.table.fail(err))
			}
		}
		c.err = errors.Join(append(errs, c.files.Close())...)
	})
	return c.err
}
