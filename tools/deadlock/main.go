// Deadlock finds mutexes that threads of a process take in orders which can make
// them wait for each other for ever.
package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// lookEvery is how often is looked for a cycle.
const lookEvery = time.Second

// errFound ends the tool with status 1.
var errFound = errors.New("a potential deadlock was found")

// config is the program's struct config.
type config struct{ On, PID uint32 }

// options are the flags.
type options struct {
	pid                    int
	binary, dump           string
	locks, unlocks         string
	threads, edges, stacks int
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "deadlock",
		Usage: "find potential deadlocks in a process",
		Description: "Follows in which order the threads of a process take mutexes. When two orders\n" +
			"contradict each other, it prints where that happened and ends with status 1.",
		Examples: []string{
			"deadlock 181                           # process 181",
			"deadlock 181 --dump-graph graph.json   # with the orders seen, in a file",
			"deadlock 181 --lock-symbols my_lock --unlock-symbols my_unlock",
		},
		MaxArgs: 1, ArgsUsage: "PID",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "binary", Usage: "the `FILE` with the functions, a library or program", DefaultText: "found by itself", Destination: &o.binary},
			&cli.StringFlag{Name: "dump-graph", Usage: "write the mutexes and orders to `FILE` as JSON, each second", Destination: &o.dump},
			&cli.StringFlag{Name: "lock-symbols", Value: "pthread_mutex_lock", Usage: "`FUNCTIONS` that take a mutex, the first argument, with commas in between", Destination: &o.locks},
			&cli.StringFlag{Name: "unlock-symbols", Value: "pthread_mutex_unlock", Usage: "`FUNCTIONS` that release one", Destination: &o.unlocks},
			&cli.IntFlag{Name: "threads", Aliases: []string{"t"}, Value: 65536, Usage: "room for `N` threads", Destination: &o.threads},
			&cli.IntFlag{Name: "edges", Aliases: []string{"e"}, Value: 65536, Usage: "room for `N` pairs of mutexes", Destination: &o.edges},
			&cli.IntFlag{Name: "stacktraces", Aliases: []string{"s"}, Value: 65536, Usage: "room for `N` stacks", Destination: &o.stacks},
		},
		Run: o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "locks"
	if err := o.check(s.Args); err != nil {
		return err
	}
	text, defines := toolkit.MissedC+toolkit.StacksC+program, o.defines()
	if s.EBPF {
		return s.PrintC(text, defines)
	}
	m, err := bccgo.LoadContext(ctx, toolkit.MissedC+toolkit.StacksC+program, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()
	defer toolkit.Detach(m)
	if err := o.attach(s, m); err != nil {
		return err
	}
	w, err := o.watch(s, m)
	if err != nil {
		return err
	}
	if err := toolkit.Configure(m, config{On: 1, PID: toolkit.KernelPID(o.pid)}); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if !s.JSON {
		if err := s.Out.Printf("Tracing... Hit Ctrl-C to end.\n"); err != nil {
			return err
		}
	}
	s.Notef("tracing")
	return errors.Join(w.run(ctx), s.Losses.Finish(m))
}

func (o *options) check(args []string) error {
	if len(args) == 0 {
		return errors.New("which process? give its number; see deadlock --help")
	}
	pid, err := strconv.Atoi(args[0])
	if err != nil || pid < 1 {
		return fmt.Errorf("process %q: want a number from 1 on", args[0])
	}
	o.pid = pid
	for name, n := range map[string]int{"threads": o.threads, "edges": o.edges, "stacktraces": o.stacks} {
		if n < 1 || n > 1<<22 {
			return fmt.Errorf("--%s %d: want 1 to %d", name, n, 1<<22)
		}
	}
	for name, list := range map[string]string{"lock-symbols": o.locks, "unlock-symbols": o.unlocks} {
		for name1 := range strings.SplitSeq(list, ",") {
			if strings.TrimSpace(name1) == "" {
				return fmt.Errorf("--%s %q: a name is empty", name, list)
			}
		}
	}
	_, err = toolkit.ProgramOf(pid)
	return err
}

func (o *options) defines() map[string]string {
	return map[string]string{"THREADS": strconv.Itoa(o.threads), "EDGES": strconv.Itoa(o.edges), "STACKS": strconv.Itoa(o.stacks)}
}
