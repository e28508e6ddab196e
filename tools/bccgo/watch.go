package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// watcher runs a program and puts a new version in its place whenever the file is
// saved.
//
// The new version is compiled, loaded and shown to the verifier first, and its
// buffers are opened; only then is the old one detached and the new one attached.
// Both never run at a time, so that nothing is counted twice in the tables that
// they share; what happens between the two, some milliseconds, is seen by neither.
type watcher struct {
	con  *console
	path string
	opts *runOptions
	out  printer

	current *session
	module  *bccgo.Module
	stop    func() error // ends the readers of the current session
	// failed takes the first error that ends it all.
	failed chan error
}

// watch runs a file as run does, and each later version of it.
func (con *console) watch(ctx context.Context, path string, o *runOptions) error {
	files, err := newFileWatch(path)
	if err != nil {
		return err
	}
	defer files.close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines := newLineWriter(con.stdout, func(error) { cancel() })
	w := &watcher{con: con, path: path, opts: o, out: con.printer(lines, o.json), failed: make(chan error, 1)}
	err = w.run(ctx, files)
	if werr := lines.Close(); werr != nil {
		return fmt.Errorf("write results: %w", werr)
	}
	return err
}

// run follows the program and its file until ctx or the duration ends.
func (w *watcher) run(ctx context.Context, files *fileWatch) error {
	if w.opts.duration > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, w.opts.duration)
		defer stop()
	}
	s, err := w.first(ctx, files)
	if err != nil {
		return err
	}
	w.begin(s, s.module)
	err = w.follow(ctx, files)
	err = errors.Join(err, w.current.detach(), w.stop())
	if err == nil {
		err = printReport(w.module, w.out)
	}
	w.current.close()
	return errors.Join(err, w.module.Close())
}

// first starts the first version that is good.
func (w *watcher) first(ctx context.Context, files *fileWatch) (*session, error) {
	for {
		s, err := w.start(ctx)
		if err == nil || exitStatus(err) != exitProgram {
			return s, err
		}
		w.con.report(err)
		fmt.Fprintf(w.con.stderr, "bccgo: waiting for %s to be saved\n", w.path)
		if err := w.awaitSave(ctx, files); err != nil {
			return nil, err
		}
	}
}

// start loads and attaches the file's version of now.
func (w *watcher) start(ctx context.Context) (*session, error) {
	m, err := w.load(ctx)
	if err != nil {
		return nil, err
	}
	s := newSession(w.con, m, w.path, w.out)
	if err := s.open(); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	if err := s.attach(false); err != nil {
		s.close()
		return nil, errors.Join(err, m.Close())
	}
	return s, nil
}

// awaitSave waits until the file is saved. That it is not is an error.
func (w *watcher) awaitSave(ctx context.Context, files *fileWatch) error {
	for {
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return fmt.Errorf("%w: %s was not saved again", errNothingAttached, w.path)
			}
			return errInterrupted
		case state := <-files.changed:
			if state == fileSaved {
				return nil
			}
		}
	}
}

// load loads the file's version of now, which takes over what fits of the tables
// of the current one, if there is any.
func (w *watcher) load(ctx context.Context) (*bccgo.Module, error) {
	p, err := w.con.readProgram(w.path)
	if err != nil {
		return nil, err
	}
	if p.bundle != nil {
		return nil, fmt.Errorf("%s is a bundle now, and no C text", w.path)
	}
	return w.con.load(ctx, p, w.opts, w.module)
}

// begin makes a session the current one and starts its readers.
func (w *watcher) begin(s *session, m *bccgo.Module) {
	reading, finish := context.WithCancel(context.Background())
	var group sync.WaitGroup
	var failed failures
	for _, read := range s.readers() {
		group.Go(func() {
			if err := read(reading); err != nil {
				failed.add(err)
				select {
				case w.failed <- nil: // what is wrong comes from stop
				default:
				}
			}
		})
	}
	w.current, w.module = s, m
	w.stop = func() error {
		finish()
		group.Wait()
		failed.add(s.losses.flush())
		return errors.Join(failed.list...)
	}
}

