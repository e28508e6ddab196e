// Trace prints a line whenever one of the functions, tracepoints and static probes
// that it is told is come by, with whatever values C expressions find there.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// config is the program's struct config.
type config struct {
	On         uint32
	PID, TID   uint32
	NotPID     uint32
	ByUID, UID uint32
}

// maxProbes bounds the probes of a run: each takes its time to be attached.
const maxProbes = 1000

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "trace",
		Usage: "print a line whenever a function, tracepoint or static probe is come by",
		Description: "Each probe is a text PLACE[(SIGNATURE)] [(FILTER)] [\"FORMAT\"[, ARGUMENT]...].\n" +
			"PLACE is FUNCTION for a function of the kernel, LIBRARY:FUNCTION for one of a\n" +
			"library or program, r:[LIBRARY]:FUNCTION for its return, t:CATEGORY:EVENT for a\n" +
			"tracepoint, u:LIBRARY:[PROVIDER:]PROBE for a static probe. FILTER and ARGUMENT are\n" +
			"C expressions, of arg1 and so on or the names in SIGNATURE, retval, args->FIELD,\n" +
			"$pid, $tgid, $uid, $gid, $cpu, $task and STRCMP(\"text\", pointer).",
		MaxArgs: maxProbes, ArgsUsage: "probe...",
		Examples: []string{
			`trace 'p:c:open(char *path) "%s", path'   # files that programs open`,
			`trace 'r:c:read ((int)retval < 0) "failed"' -U   # with the way there`,
			`trace 't:sched:sched_process_exec "%s", args->filename'   # programs that start`,
			`trace 'do_sys_openat2 "%s", arg2@user' -p 185 -T   # in the kernel, for a process`,
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "buffer-pages", Aliases: []string{"b"}, Value: 64, Usage: "`PAGES` of buffer for each processor, a power of two", Destination: &o.pages},
		&cli.IntFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid, DefaultText: "all"},
		&cli.IntFlag{Name: "tid", Aliases: []string{"L"}, Usage: "only thread `TID`", Destination: &o.tid, DefaultText: "all"},
		&cli.StringFlag{Name: "uid", Usage: "only this `USER`, by number or name", Destination: &o.user, DefaultText: "all"},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "say on standard error which probes were chosen, with the C text", Destination: &o.verbose},
		&cli.IntFlag{Name: "string-size", Aliases: []string{"Z"}, Value: 80, Usage: "read `BYTES` of a string at most, with its end", Destination: &o.stringSize},
		&cli.BoolFlag{Name: "include-self", Aliases: []string{"S"}, Usage: "trace this process, too", Destination: &o.includeSelf},
		&cli.IntFlag{Name: "max-events", Aliases: []string{"M"}, Value: -1, Usage: "end after printing `EVENTS`", Destination: &o.maxEvents, DefaultText: "no end"},
		&cli.BoolFlag{Name: "timestamp", Aliases: []string{"t"}, Usage: "print the seconds since the start", Destination: &o.timestamp},
		&cli.BoolFlag{Name: "unix-timestamp", Aliases: []string{"u"}, Usage: "with -t, print the seconds since 1970", Destination: &o.unix},
		&cli.BoolFlag{Name: "time", Aliases: []string{"T"}, Usage: "print the time of day", Destination: &o.timeOfDay},
		&cli.BoolFlag{Name: "print_cpu", Aliases: []string{"C"}, Usage: "print the processor", Destination: &o.printCPU},
		&cli.StringFlag{Name: "cgroup-path", Aliases: []string{"c"}, Usage: "only processes of the control group at `PATH`, and of those below", Destination: &o.cgroup},
		&cli.StringFlag{Name: "name", Aliases: []string{"n"}, Usage: "only process names with `NAME` in them", Destination: &o.name},
		&cli.StringFlag{Name: "msg-filter", Aliases: []string{"f"}, Usage: "only lines whose message has `TEXT` in it", Destination: &o.message},
		&cli.BoolFlag{Name: "bin_cmp", Aliases: []string{"B"}, Usage: `STRCMP compares bytes: STRCMP("{0x6c, 0}", pointer)`, Destination: &o.binary},
		&cli.StringFlag{Name: "sym_file_list", Aliases: []string{"s"}, Usage: "with -U, find functions in these `FILES` alone, with commas between, also of processes that have ended", Destination: &o.symbolFiles},
		&cli.BoolFlag{Name: "kernel-stack", Aliases: []string{"K"}, Usage: "print the kernel's stack", Destination: &o.kernelStack},
		&cli.BoolFlag{Name: "user-stack", Aliases: []string{"U"}, Usage: "print the process's stack", Destination: &o.userStack},
		&cli.BoolFlag{Name: "address", Aliases: []string{"a"}, Usage: "print the addresses of stacks, too", Destination: &o.address},
		&cli.StringSliceFlag{Name: "include", Aliases: []string{"I"}, Usage: "include the C header `FILE`, from the working directory, by its path, or of the kernel; several with several -I", Destination: &o.includes},
		&cli.BoolFlag{Name: "aggregate", Aliases: []string{"A"}, Usage: "count equal lines, and print them at the end", Destination: &o.aggregate},
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Verbose = o.verbose
	t, err := o.prepare(s)
	if err != nil {
		return err
	}
	if s.EBPF {
		return s.PrintC(t.code.String(), t.load.Defines)
	}
	if o.verbose {
		if _, err := s.Stderr().Write([]byte(t.code.String())); err != nil {
			return err
		}
	}
	m, err := bccgo.LoadContext(ctx, t.code.String(), t.load)
	if err != nil {
		return t.code.explain(err)
	}
	defer m.Close()
	defer toolkit.Detach(m)
	return o.trace(ctx, s, m, t)
}

// trace prints what the program sends.
func (o *options) trace(ctx context.Context, s *toolkit.Session, m *bccgo.Module, t *tracing) error {
	p, err := newPrinter(o, s, m)
	if err != nil {
		return err
	}
	stream := m.RawStream("events", &bccgo.StreamOptions{Pages: o.pages, OnLost: s.Losses.Add, OrderBy: "head.time"})
	if err := stream.Err(); err != nil {
		return err
	}
	if err := o.attach(s, m, t); err != nil {
		return err
	}
	if err := p.heading(); err != nil {
		return err
	}
	if err := toolkit.Configure(m, t.config); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	s.Notef("tracing")
	for r, err := range stream.All(ctx) {
		if err != nil {
			return err
		}
		done, err := p.record(r, t.probes)
		if err != nil {
			return err
		}
		if done {
			break
		}
	}
	if err := p.finish(); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}

// attach attaches all probes, and sets the control group.
func (o *options) attach(s *toolkit.Session, m *bccgo.Module, t *tracing) error {
	if o.cgroup != "" {
		if err := bccgo.CgroupArray(m, "cgroup").Set(0, o.cgroup); err != nil {
			return err
		}
	}
	for _, p := range t.probes {
		attached, err := p.places.Attach(m)
		if err != nil {
			return t.code.explain(err)
		}
		attached.Note(s)
	}
	return nil
}
