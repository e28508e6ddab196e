package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// row is a process in an interval.
type row struct {
	PID      int
	Command  string
	Language string

	rates [runtimes.Columns]float64
}

// rowJSON is a row as --json prints it; numbers are per second.
type rowJSON struct {
	Time       time.Time `json:"time"`
	PID        int       `json:"pid"`
	Language   string    `json:"language"`
	Command    string    `json:"cmdline"`
	Methods    float64   `json:"methods"`
	GCs        float64   `json:"gcs"`
	Objects    float64   `json:"objects"`
	Classes    float64   `json:"classes"`
	Exceptions float64   `json:"exceptions"`
	Threads    float64   `json:"threads"`
}

// printer prints the rows of intervals, with the time of their ends.
type printer struct {
	*options
	s *toolkit.Session
}

func (p *printer) print(now time.Time, rows []row) error {
	rows = p.choose(rows)
	if !p.s.JSON {
		if err := p.heading(now); err != nil {
			return err
		}
	}
	for _, r := range rows {
		if err := p.printRow(now, r); err != nil {
			return err
		}
	}
	return nil
}

// choose sorts rows, and leaves out those that are too many.
func (p *printer) choose(rows []row) []row {
	slices.SortFunc(rows, func(a, b row) int {
		byColumn := 0
		if p.sort != "" {
			c := columns[p.sort]
			byColumn = cmp.Compare(b.rates[c], a.rates[c])
		}
		return cmp.Or(byColumn, cmp.Compare(a.PID, b.PID))
	})
	return rows[:min(len(rows), p.maxRows)]
}

// heading begins the output of an interval: on a terminal at the top of an empty
// screen, if that is wanted.
func (p *printer) heading(now time.Time) error {
	begin := "\n"
	if !p.noClear && isTerminal(os.Stdout) {
		begin = "\x1b[H\x1b[2J"
	}
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return fmt.Errorf("read the load: %w", err)
	}
	return p.s.Out.Printf("%s%-8s loadavg: %s\n\n%-6s %-20s %-10s %-6s %-10s %-8s %-6s %-6s\n", begin, now.Format(time.TimeOnly),
		strings.TrimSpace(string(load)), "PID", "CMDLINE", "METHOD/s", "GC/s", "OBJNEW/s", "CLOAD/s", "EXC/s", "THR/s")
}

func (p *printer) printRow(now time.Time, r row) error {
	n := r.rates
	if p.s.JSON {
		return p.s.Out.JSON(rowJSON{now, r.PID, r.Language, r.Command, n[0], n[1], n[2], n[3], n[4], n[5]})
	}
	command := []rune(r.Command)
	return p.s.Out.Printf("%-6d %-20s %-10.0f %-6.0f %-10.0f %-8.0f %-6.0f %-6.0f\n",
		r.PID, string(command[:min(len(command), 20)]), n[0], n[1], n[2], n[3], n[4], n[5])
}

// isTerminal tells whether a file is a terminal.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