// follow puts new versions in place until ctx ends or something fails.
func (w *watcher) follow(ctx context.Context, files *fileWatch) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-w.failed:
			return err
		case state := <-files.changed:
			if state == fileGone {
				fmt.Fprintf(w.con.stderr, "bccgo: %s is gone; what runs goes on\n", w.path)
				continue
			}
			if err := w.reload(ctx); err != nil {
				return err
			}
		}
	}
}

// reload puts the file's new version in the place of the current one. If the new
// one is bad, that is told and the current one stays; an error is one that ends it
// all.
func (w *watcher) reload(ctx context.Context) error {
	begun := time.Now()
	next, err := w.prepare(ctx)
	if ctx.Err() != nil {
		if next != nil {
			return w.drop(next)
		}
		return nil
	}
	if err != nil {
		w.refuse(err)
		return nil
	}
	old, oldModule, stopOld := w.current, w.module, w.stop
	if err := old.detach(); err != nil {
		return errors.Join(err, w.drop(next))
	}
	if err := next.attach(false); err != nil {
		w.refuse(errors.Join(err, w.drop(next)))
		return old.attach(false)
	}
	took := time.Since(begun)
	err = stopOld() // prints what the old one sent
	if old.traces == next.traces {
		old.traces = nil
	}
	old.close()
	w.begin(next, next.module)
	fmt.Fprintf(w.con.stderr, "bccgo: reloaded %s in %.1f s%s\n", w.path, took.Seconds(), compareTables(oldModule, next.module))
	return errors.Join(err, oldModule.Close())
}

// prepare makes the new version ready to be attached.
func (w *watcher) prepare(ctx context.Context) (*session, error) {
	m, err := w.load(ctx)
	if err != nil {
		return nil, err
	}
	s := newSession(w.con, m, w.path, w.out)
	s.inherited = w.current.traces
	if err := errors.Join(loadPlaced(m), s.open()); err != nil {
		return nil, errors.Join(err, w.drop(s))
	}
	return s, nil
}

// drop gives up a new version.
func (w *watcher) drop(s *session) error {
	if s.traces == w.current.traces {
		s.traces = nil
	}
	s.close()
	return s.module.Close()
}

// placed are the beginnings of names that say where a function belongs.
var placed = map[string]bccgo.ProgType{
	"kprobe__": bccgo.Kprobe, "kretprobe__": bccgo.Kprobe, "tracepoint__": bccgo.Tracepoint,
	"raw_tracepoint__": bccgo.RawTracepoint, "kfunc__": bccgo.Tracing, "kretfunc__": bccgo.Tracing,
	"kmod_ret__": bccgo.Tracing, "lsm__": bccgo.LSM,
	"tp_btf__": bccgo.Tracing, "bpf_iter__": bccgo.Tracing,
}

// loadPlaced shows the functions that will be attached to the verifier.
func loadPlaced(m *bccgo.Module) error {
	var errs []error
	for _, name := range m.Functions() {
		prefix, _, _ := strings.Cut(name, "__")
		if typ, ok := placed[prefix+"__"]; ok {
			errs = append(errs, m.LoadFunc(name, typ))
		}
	}
	return errors.Join(errs...)
}

// refuse tells what is wrong with a new version.
func (w *watcher) refuse(err error) {
	w.con.report(err)
	fmt.Fprintf(w.con.stderr, "bccgo: %s was saved with the above; what ran before goes on\n", w.path)
}

// compareTables says what became of the tables: "; kept a, b; new: c".
func compareTables(old, now *bccgo.Module) string {
	var anew, added, gone []string
	kept := now.Kept()
	for _, name := range now.Tables() {
		switch {
		case slices.Contains(kept, name) || now.Table(name).IsBuffer():
		case slices.Contains(old.Tables(), name):
			anew = append(anew, name)
		default:
			added = append(added, name)
		}
	}
	for _, name := range old.Tables() {
		if !slices.Contains(now.Tables(), name) {
			gone = append(gone, name)
		}
	}
	text := ""
	for _, part := range []struct {
		what  string
		names []string
	}{{"kept", kept}, {"started anew, since its shape changed:", anew}, {"new:", added}, {"gone:", gone}} {
		if len(part.names) > 0 {
			text += "; " + part.what + " " + strings.Join(part.names, ", ")
		}
	}
	return text
}
