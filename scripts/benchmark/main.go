// Command benchmark measures bccgo beside Python BCC and gobpf: how fast they
// start, what an event costs, how fast they read a large table. It also starts
// the project's own tools and examples. scripts/bench
// builds it and runs it where the contenders find what they need.
//
// The contenders take turns, round by round, so that what else the machine does
// meets all of them. It prints Markdown and whether the targets are met, and
// fails only if something could not be run.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// bench is a run of all measurements.
type bench struct {
	programs, sources       string
	cache                   string // folder of compiled programs
	texts                   string // folder of the tools' texts
	load                    string // load average at the begin
	rounds, events, entries int
	results                 map[string]map[string]samples
}

// file is the path of a C text, or of an object made of one.
func (b *bench) file(name string) string {
	if filepath.Ext(name) == ".o" {
		return filepath.Join(b.programs, name)
	}
	return filepath.Join(b.sources, "text", name)
}

// add keeps one round's figure.
func (b *bench) add(name, figure string, value float64) {
	if b.results[name] == nil {
		b.results[name] = make(map[string]samples)
	}
	b.results[name][figure] = append(b.results[name][figure], value)
}

// get is a figure of all rounds.
func (b *bench) get(name, figure string) samples { return b.results[name][figure] }

// The contenders by kind of measurement.
const (
	ours   = "bccgo"
	typed  = ours + fromTypes
	warm   = ours + fromCache
	noCgo  = warm + ", built without cgo"
	coRE   = "CO-RE object, cilium/ebpf"
	python = "Python BCC"
	gobpf  = "gobpf"

	perfDefault   = ours + ", perf buffer"
	perfImmediate = ours + ", perf buffer, a wake-up each"
	ringDefault   = ours + ", ring buffer"
	ringImmediate = ours + ", ring buffer, a wake-up each"
	pythonLarge   = python + ", 64 pages"
	pythonBatched = python + ", 64 pages, a wake-up each 1000"
)

func (b *bench) program(name string) []string { return []string{filepath.Join(b.programs, name)} }

func (b *bench) python() []string {
	return []string{"/usr/bin/python3", filepath.Join(b.sources, "contender.py")}
}

// plan lists what is measured in each round.
func (b *bench) plan() []func() error {
	bccgo, py, inProcess := b.program("bccgo"), b.python(), b.program("gobpf")
	cached := []string{"BCCGO_CACHE=" + b.cache}
	installed, types := withHeaders("kernel", cached), withHeaders("btf", cached)
	var steps []func() error
	each := func(measure func(contender) error, all ...contender) {
		for _, c := range all {
			steps = append(steps, func() error { return measure(c) })
		}
	}
	each(b.measureStart,
		contender{name: ours, text: "hello.c", args: bccgo, env: installed},
		contender{name: typed, text: "hello.c", args: bccgo, env: types},
		contender{name: warm, text: "hello.c", args: bccgo, env: cached, sameText: true},
		contender{name: noCgo, text: "hello.c", args: b.program("bccgo-nocgo"), env: cached, sameText: true},
		contender{name: coRE, text: "core.o", args: b.program("core"), sameText: true},
		contender{name: python, text: "hello.c", args: py},
		contender{name: gobpf, text: "hello.c", args: inProcess})
	each(b.measureEvents,
		contender{name: perfDefault, text: "perf.c", args: bccgo},
		contender{name: python, text: "perf.c", args: py},
		contender{name: ringDefault, text: "ring.c", args: bccgo},
		contender{name: gobpf, text: "perf.c", args: inProcess},
		contender{name: perfImmediate, text: "perf.c", args: bccgo, more: []string{"immediate"}},
		contender{name: pythonLarge, text: "perf.c", args: py, more: []string{"64", "1"}},
		contender{name: ringImmediate, text: "ring.c", args: bccgo, more: []string{"immediate"}},
		contender{name: pythonBatched, text: "perf.c", args: py, more: []string{"64", "1000"}})
	each(b.measureTable,
		contender{name: ours, text: "table.c", args: bccgo},
		contender{name: python, text: "table.c", args: py},
		contender{name: gobpf, text: "table.c", args: inProcess})
	return append(steps, b.measureTools, func() error { return b.measurePrograms(allPrograms + fromCache) })
}

// withHeaders is an environment with a choice of kernel headers. All contenders
// but those with headers made from types read the same files.
func withHeaders(choice string, env []string) []string {
	return append([]string{"BCCGO_HEADERS=" + choice}, env...)
}

// run does all rounds.
func (b *bench) run() error {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	b.texts, b.cache = dir, filepath.Join(dir, "cache")
	steps := b.plan()
	if err := b.fillCache(); err != nil {
		return err
	}
	for round := range b.rounds {
		for i, step := range steps {
			fmt.Fprintf(os.Stderr, "\rround %d of %d, step %d of %d ", round+1, b.rounds, i+1, len(steps))
			if err := step(); err != nil {
				return err
			}
		}
	}
	fmt.Fprintln(os.Stderr)
	return nil
}

// fillCache compiles what is to come from the cache in every round.
func (b *bench) fillCache() error {
	c := contender{name: warm, text: "hello.c", args: b.program("bccgo"), env: []string{"BCCGO_CACHE=" + b.cache}, sameText: true}
	err := b.measureStart(c)
	delete(b.results, warm)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "compiling", len(programs), "programs")
	if err := b.measurePrograms(allPrograms); err != nil {
		return err
	}
	for _, p := range compared {
		if err := b.writeText(p); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "produce" {
		exitIf(produce(os.Args[2]))
		return
	}
	b := &bench{results: make(map[string]map[string]samples)}
	flag.StringVar(&b.programs, "programs", ".build/bench", "`folder` of the built contenders")
	flag.StringVar(&b.sources, "sources", "scripts/benchmark", "`folder` of the C texts and the Python contender")
	flag.IntVar(&b.rounds, "rounds", 5, "how often everything is measured")
	flag.IntVar(&b.events, "events", 500_000, "events a measurement")
	flag.IntVar(&b.entries, "entries", 1_000_000, "entries of the table")
	page := flag.String("page", "", "also put the result into this `file`, between its markers")
	flag.Parse()
	b.load = loadAverage()
	exitIf(b.run())
	report, err := b.report()
	exitIf(err)
	fmt.Print(report)
	if *page != "" {
		exitIf(replaceResult(*page, report))
	}
}

func exitIf(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchmark:", err)
		os.Exit(1)
	}
}
