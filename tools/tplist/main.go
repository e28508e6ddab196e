// Tplist lists tracepoints of the kernel, or static probes of programs and
// libraries, with what they hand over.
package main

import (
	"context"
	"fmt"
	"path"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func main() { toolkit.Main(tool()) }

type options struct {
	pid       int
	lib       string
	verbosity int
}

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "tplist",
		Usage: "list tracepoints, or static probes of programs (USDT)",
		Description: "Without -p and -l: the kernel's tracepoints, as CATEGORY:EVENT. FILTER is a pattern\n" +
			"of the shell (*, ?, [a-z]) that the whole name has to match.",
		Examples: []string{
			"tplist 'syscalls:*open*'          # tracepoints",
			"tplist -v sched:sched_switch      # and their fields",
			"tplist -l /usr/bin/python3        # probes of a program",
			"tplist -l stdc++ -vv '*:throw'    # of a library, with places and arguments",
			"tplist -p 1234                    # of all files that a process runs",
		},
		MaxArgs: 1, ArgsUsage: "[FILTER]",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "pid", Aliases: []string{"p"}, Usage: "static probes of process `PID`, in all files that it runs", Destination: &o.pid},
			&cli.StringFlag{Name: "lib", Aliases: []string{"l"}, Usage: "static probes of `FILE`: a library or program, by name or path", Destination: &o.lib},
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "fields of tracepoints, counts of probes; twice: places and arguments of probes", Count: &o.verbosity},
		},
		Run: o.run,
	}
}

func (o *options) run(_ context.Context, s *toolkit.Session) error {
	o.verbosity = max(o.verbosity, 0) // the flag is counted from -1 on, for its short name
	filter := "*"
	if len(s.Args) > 0 {
		filter = s.Args[0]
	}
	if _, err := path.Match(filter, ""); err != nil {
		return fmt.Errorf("filter %q: a bracket is not closed", filter)
	}
	if o.pid < 0 {
		return fmt.Errorf("--pid %d: there are no processes of negative numbers", o.pid)
	}
	if o.pid == 0 && o.lib == "" {
		return o.tracepoints(s, filter)
	}
	u, err := bccgo.NewUSDT(bccgo.USDTOptions{PID: o.pid, Path: o.lib})
	if err != nil {
		return err
	}
	defer u.Close()
	return o.probes(s, u.Probes(), filter)
}

// matches tells whether a name is of a pattern.
func matches(filter, name string) bool {
	ok, err := path.Match(filter, name)
	return ok && err == nil
}

func (o *options) tracepoints(s *toolkit.Session, filter string) error {
	all, err := bccgo.Tracepoints(".*")
	if err != nil {
		return err
	}
	for _, name := range all {
		if !matches(filter, name) {
			continue
		}
		var fields []bccgo.TracepointField
		if o.verbosity > 0 || s.JSON {
			if fields, err = bccgo.TracepointFields(name); err != nil {
				return err
			}
		}
		if err := printTracepoint(s, name, fields); err != nil {
			return err
		}
	}
	return nil
}

// probes prints each probe once: a process may run several files that have it.
func (o *options) probes(s *toolkit.Session, all []bccgo.USDTProbe, filter string) error {
	type key struct{ path, name string }
	seen := make(map[key]bool)
	for _, p := range all {
		k := key{p.Path, p.String()}
		if seen[k] || !matches(filter, p.String()) {
			continue
		}
		seen[k] = true
		if err := o.printProbe(s, p); err != nil {
			return err
		}
	}
	return nil
}
