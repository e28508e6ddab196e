package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// traced is a file of a runtime whose probes are counted, in every process that
// runs it, also in those that start later. Without probes module is nil.
type traced struct {
	usdt   *bccgo.USDT
	module *bccgo.Module
	table  *bccgo.TypedMap[uint32, counts]
}

// tracker counts the probes of all runtimes that processes run.
type tracker struct {
	*options
	s       *toolkit.Session
	scanner *scanner
	files   map[fileID]*traced
	seen    map[int]counts // by process, at the end of the last interval
}

func newTracker(o *options, s *toolkit.Session) *tracker {
	return &tracker{
		options: o, s: s, files: make(map[fileID]*traced), seen: make(map[int]counts),
		scanner: &scanner{languages: o.languages(), pid: o.pid},
	}
}

// begin traces what runs now. A process that was asked for has to have a runtime
// with probes.
func (t *tracker) begin(ctx context.Context) error {
	if toolkit.KernelPID(os.Getpid()) == 0 {
		return errors.New("in a PID namespace of its own the tool does not know processes by the kernel's numbers: start it outside")
	}
	if t.pid != 0 {
		if _, err := toolkit.ProgramOf(t.pid); err != nil {
			return err
		}
	}
	found, err := t.scanner.scan(time.Now())
	if err != nil {
		return err
	}
	if t.pid != 0 && len(found) == 0 {
		return &runtimes.UnknownError{PID: t.pid, Languages: t.languages()}
	}
	if err := t.trace(ctx, found); err != nil {
		return err
	}
	if t.pid == 0 || slices.ContainsFunc(found[t.pid].files, func(f runtimeFile) bool { return t.files[f.id].module != nil }) {
		return nil
	}
	return &runtimes.NoProbesError{PID: t.pid, Runtime: found[t.pid].files[0].runtime}
}

// trace traces the files of processes that are not traced yet.
func (t *tracker) trace(ctx context.Context, found map[int]*process) error {
	for _, pid := range slices.Sorted(maps.Keys(found)) {
		for _, f := range found[pid].files {
			if t.files[f.id] != nil {
				continue
			}
			one, err := t.open(ctx, pid, f)
			if err != nil && gone(pid) {
				continue
			}
			if err != nil {
				return err
			}
			t.files[f.id] = one
		}
	}
	return nil
}

// gone tells whether a process has ended.
func gone(pid int) bool {
	_, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return err != nil
}

// open loads and attaches the program for a file.
func (t *tracker) open(ctx context.Context, pid int, f runtimeFile) (*traced, error) {
	u, err := bccgo.NewUSDT(bccgo.USDTOptions{PID: pid, Path: f.path, AnyProcess: t.pid == 0})
	if none := (*bccgo.NoProbesError)(nil); errors.As(err, &none) {
		t.s.Notef("process %d: %s has no probes: %s", pid, f.path, f.runtime.Needs)
		return &traced{}, nil
	}
	if err != nil {
		return nil, err
	}
	one := &traced{usdt: u}
	if err := t.load(ctx, one, f); err != nil {
		return nil, errors.Join(err, one.close())
	}
	return one, nil
}

func (t *tracker) load(ctx context.Context, one *traced, f runtimeFile) (err error) {
	var has []string
	for _, p := range one.usdt.Probes() {
		has = append(has, p.String())
	}
	enabled := 0
	for _, rate := range f.runtime.Rates {
		if !slices.Contains(has, rate.Probe) {
			continue
		}
		enabled++
		if err := one.usdt.EnableProbe(rate.Probe, handlerOf(rate.Column)); err != nil {
			return err
		}
	}
	if enabled == 0 {
		t.s.Notef("%s has no probes of %s: %s", f.path, f.runtime.Language, f.runtime.Needs)
		return nil
	}
	text := programFor(f.runtime, func(probe string) bool { return slices.Contains(has, probe) })
	if t.debug {
		if err := t.s.Out.Printf("%s", text); err != nil {
			return err
		}
	}
	if one.module, err = bccgo.LoadContext(ctx, text, &bccgo.Options{USDT: []*bccgo.USDT{one.usdt}}); err != nil {
		return err
	}
	t.s.Notef("%s: %d probes of %s", f.path, enabled, f.runtime.Language)
	one.table, err = bccgo.Map[uint32, counts](one.module, "processes")
	return err
}

func (one *traced) close() error {
	var errs []error
	if one.module != nil {
		errs = append(errs, one.module.Close())
	}
	if one.usdt != nil {
		errs = append(errs, one.usdt.Close())
	}
	return errors.Join(errs...)
}

// next returns the rows of an interval, and traces what is new after it.
func (t *tracker) next(ctx context.Context, d time.Duration) ([]row, error) {
	now, err := t.read()
	if err != nil {
		return nil, err
	}
	found, err := t.scanner.scan(time.Now())
	if err != nil {
		return nil, err
	}
	var rows []row
	for pid := range found {
		if rate, traces := t.rate(pid, found[pid], now[pid], d); traces {
			rows = append(rows, rate)
		}
	}
	t.seen = now
	if err := t.forget(found); err != nil {
		return nil, err
	}
	return rows, t.trace(ctx, found)
}

// forget drops the counts of processes that have ended, so that there is room for
// others.
func (t *tracker) forget(found map[int]*process) error {
	for pid := range t.seen {
		if found[pid] != nil {
			continue
		}
		delete(t.seen, pid)
		for _, one := range t.files {
			if one.module == nil {
				continue
			}
			if err := one.table.Delete(uint32(pid)); err != nil && !errors.Is(err, bccgo.ErrKeyNotExist) {
				return fmt.Errorf("forget the counts of process %d: %w", pid, err)
			}
		}
	}
	return nil
}

// read adds up what was counted by process since the beginning.
func (t *tracker) read() (map[int]counts, error) {
	sum := make(map[int]counts)
	for _, one := range t.files {
		if one.module == nil {
			continue
		}
		for pid, n := range one.table.All() {
			c := sum[int(pid)]
			for i := range c.Column {
				c.Column[i] += n.Column[i]
			}
			sum[int(pid)] = c
		}
		if err := one.table.Err(); err != nil {
			return nil, fmt.Errorf("read the counts: %w", err)
		}
	}
	return sum, nil
}

// rate is the row of a process, if it has a file with probes.
func (t *tracker) rate(pid int, p *process, now counts, d time.Duration) (row, bool) {
	r := row{PID: pid, Command: commandOf(pid)}
	traces := false
	for _, f := range p.files {
		if one := t.files[f.id]; one == nil || one.module == nil {
			continue
		}
		traces, r.Language = true, f.runtime.Language
	}
	for i := range r.rates {
		r.rates[i] = float64(now.Column[i]-t.seen[pid].Column[i]) / d.Seconds()
	}
	return r, traces
}

// commandOf is a process's command line, "" if it has ended.
func commandOf(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return ""
	}
	return toolkit.Printable(strings.TrimSpace(strings.ReplaceAll(string(text), "\x00", " ")))
}

// finish tells of what was missed.
func (t *tracker) finish() error {
	for _, one := range t.files {
		if one.module == nil {
			continue
		}
		if err := t.s.Losses.Finish(one.module); err != nil {
			return err
		}
	}
	return nil
}

func (t *tracker) close() error {
	var errs []error
	for _, one := range t.files {
		errs = append(errs, one.close())
	}
	return errors.Join(errs...)
}
