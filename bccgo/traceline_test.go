package bccgo

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

func TestParseTraceLine(t *testing.T) {
	tests := []struct {
		name string
		line string
		want TraceLine
	}{
		{
			"bpf_trace_printk",
			"            bash-1234    [001] d..31 12345.678901: bpf_trace_printk: hello",
			TraceLine{"bash", 1234, 0, 1, "d..31", 12345.678901, "bpf_trace_printk", "hello"},
		},
		{
			"four flags, five columns of pid, address for a name",
			"            bash-1234  [001] d..2    99.000001: 0x00000001: hello\n",
			TraceLine{"bash", 1234, 0, 1, "d..2", 99.000001, "0x00000001", "hello"},
		},
		{
			"no name before the message",
			"            bash-1234  [001] d..2    99.000001: : hello",
			TraceLine{"bash", 1234, 0, 1, "d..2", 99.000001, "", "hello"},
		},
		{
			"six flags",
			"            bash-1234    [011] d.Lh21    99.5: bpf_trace_printk: x",
			TraceLine{"bash", 1234, 0, 11, "d.Lh21", 99.5, "bpf_trace_printk", "x"},
		},
		{
			"without irq-info",
			"           <...>-6916    [001]   1516.686259: tracing_mark_write: hello",
			TraceLine{"<...>", 6916, 0, 1, "", 1516.686259, "tracing_mark_write", "hello"},
		},
		{
			"process known",
			"            bash-1235    (   1234) [001] ...1.  1516.381997: tracing_mark_write: hello",
			TraceLine{"bash", 1235, 1234, 1, "...1.", 1516.381997, "tracing_mark_write", "hello"},
		},
		{
			"process not recorded",
			"           <...>-6916    (-------) [001] ...1.  1516.381997: tracing_mark_write: hello",
			TraceLine{"<...>", 6916, 0, 1, "...1.", 1516.381997, "tracing_mark_write", "hello"},
		},
		{
			"idle task, seven digits of pid",
			"          <idle>-4194303 [127] dNs4. 1.5: bpf_trace_printk: x",
			TraceLine{"<idle>", 4194303, 0, 127, "dNs4.", 1.5, "bpf_trace_printk", "x"},
		},
		{
			"clock that counts",
			"           <...>-6916    [000] ...1. 3942545644740: tracing_mark_write: x",
			TraceLine{"<...>", 6916, 0, 0, "...1.", 3942545644740, "tracing_mark_write", "x"},
		},
		{
			"message with colons and spaces",
			"            bash-7       [000] d..2. 1.5: bpf_trace_printk:  GET: http://[::1]:80 -9 [3] ",
			TraceLine{"bash", 7, 0, 0, "d..2.", 1.5, "bpf_trace_printk", " GET: http://[::1]:80 -9 [3] "},
		},
		{
			"message of another tracer",
			"            bash-7       [000] d..2. 1.5: do_sys_open <-x: y",
			TraceLine{"bash", 7, 0, 0, "d..2.", 1.5, "", "do_sys_open <-x: y"},
		},
		{
			"empty message",
			"            bash-7       [000] d..2. 1.5: bpf_trace_printk:",
			TraceLine{"bash", 7, 0, 0, "d..2.", 1.5, "bpf_trace_printk", ""},
		},
		{
			"dashes and slashes in the task",
			"  kworker/0:1-ev-81      [000] d..2. 1.5: bpf_trace_printk: x",
			TraceLine{"kworker/0:1-ev", 81, 0, 0, "d..2.", 1.5, "bpf_trace_printk", "x"},
		},
		{
			"spaces, parentheses and brackets in the task",
			"   (sd pam) [0]:-81      [000] d..2. 1.5: bpf_trace_printk: x",
			TraceLine{"(sd pam) [0]:", 81, 0, 0, "d..2.", 1.5, "bpf_trace_printk", "x"},
		},
		{
			"task that imitates the columns",
			" a-1 [0] d 1: b:-81      [003] d..2. 1.5: bpf_trace_printk: x",
			TraceLine{"a-1 [0] d 1: b:", 81, 0, 3, "d..2.", 1.5, "bpf_trace_printk", "x"},
		},
		{
			"task that imitates a lost note",
			"           CPU:3-81      [003] d..2. 1.5: bpf_trace_printk: x",
			TraceLine{"CPU:3", 81, 0, 3, "d..2.", 1.5, "bpf_trace_printk", "x"},
		},
		{
			"indentation lost",
			"my-task-81 [003] d..2. 1.5: bpf_trace_printk: a-5 [001] d 1.0: b",
			TraceLine{"my-task", 81, 0, 3, "d..2.", 1.5, "bpf_trace_printk", "a-5 [001] d 1.0: b"},
		},
		{
			"empty task",
			"                -81      [003] d..2. 1.5: bpf_trace_printk: x",
			TraceLine{"", 81, 0, 3, "d..2.", 1.5, "bpf_trace_printk", "x"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseTraceLine(tt.line)
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestParseTraceLineRefuses(t *testing.T) {
	for _, line := range []string{
		"",
		"second line of a message",
		"CPU:3 [LOST 23 EVENTS]",
		"   <...>-6916      1...1. 1516990011us : tracing_mark_write: latency-format",
		"tracing_mark_write: nocontext-info",
		"            bash-12x4 [001] d..2. 1.5: a: b",
		"            bash-1234 [0x1] d..2. 1.5: a: b",
		"            bash-1234 [001] d..2. 0x1p3: a: b",
		"            bash-1234 [001] d..2. inf: a: b",
		"            bash-1234 [001] d..2. 1.2.3: a: b",
		"            bash-1234 [001] : a: b",
		"            bash-1234 [001] d..2. 1.5",
		"            bash-1234 (x) [001] d..2. 1.5: a: b",
		"            bash-1234 () [001] d..2. 1.5: a: b",
		"            bash-99999999999999999999 [001] d..2. 1.5: a: b",
		"            bash-1234[001] d..2. 1.5: a: b",
	} {
		got, err := ParseTraceLine(line)
		var typed *TraceLineError
		if !errors.As(err, &typed) || typed.Line != line {
			t.Errorf("%q: parsed as %+v, error %v, want a TraceLineError", line, got, err)
		}
	}
}

func TestParseLost(t *testing.T) {
	for line, want := range map[string]uint64{
		"CPU:3 [LOST 23 EVENTS]":   23,
		"CPU:127 [LOST 1 EVENTS]":  1,
		"CPU:0 [LOST EVENTS]":      1,
		"CPU:x [LOST 23 EVENTS]":   0,
		"CPU:3 [LOST -1 EVENTS]":   0,
		"CPU:3 [LOST 23 EVENTS] .": 0,
		" CPU:3 [LOST 23 EVENTS]":  0,
		"CPU:3 23 EVENTS]":         0,
	} {
		if got, ok := parseLost(line); got != want || ok != (want > 0) {
			t.Errorf("parseLost(%q) = %d, %v, want %d", line, got, ok, want)
		}
	}
}

// kernelLine lays a line out as the kernel does.
func kernelLine(l TraceLine) string {
	tgid := ""
	if l.TGID != 0 {
		tgid = fmt.Sprintf("(%7d) ", l.TGID)
	}
	return fmt.Sprintf("%16s-%-7d %s[%03d] %s %s: %s: %s\n", l.Task, l.PID, tgid, l.CPU, l.Flags,
		strconv.FormatFloat(l.Timestamp, 'f', -1, 64), l.Event, l.Message)
}

func FuzzParseTraceLine(f *testing.F) {
	for _, seed := range []string{
		"            bash-1234    [001] d..31 12345.678901: bpf_trace_printk: hello",
		"           <...>-6916    (-------) [001] ...1.  1516.381997: tracing_mark_write: hello",
		"            bash-1235    (   1234) [001] ...1.  1516.381997: x: hello",
		" a-1 [0] d 1: b:-81      [003]  1.5: : x",
		"my-task-81 [003] d..2. 1.5: bpf_trace_printk: a-5 [001] d 1.0: b",
		"CPU:3 [LOST 23 EVENTS]",
		"CPU:3 [LOST EVENTS]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		first, err := ParseTraceLine(line)
		if err != nil {
			if first != (TraceLine{}) {
				t.Fatalf("error %v and %+v", err, first)
			}
			return
		}
		if _, lost := parseLost(strings.TrimSuffix(line, "\n")); lost {
			t.Fatalf("a lost note parsed as %+v", first)
		}
		if len(first.Task) >= taskWidth {
			return // not a name the kernel can print
		}
		// %16s counts characters, the kernel bytes.
		padded := first
		padded.Task = fmt.Sprintf("%*s", taskWidth-len(first.Task)+len([]rune(first.Task)), first.Task)
		again, err := ParseTraceLine(kernelLine(padded))
		if err != nil || again != first {
			t.Fatalf("laid out as the kernel does:\n%s\ngot  %+v, error %v\nwant %+v", kernelLine(padded), again, err, first)
		}
	})
}
