package inettest

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"
)

// Rows reads lines below headings, each as its fields by their headings; csv tells
// that commas are between. Lines before the headings, and those with another
// number of fields, are left out.
func Rows(stdout, heading string, csv bool) (rows []map[string]string) {
	split := strings.Fields
	if csv {
		split = func(line string) []string { return strings.Split(strings.TrimSpace(line), ",") }
	}
	var names []string
	for line := range strings.Lines(stdout) {
		fields := split(line)
		switch {
		case names == nil && strings.Contains(line, heading):
			names = fields
		case names != nil && len(fields) == len(names):
			row := map[string]string{}
			for i, name := range names {
				row[name] = fields[i]
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// Find returns the rows that have all these fields.
func Find(rows []map[string]string, fields map[string]string) (found []map[string]string) {
	for _, row := range rows {
		wanted := true
		for name, value := range fields {
			wanted = wanted && row[name] == value
		}
		if wanted {
			found = append(found, row)
		}
	}
	return found
}

// Without returns a row without some of its fields.
func Without(row map[string]string, fields ...string) map[string]string {
	row = maps.Clone(row)
	for _, name := range fields {
		delete(row, name)
	}
	return row
}

// Near checks that two tools measured the same time, in milliseconds: each when its
// own program ran, of which there may be 20 ms between in an emulated machine.
func Near(t testing.TB, ours, theirs string) {
	t.Helper()
	var a, b float64
	if _, err := fmt.Sscan(ours+" "+theirs, &a, &b); err != nil || math.Abs(a-b) > 20 {
		t.Errorf("%s ms, BCC's %s ms: %v", ours, theirs, err)
	}
}
