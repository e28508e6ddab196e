package stacks

import (
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/outfile"
)

// Files are the pictures of a run that the user asked for.
type Files struct {
	pprof, flameGraph string
	files             outfile.Set
	run               *Run
}

// Run is what pictures are made of.
type Run struct {
	// Title says what was counted, Unit in what: "events".
	Title, Unit string
	// Measure is what there are units of, as in "off-cpu" of "microseconds"; it is
	// empty where Unit says it.
	Measure string
	Begin   time.Time
	Took    time.Duration
	Samples []Sample
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
	if err := f.files.Open("--pprof", f.pprof, func(w io.Writer) error { return WritePprof(w, f.run) }); err != nil {
		return err
	}
	return f.files.Open("--flamegraph", f.flameGraph, func(w io.Writer) error { return WriteFlameGraph(w, f.run) })
}

// Write writes the files.
func (f *Files) Write(r *Run) error {
	f.run = r
	return f.files.Write()
}

// Close removes what was not written.
func (f *Files) Close() error { return f.files.Close() }
