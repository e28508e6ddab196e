package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"text/tabwriter"
	"time"
)

// parityAttr is the attribute by which a test tells of its comparison, in JSON.
const parityAttr = "parity"

// comparison is what tests of a tool compared with BCC's.
type comparison struct {
	Tool         string
	Rows, Fields int
	Different    []struct{ Field, Why string }
	Ours, Theirs cost

	tests, failures int
	seconds         float64
}

// cost is what a tool took: the most memory at a time in KiB, and the processor time
// in nanoseconds once it was ready.
type cost struct{ Memory, CPU int64 }

// parityOf prints the comparisons of a stage, tool by tool, then the reasons for
// differences and the output of what failed.
func parityOf(w io.Writer, file string) (ok bool, err error) {
	s, err := readStage(file)
	if err != nil {
		return false, err
	}
	list, err := comparisons(s)
	if err != nil {
		return false, err
	}
	if err := printComparisons(w, list); err != nil {
		return false, err
	}
	var bad []verdict
	for _, v := range verdicts([]*stage{s}, nil) {
		if v.state == failed {
			bad = append(bad, v)
		}
	}
	for _, c := range list {
		for _, d := range c.Different {
			fmt.Fprintf(w, "%s, %s: %s\n", c.Tool, d.Field, d.Why)
		}
	}
	if len(bad) > 0 {
		report(w, bad)
	}
	return len(bad) == 0 && len(list) > 0, nil
}

// comparisons are those of a stage by tool; a test that failed before it could tell
// what it compared counts for the tool in whose folder it is.
func comparisons(s *stage) ([]*comparison, error) {
	tools := make(map[string]*comparison)
	for name, p := range s.packages {
		for testName, t := range p.tests {
			text, told := t.attrs[parityAttr]
			if !told && !t.failed() {
				continue
			}
			one := comparison{Tool: path.Base(name)}
			if told {
				if err := json.Unmarshal([]byte(text), &one); err != nil {
					return nil, fmt.Errorf("%s %s: what it compared: %w", name, testName, err)
				}
			}
			if tools[one.Tool] == nil {
				tools[one.Tool] = &comparison{Tool: one.Tool}
			}
			tools[one.Tool].add(&one, t)
		}
	}
	return slices.SortedFunc(maps.Values(tools), func(a, b *comparison) int { return cmp.Compare(a.Tool, b.Tool) }), nil
}

func (c *comparison) add(one *comparison, t *test) {
	c.Rows += one.Rows
	c.Fields += one.Fields
	c.Different = append(c.Different, one.Different...)
	c.Ours.add(one.Ours)
	c.Theirs.add(one.Theirs)
	c.tests++
	c.seconds += t.elapsed
	if t.failed() {
		c.failures++
	}
}

func (c *cost) add(one cost) {
	c.Memory = max(c.Memory, one.Memory)
	c.CPU += one.CPU
}

// cells are the memory in MiB and the time in seconds, "-" where nothing is known.
func (c cost) cells() string {
	if c.Memory == 0 {
		return "-\t-"
	}
	return fmt.Sprintf("%.1f\t%.2f", float64(c.Memory)/1024, time.Duration(c.CPU).Seconds())
}

func printComparisons(w io.Writer, list []*comparison) error {
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "TOOL\tRESULT\tTESTS\tROWS\tFIELDS\tDIFFERENT\tMiB\tCPU s\tBCC'S MiB\tCPU s\tSECONDS")
	for _, c := range list {
		result := "equal"
		switch {
		case c.failures > 0:
			result = "FAILED"
		case len(c.Different) > 0:
			result = "explained"
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\t%d\t%s\t%s\t%.0f\n", c.Tool, result, c.tests, c.Rows, c.Fields, len(c.Different),
			c.Ours.cells(), c.Theirs.cells(), c.seconds)
	}
	return table.Flush()
}
