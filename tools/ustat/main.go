// Ustat prints how much happens in the runtimes of high-level languages, process
// by process, at intervals.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags and arguments.
type options struct {
	choice   *runtimes.Choice
	noClear  bool
	sort     string
	maxRows  int
	debug    bool
	pid      int
	interval time.Duration
	count    int // 0 is no end
}

// columns are those of --sort in alphabetical order, as BCC calls them.
var columns = map[string]runtimes.Column{
	"cload": runtimes.ClassColumn, "excp": runtimes.ExceptionColumn, "gc": runtimes.CollectionColumn,
	"method": runtimes.MethodColumn, "objnew": runtimes.ObjectColumn, "thread": runtimes.ThreadColumn,
}

const columnNames = "cload, excp, gc, method, objnew, thread"

func main() { toolkit.Main(tool(os.Args[0])) }

// counted are the languages with probes to count.
func counted() []string {
	return runtimes.Languages(func(r *runtimes.Runtime) bool { return r.Rates != nil })
}

func tool(argv0 string) *toolkit.Tool {
	o := &options{choice: runtimes.NewChoice("ustat", argv0, counted())}
	return &toolkit.Tool{
		Name:  o.choice.Tool,
		Usage: "show what happens in the runtimes of high-level languages",
		Description: "Prints for each process with a runtime how many methods are called, objects made,\n" +
			"garbage collections done, classes loaded, exceptions thrown and threads started a\n" +
			"second, every interval (1 s), count times.",
		Examples: []string{
			o.choice.Tool + "              # all processes, every second",
			o.choice.Tool + " -C -S gc     # one below the other, those that collect most first",
			o.choice.Tool + " -p 1234      # one process",
			o.choice.Tool + " 5 10         # every 5 seconds, ten times",
		},
		MaxArgs: 2, ArgsUsage: "[interval [count]]",
		Flags: append(o.choice.Flags(),
			&cli.BoolFlag{Name: "noclear", Aliases: []string{"C"}, Usage: "do not clear the screen", Destination: &o.noClear},
			&cli.StringFlag{Name: "sort", Aliases: []string{"S"}, Usage: "sort by `COLUMN`: " + columnNames, Destination: &o.sort, DefaultText: "by PID"},
			&cli.IntFlag{Name: "maxrows", Aliases: []string{"r"}, Usage: "print at most `N` rows", Value: 20, Destination: &o.maxRows},
			&cli.IntFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid, DefaultText: "all"},
			&cli.BoolFlag{Name: "debug", Aliases: []string{"d"}, Usage: "print the programs as they are loaded", Destination: &o.debug},
		),
		Run: o.run,
	}
}

// parse checks the flags and reads the arguments.
func (o *options) parse(args []string) (err error) {
	if err := o.choice.Check(); err != nil {
		return err
	}
	if _, known := columns[o.sort]; o.sort != "" && !known {
		return fmt.Errorf("--sort %s: choose one of %s", o.sort, columnNames)
	}
	if o.maxRows < 1 {
		return errors.New("--maxrows: want a number above 0")
	}
	if o.pid < 0 {
		return fmt.Errorf("--pid %d: there are no processes of negative numbers", o.pid)
	}
	if o.interval, err = runtimes.IntervalArg(args, 0); err != nil {
		return err
	}
	if o.interval == 0 {
		o.interval = time.Second
	}
	if len(args) > 1 {
		n, err := strconv.ParseUint(args[1], 10, 31)
		if err != nil || n == 0 {
			return fmt.Errorf("count %q: want a whole number above 0", args[1])
		}
		o.count = int(n)
	}
	return nil
}

// languages are those to look for.
func (o *options) languages() []string {
	if o.choice.Language != "" {
		return []string{o.choice.Language}
	}
	return counted()
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	if err := o.parse(s.Args); err != nil {
		return err
	}
	if s.EBPF {
		return o.printAll(s)
	}
	t := newTracker(o, s)
	defer t.close()
	if err := t.begin(ctx); err != nil {
		return err
	}
	if all := time.Duration(o.count) * o.interval; all > 0 && (s.Duration == 0 || all < s.Duration) {
		s.Duration = all
	}
	if !s.JSON {
		s.Warnf("tracing until Ctrl-C; output every %v", o.interval)
	}
	s.Notef("tracing")
	p := &printer{options: o, s: s}
	before := time.Now()
	err := s.Every(ctx, o.interval, func(now time.Time, _ bool) error {
		rows, err := t.next(ctx, now.Sub(before))
		if err != nil {
			return err
		}
		before = now
		return p.print(now, rows)
	})
	if err != nil {
		return err
	}
	return t.finish()
}

// printAll prints the programs of all languages.
func (o *options) printAll(s *toolkit.Session) error {
	for _, language := range o.languages() {
		r := runtimes.ByLanguage(language)
		text := programFor(r, func(string) bool { return true })
		if err := s.PrintC(strings.TrimRight(text, "\n")+"\n", nil); err != nil {
			return err
		}
	}
	return nil
}

// columnsOf are the columns that a runtime has probes for, in their order.
func columnsOf(r *runtimes.Runtime) []runtimes.Column {
	var list []runtimes.Column
	for _, rate := range r.Rates {
		if !slices.Contains(list, rate.Column) {
			list = append(list, rate.Column)
		}
	}
	slices.Sort(list)
	return list
}
