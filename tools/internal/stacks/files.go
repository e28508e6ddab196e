package stacks

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"
)

// Files are the pictures of a run that the user asked for.
type Files struct {
	pprof, flameGraph string
	open              []output
}

// output is a file that is written beside its place, which it takes when it is
// complete.
type output struct {
	*os.File
	flag, path string
	write      func(w io.Writer, r *Run) error
}

// Run is what pictures are made of.
type Run struct {
	// Title says what was counted, Unit in what: "events".
	Title, Unit string
	Begin       time.Time
	Took        time.Duration
	Samples     []Sample
}

// Flags are --pprof and --flamegraph.
func (f *Files) Flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "pprof", Usage: "write the stacks of the whole run to `FILE` as pprof reads them", Destination: &f.pprof},
		&cli.StringFlag{Name: "flamegraph", Usage: "write a flame graph of the whole run to `FILE`.svg for a browser", Destination: &f.flameGraph},
	}
}

// Wanted tells whether the user asked for any.
func (f *Files) Wanted() bool { return f.pprof != "" || f.flameGraph != "" }

// Open prepares the files, so that a run is not lost because they cannot be
// written.
func (f *Files) Open() error {
	for _, o := range []output{{nil, "--pprof", f.pprof, WritePprof}, {nil, "--flamegraph", f.flameGraph, WriteFlameGraph}} {
		if o.path == "" {
			continue
		}
		if info, err := os.Stat(o.path); err == nil && !info.Mode().IsRegular() {
			return errors.Join(fmt.Errorf("%s %s: this is no regular file: name one that may be replaced", o.flag, o.path), f.Close())
		}
		var err error
		if o.File, err = os.CreateTemp(filepath.Dir(o.path), "."+filepath.Base(o.path)+".*"); err != nil {
			return errors.Join(fmt.Errorf("%s %s: %w", o.flag, o.path, err), f.Close())
		}
		f.open = append(f.open, o)
	}
	return nil
}

// Write writes the files.
func (f *Files) Write(r *Run) error {
	for len(f.open) > 0 {
		o := f.open[0]
		f.open = f.open[1:]
		if err := o.finish(r); err != nil {
			return errors.Join(fmt.Errorf("%s %s: %w", o.flag, o.path, err), o.discard())
		}
	}
	return nil
}

func (o *output) finish(r *Run) error {
	w := bufio.NewWriter(o)
	if err := o.write(w, r); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	const readable = 0o644
	if err := o.Chmod(readable); err != nil {
		return err
	}
	if err := o.File.Close(); err != nil {
		return err
	}
	return os.Rename(o.Name(), o.path)
}

// discard removes a file that is not complete.
func (o *output) discard() error {
	_ = o.File.Close() // it may be closed
	return os.Remove(o.Name())
}

// Close removes what was not written.
func (f *Files) Close() error {
	var errs []error
	for _, o := range f.open {
		errs = append(errs, o.discard())
	}
	f.open = nil
	return errors.Join(errs...)
}
