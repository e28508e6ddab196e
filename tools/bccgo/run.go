package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
)

func runCommand(con *console) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "run a program and print what it finds",
		UsageText: "bccgo run [OPTION]... FILE.c|BUNDLE|-\nbccgo run [OPTION]... -e 'C text'",
		Description: `Compiles a program, attaches every function whose name says where
(tracepoint__CATEGORY__EVENT, kprobe__FUNCTION, TRACEPOINT_PROBE(...), ...),
and prints events and trace prints (bpf_trace_printk) as they come. At the end,
by Ctrl-C or --duration, it detaches, runs every iterator (BPF_ITER) once, and
prints what these write and every table and histogram that holds something. A
program that has nothing but iterators ends at once. Trace prints are the whole machine's: other programs' appear
among the program's own.

With --watch, a new version runs as soon as the file, or one that it includes by
#include "FILE", is saved. Tables whose name, kind, sizes and types are as before
go on with what is in them. A version that does not compile, or that the verifier
refuses, is told, and the one before goes on.

EXAMPLES:
  bccgo run trace.c
  bccgo run -d 10 --json trace.c | jq .
  bccgo run -D PID=1234 trace.bundle
  bccgo run --watch trace.c            edit trace.c and save: it runs on
  bccgo run -d 2.5 -e 'TRACEPOINT_PROBE(syscalls, sys_enter_sync)
    { bpf_trace_printk("sync\n"); return 0; }'

` + exitHelp,
		Flags: append(compileFlags(),
			&cli.StringFlag{Name: "execute", Aliases: []string{"e"}, Usage: "run `TEXT` instead of a file"},
			&cli.Float64Flag{Name: "duration", Aliases: []string{"d"}, DefaultText: "until Ctrl-C",
				Usage: "end after `SECONDS`; 0 attaches, prints the tables as they are, and leaves"},
			&cli.BoolFlag{Name: "watch", Aliases: []string{"w"}, Usage: "when the file is saved, put the new version in place and keep the tables"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object a line"},
			&cli.BoolFlag{Name: "force", Usage: "run a bundle that was compiled for another kernel"}),
		HideHelpCommand: true,
		OnUsageError:    onUsageError,
		Action: func(c *cli.Context) error {
			con.quiet(c)
			o, err := newRunOptions(c)
			if err != nil {
				return err
			}
			p, err := con.programToRun(c)
			if err != nil {
				return err
			}
			if o.watch && (p.bundle != nil || p.dir == "") {
				return usagef("--watch takes a C file: what comes from -e, standard input or a bundle does not change")
			}
			return con.run(c.Context, p, o)
		},
	}
}

// runOptions are the options of run.
type runOptions struct {
	compile *bccgo.Options
	// duration is how long to run; negative means until interrupted.
	duration time.Duration
	json     bool
	force    bool
	// watch puts a new version in place whenever the file is saved.
	watch bool
}

func newRunOptions(c *cli.Context) (*runOptions, error) {
	compile, err := compileOptions(c)
	if err != nil {
		return nil, err
	}
	if compile.Target != nil {
		if err := checkThisKernel("--target "+c.String("target"), compile.Target.Release); err != nil {
			return nil, err
		}
	}
	o := &runOptions{compile: compile, duration: -1, json: c.Bool("json"), force: c.Bool("force"), watch: c.Bool("watch")}
	if c.IsSet("duration") {
		seconds := c.Float64("duration")
		if !(seconds >= 0 && seconds < 1e9) {
			return nil, usagef("--duration %v: give a number of seconds, 0 or more", seconds)
		}
		o.duration = time.Duration(seconds * float64(time.Second))
	}
	if o.watch && o.duration == 0 {
		return nil, usagef("--watch runs until it is interrupted; -d 0 does not run at all")
	}
	return o, nil
}

// programToRun is the one the command line names or holds.
func (con *console) programToRun(c *cli.Context) (*program, error) {
	switch text := c.String("execute"); {
	case text != "" && c.NArg() == 0:
		return newProgram("-e", "", []byte(text))
	case text == "" && c.NArg() == 1:
		return con.readProgram(c.Args().First())
	}
	return nil, usagef("run takes one C file or bundle, or -e TEXT; see bccgo help run")
}

// run runs a program until its time is over or it is interrupted.
func (con *console) run(ctx context.Context, p *program, o *runOptions) error {
	if err := bccgo.CheckPrivilege(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if o.watch {
		return con.watch(ctx, p.name, o)
	}
	m, err := con.load(ctx, p, o, nil)
	if err != nil {
		return err
	}
	return errors.Join(con.runModule(ctx, m, p, o), m.Close())
}

// load compiles and loads a program; of keep it takes over tables.
func (con *console) load(ctx context.Context, p *program, o *runOptions, keep *bccgo.Module) (*bccgo.Module, error) {
	b, err := con.compile(ctx, p, o.compile)
	if ctx.Err() != nil {
		return nil, errInterrupted
	}
	if err != nil {
		return nil, err
	}
	load := *o.compile
	load.NoAutoAttach = true // until the buffers have readers
	load.AnyKernel = o.force
	load.Keep = keep
	m, err := bccgo.LoadBundle(b, &load)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	return m, nil
}

// runModule prints what a loaded program finds.
func (con *console) runModule(ctx context.Context, m *bccgo.Module, p *program, o *runOptions) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines := newLineWriter(con.stdout, func(error) { cancel() })
	s := newSession(con, m, p.name, con.printer(lines, o.json))
	err := s.run(ctx, o.duration)
	if werr := lines.Close(); werr != nil {
		return fmt.Errorf("write results: %w", werr)
	}
	return err
}

func (con *console) printer(lines *lineWriter, asJSON bool) printer {
	if asJSON {
		return &jsonPrinter{out: lines}
	}
	return &textPrinter{out: lines, notes: con.stderr}
}
