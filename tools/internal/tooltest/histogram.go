package tooltest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// Histogram is one that a tool printed as JSON.
type Histogram struct {
	Unit string `json:"val_type"`
	Rows []struct {
		From  uint64 `json:"interval-start"`
		To    uint64 `json:"interval-end"`
		Count uint64 `json:"count"`
	} `json:"data"`
}

// Histograms reads lines of JSON by their keys, which are in the field header. Lines
// with the same key are put together; without header all have the key "".
func Histograms(t testing.TB, stdout, header string) map[string]Histogram {
	t.Helper()
	all := make(map[string]Histogram)
	for line := range strings.Lines(stdout) {
		var h Histogram
		fields := make(map[string]any)
		for _, into := range []any{&h, &fields} {
			if err := json.Unmarshal([]byte(line), into); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
		}
		key := ""
		if header != "" {
			key = fmt.Sprint(fields[header])
		}
		h.Rows = append(all[key].Rows, h.Rows...)
		all[key] = h
	}
	return all
}

// Count is how many values there are.
func (h Histogram) Count() (n uint64) {
	for _, row := range h.Rows {
		n += row.Count
	}
	return n
}

// Bounds are the lowest and the highest that all values together can be.
func (h Histogram) Bounds() (low, high uint64) {
	for _, row := range h.Rows {
		low += row.Count * row.From
		high += row.Count * (row.To + 1)
	}
	return low, high
}
