// Dbslower prints the queries of MySQL and PostgreSQL servers that take long.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/queries"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags.
type options struct {
	pids      cli.IntSlice
	exe       string
	threshold float64
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "dbslower",
		Usage: "show the queries of databases that take long",
		Description: "Prints a line for each query of a MySQL or PostgreSQL server that takes at least\n" +
			"as long as -m says: when it began, the process, the milliseconds and its text.",
		Examples: []string{
			"dbslower postgres             # of all PostgreSQL servers, at least 1 ms",
			"dbslower postgres -p 188 322  # of two processes",
			"dbslower mysql -m 30          # at least 30 ms",
			"dbslower mysql -x /usr/sbin/mysqld",
		},
		MaxArgs: queries.MaxArgs, ArgsUsage: "mysql|postgres",
		Flags: []cli.Flag{
			&cli.IntSliceFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`; more may follow", Destination: &o.pids},
			&cli.StringFlag{Name: "exe", Aliases: []string{"x"}, Usage: "servers that run the program at `PATH`", Destination: &o.exe},
			&cli.Float64Flag{Name: "threshold", Aliases: []string{"m"}, Value: 1, Usage: "only queries of at least `MS` milliseconds", Destination: &o.threshold},
		},
		Run: o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	c := &queries.Choice{Exe: o.exe}
	if err := c.ReadArgs(s.Args, o.pids.Value()); err != nil {
		return err
	}
	return c.PrintSlow(ctx, s, o.threshold)
}
