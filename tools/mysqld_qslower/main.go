// Mysqld_qslower prints the queries of a MySQL server that take long.
package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/bccgo/bcc/tools/internal/queries"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	return &toolkit.Tool{
		Name:  "mysqld_qslower",
		Usage: "show the queries of a MySQL server that take long",
		Description: "Prints a line for each query of the server with process id PID that takes at least\n" +
			"MIN_MS milliseconds, 1 by default: when it began, the milliseconds and its text.",
		Examples: []string{
			"mysqld_qslower 1234     # at least 1 ms",
			"mysqld_qslower 1234 10  # at least 10 ms",
			"mysqld_qslower 1234 0   # all",
		},
		MaxArgs: 2, ArgsUsage: "PID [MIN_MS]",
		Run: run,
	}
}

func run(ctx context.Context, s *toolkit.Session) error {
	c := &queries.Choice{Engine: "mysql"}
	if len(s.Args) == 0 {
		return errors.New("which server? Give its process id")
	}
	pid, err := strconv.Atoi(s.Args[0])
	if err != nil {
		return fmt.Errorf("PID %q: want a number", s.Args[0])
	}
	c.PIDs = []int{pid}
	ms := 1.0
	if len(s.Args) > 1 {
		if ms, err = strconv.ParseFloat(s.Args[1], 64); err != nil {
			return fmt.Errorf("MIN_MS %q: want a number", s.Args[1])
		}
	}
	return c.PrintSlow(ctx, s, ms)
}
