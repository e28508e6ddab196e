package screen

import (
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// view is what an interval's tables are shown on.
type view struct {
	options *Options
	s       *toolkit.Session
	// redraws tells that it is a terminal, whose screen is drawn anew.
	redraws bool

	// mu is for what a change of the terminal's size needs.
	mu sync.Mutex
	// block is what is on the screen, as far as that has room for it.
	block []string
}

// show shows the tables of an interval.
func (v *view) show(now time.Time, tables []Table) error {
	if v.s.JSON {
		return v.json(tables)
	}
	load := ""
	if !v.options.NoSummary {
		var err error
		if load, err = loadavg(); err != nil {
			return err
		}
	}
	block := v.options.block(now, load, tables)
	if !v.redraws {
		return v.s.Out.Printf("\n%s\n", strings.Join(block, "\n"))
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.block = block
	return v.draw()
}

func (v *view) json(tables []Table) error {
	for _, table := range tables {
		for _, row := range table.Rows[:min(len(table.Rows), v.options.limit(true))] {
			if err := v.s.Out.JSON(row.JSON); err != nil {
				return err
			}
		}
	}
	return nil
}

// draw draws as much of the block as there is room for.
func (v *view) draw() error {
	lines, _, ok := v.s.Out.Size()
	if !ok {
		lines = defaultRows
	}
	return v.s.Out.Printf("%s", drawing(v.block, lines))
}

// drawing returns what puts a block on a terminal of so many lines. The cursor
// ends in a line of its own below, so that what a shell prints next, or the
// terminal at Ctrl-C, does not go into the last row. Lines are drawn over, which
// flickers less than clearing first; the terminal cuts off those that are too long.
func drawing(block []string, lines int) string {
	const (
		home, restOfLine, rest = "\x1b[H", "\x1b[K", "\x1b[J"
		wrapOff, wrapOn        = "\x1b[?7l", "\x1b[?7h"
	)
	var b strings.Builder
	b.WriteString(wrapOff + home)
	for _, line := range block[:min(len(block), max(lines-1, 0))] {
		b.WriteString(line + restOfLine + "\n")
	}
	b.WriteString(rest + wrapOn)
	return b.String()
}

// followSize draws the screen anew whenever the terminal changes its size, until
// the function returned is called.
func (v *view) followSize() (end func()) {
	changes := make(chan os.Signal, 1)
	signal.Notify(changes, syscall.SIGWINCH)
	var done sync.WaitGroup
	done.Go(func() {
		for range changes {
			v.redraw()
		}
	})
	return func() {
		signal.Stop(changes)
		close(changes)
		done.Wait()
	}
}

// redraw draws the block that is shown again. An error is left to the next
// interval's, which is the same.
func (v *view) redraw() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.block != nil {
		_ = v.draw()
	}
}
