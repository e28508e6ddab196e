// Vfscount counts calls of the virtual file system's functions, through which all file
// systems are reached.
package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/callcount"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// pattern is what is counted. The C text comes from what counts any functions.
const pattern = "vfs_*"

// options are the flags.
type options struct{ pid uint }

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "vfscount",
		Usage: "count calls of the virtual file system",
		Description: "Prints how often each function of the kernel was called whose name begins with\n" +
			"vfs_, at the end: when so many seconds are over, or by Ctrl-C.",
		MaxArgs: 1, ArgsUsage: "[time]",
		Examples: []string{
			"vfscount                       # until Ctrl-C",
			"vfscount 5                     # for 5 seconds",
			"vfscount -p 185 --json 5       # of one process, one JSON object a line",
		},
		Flags: []cli.Flag{
			&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid, DefaultText: "all"},
		},
		Run: o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	if err := readTime(s); err != nil {
		return err
	}
	if err := toolkit.CheckPID(o.pid); err != nil {
		return err
	}
	if err := bccgo.SupportKprobes(); err != nil {
		return err
	}
	spec, err := probespec.Syntax{Kinds: "p"}.Parse(pattern)
	if err != nil {
		return err
	}
	places, err := spec.Find(int(o.pid))
	if err != nil {
		return err
	}
	text, load := callcount.Text(places)
	if s.EBPF {
		return s.PrintC(text, load.Defines)
	}
	m, err := bccgo.LoadContext(ctx, text, load)
	if err != nil {
		return err
	}
	defer m.Close()
	counter, err := callcount.New(m, places)
	if err != nil {
		return err
	}
	attached, err := places.Attach(m)
	if err != nil {
		return err
	}
	attached.Note(s)
	if err := callcount.Start(m, callcount.Config{PID: toolkit.KernelPID(int(o.pid)), CPU: -1}); err != nil {
		return err
	}
	if !s.JSON {
		s.Warnf("tracing %d functions, Ctrl-C ends it", attached.Len())
	}
	s.Notef("tracing")
	err = s.Every(ctx, 0, func(now time.Time, _ bool) error { return report(s, counter, now) })
	if err != nil {
		return err
	}
	return s.Losses.Finish(m)
}

// readTime reads the argument, a number of seconds, which comes before --duration.
func readTime(s *toolkit.Session) error {
	if len(s.Args) == 0 {
		return nil
	}
	seconds, err := strconv.ParseFloat(s.Args[0], 64)
	if err != nil || !(seconds > 0) || seconds > 1e9 {
		return fmt.Errorf("time %q: want a number of seconds above 0", s.Args[0])
	}
	s.Duration = time.Duration(seconds * float64(time.Second))
	return nil
}

// record is a line of --json.
type record struct {
	Time     time.Time `json:"time"`
	Addr     string    `json:"addr"` // in hexadecimal
	Function string    `json:"function"`
	Count    uint64    `json:"count"`
}

// report prints the functions that were called, those with the most calls last.
func report(s *toolkit.Session, counter *callcount.Counter, now time.Time) error {
	list, err := counter.Next()
	if err != nil {
		return err
	}
	if !s.JSON {
		if err := s.Out.Printf("\n%-16s %-26s %8s\n", "ADDR", "FUNC", "COUNT"); err != nil {
			return err
		}
	}
	for _, c := range list {
		addr, _ := bccgo.KSymName(c.Name) // 0 where the kernel hides addresses
		if err := print(s, record{now, fmt.Sprintf("%x", addr), c.Name, c.Count}); err != nil {
			return err
		}
	}
	return nil
}

func print(s *toolkit.Session, r record) error {
	if s.JSON {
		return s.Out.JSON(r)
	}
	return s.Out.Printf("%-16s %-26s %8d\n", r.Addr, r.Function, r.Count)
}
