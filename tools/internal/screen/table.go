package screen

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// Table is one of the tables of an interval.
type Table struct {
	// Heading is the line with the columns' names.
	Heading string
	// Rows are sorted, the most first.
	Rows []Row
	// Optional leaves out the heading if there are no rows.
	Optional bool
}

// Row is a row of a table.
type Row struct {
	// Text is the row as a line, which has gone through toolkit.Printable where
	// texts of others are in it.
	Text string
	// JSON is what --json prints in place of it.
	JSON any
}

// block returns the lines of an interval.
func (o *Options) block(now time.Time, load string, tables []Table) []string {
	var lines []string
	if !o.NoSummary {
		lines = append(lines, fmt.Sprintf("%-8s loadavg: %s", now.Format(time.TimeOnly), load), "")
	}
	for i, table := range tables {
		if table.Optional && len(table.Rows) == 0 {
			continue
		}
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, table.Heading)
		for _, row := range table.Rows[:min(len(table.Rows), o.limit(false))] {
			lines = append(lines, row.Text)
		}
	}
	return lines
}

// loadavg is the kernel's line about how busy the machine is.
func loadavg() (string, error) {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "", fmt.Errorf("read the load: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
