// Package irqtest is what the tests of tools share that measure handlers of
// interrupts: the kernel's own counts.
package irqtest

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
)

// Counts are the kernel's counts by name, one of each processor.
type Counts map[string][]uint64

// Hard are those of hardware interrupts.
func Hard(t testing.TB) Counts {
	t.Helper()
	return read(t, "/proc/interrupts", func(first string, rest []string) string {
		if _, err := strconv.Atoi(first); err != nil || len(rest) < 3 {
			return "" // not of a device, or of one without handler
		}
		return strings.Join(rest[2:], " ")
	})
}

// Soft are those of soft interrupts, by the names that the tool prints.
func Soft(t testing.TB) Counts {
	t.Helper()
	return read(t, "/proc/softirqs", func(first string, _ []string) string { return strings.ToLower(first) })
}

// read reads a table: the processors, then lines of a word, a number for each
// processor and other words. Lines that name calls "" are left out.
func read(t testing.TB, file string, name func(first string, rest []string) string) Counts {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	heading, lines, _ := strings.Cut(string(text), "\n")
	cpus := len(strings.Fields(heading))
	counts := make(Counts)
	for line := range strings.Lines(lines) {
		f := strings.Fields(line)
		if len(f) <= cpus {
			continue
		}
		if name := name(strings.TrimSuffix(f[0], ":"), f[cpus+1:]); name != "" {
			counts.add(t, name, f[1:cpus+1])
		}
	}
	return counts
}

func (c Counts) add(t testing.TB, name string, numbers []string) {
	t.Helper()
	if c[name] == nil {
		c[name] = make([]uint64, len(numbers))
	}
	for cpu, text := range numbers {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		c[name][cpu] += n
	}
}

// Of is the count of a name, on one processor or, with -1, on all.
func (c Counts) Of(name string, cpu int) uint64 {
	var sum uint64
	for i, n := range c[name] {
		if cpu == -1 || cpu == i {
			sum += n
		}
	}
	return sum
}

// Window are the kernel's counts around a measurement: before it began, when it had
// begun, before it ended, and when it had.
type Window [4]Counts

// Check checks what was measured on one processor, or all of them: for each name as
// many as the kernel counted, but for those at the very begin and end.
func (w Window) Check(t testing.TB, got map[string]uint64, cpu int) {
	t.Helper()
	for name := range w[0] {
		least := w[2].Of(name, cpu) - w[1].Of(name, cpu)
		most := w[3].Of(name, cpu) - w[0].Of(name, cpu)
		if n := got[name]; n < least || n > most {
			t.Errorf("%s on processor %d: %d, the kernel says %d to %d", name, cpu, n, least, most)
		}
	}
	for name := range got {
		if w[3][name] == nil {
			t.Errorf("the kernel knows no %s", name)
		}
	}
}

// Total is a line of JSON without histograms.
type Total struct {
	HardIRQ string `json:"hardirq"`
	SoftIRQ string `json:"softirq"`
	Count   uint64 `json:"count"`
	Ns      uint64 `json:"total_ns"`
}

// Totals reads such lines by the handler's name.
func Totals(t testing.TB, stdout string) map[string]Total {
	t.Helper()
	all := make(map[string]Total)
	for line := range strings.Lines(stdout) {
		var total Total
		if err := json.Unmarshal([]byte(line), &total); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all[total.HardIRQ+total.SoftIRQ] = total
	}
	return all
}

// Numbers are the counts of totals. The average must be a time that a handler can
// take.
func Numbers(t testing.TB, totals map[string]Total) map[string]uint64 {
	t.Helper()
	all := make(map[string]uint64)
	for name, total := range totals {
		all[name] = total.Count
		if average := total.Ns / total.Count; average < 200 || average > 50e6 {
			t.Errorf("%s takes %d ns", name, average)
		}
	}
	return all
}

// Histograms reads lines of JSON with histograms, and returns how many each has.
func Histograms(t testing.TB, stdout string) map[string]uint64 {
	t.Helper()
	all := make(map[string]uint64)
	for line := range strings.Lines(stdout) {
		var h struct {
			HardIRQ, SoftIRQ string
			Unit             string `json:"val_type"`
			Data             []struct{ Count uint64 }
		}
		if err := json.Unmarshal([]byte(line), &h); err != nil || h.Unit != "nsecs" {
			t.Fatalf("%q: %v", line, err)
		}
		for _, slot := range h.Data {
			all[h.HardIRQ+h.SoftIRQ] += slot.Count
		}
	}
	return all
}

// Rows reads the text without histograms: rows of two words, by the first one.
func Rows(t testing.TB, stdout string) map[string]map[string]string {
	t.Helper()
	all := make(map[string]map[string]string)
	for line := range strings.Lines(stdout) {
		if f := strings.Fields(line); len(f) == 2 {
			all[f[0]] = map[string]string{"NAME": f[0], "TOTAL": f[1]}
		}
	}
	return all
}
