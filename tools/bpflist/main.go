// Bpflist lists the processes that hold BPF programs, tables and probes.
package main

import (
	"cmp"
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo/inspect"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	verbosity := 0
	return &toolkit.Tool{
		Name:  "bpflist",
		Usage: "list the processes that hold BPF programs, tables and probes",
		Description: "Counts the programs and tables (maps) of each process; with -v its links and the\n" +
			"places that its programs are attached to by perf events, too.",
		Examples: []string{
			"bpflist        # who holds programs and tables",
			"bpflist -v     # and links and probes",
			"bpflist -vv    # and list the probes",
		},
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "verbosity", Aliases: []string{"v"}, Usage: "count links and probes; twice: list the probes", Count: &verbosity},
		},
		Run: func(_ context.Context, s *toolkit.Session) error {
			held, err := inspect.Holders()
			if err != nil {
				return err
			}
			// The flag is counted from -1 on, for its short name.
			return report(s, held, max(verbosity, 0))
		},
	}
}

// row counts what a process holds of a type.
type row struct {
	PID   int    `json:"pid"`
	Comm  string `json:"comm"`
	Type  string `json:"type"`
	Count int    `json:"count"`
}

// shown are the types as BCC calls them, by the kind of object.
var shown = map[string]string{"program": "prog", "table": "map", "link": "link"}

// typeOf is what a descriptor counts as, "" if it is not asked for.
func typeOf(h inspect.Holder, verbosity int) string {
	switch {
	case h.Event != nil && verbosity > 0:
		return h.Event.Kind
	case h.Kind == "link" && verbosity == 0:
		return ""
	}
	return shown[h.Kind]
}

// count sums up by process and type.
func count(held []inspect.Holder, verbosity int) []row {
	counts := make(map[row]int)
	for _, h := range held {
		if typ := typeOf(h, verbosity); typ != "" {
			counts[row{PID: h.PID, Comm: h.Comm, Type: typ}]++
		}
	}
	var rows []row
	for r, n := range counts {
		r.Count = n
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.PID, b.PID), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Comm, b.Comm))
	})
	return rows
}

func report(s *toolkit.Session, held []inspect.Holder, verbosity int) error {
	if verbosity > 1 && !s.JSON {
		if err := listProbes(s, held); err != nil {
			return err
		}
	}
	rows := count(held, verbosity)
	if s.JSON {
		for _, r := range rows {
			if err := s.Out.JSON(r); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.Out.Printf("%-6s %-16s %-10s %s\n", "PID", "COMM", "TYPE", "COUNT"); err != nil {
		return err
	}
	for _, r := range rows {
		if err := s.Out.Printf("%-6d %-16s %-10s %d\n", r.PID, toolkit.Printable(r.Comm), r.Type, r.Count); err != nil {
			return err
		}
	}
	return nil
}

// listProbes prints the places of perf events, and an empty line below them.
func listProbes(s *toolkit.Session, held []inspect.Holder) error {
	if err := s.Out.Printf("%-6s %-16s %-10s %s\n", "PID", "COMM", "PROBE", "PLACE"); err != nil {
		return err
	}
	for _, h := range held {
		if h.Event == nil {
			continue
		}
		if err := s.Out.Printf("%-6d %-16s %-10s %s\n", h.PID, toolkit.Printable(h.Comm), h.Event.Kind, toolkit.Printable(h.Event.Target)); err != nil {
			return err
		}
	}
	return s.Out.Printf("\n")
}
