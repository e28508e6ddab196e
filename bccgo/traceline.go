package bccgo

import (
	"fmt"
	"strconv"
	"strings"
)

// TraceLine is one line of the kernel's trace in fields.
type TraceLine struct {
	Task      string  // the task's name; "<...>" when the kernel no longer knows it
	PID       int     // the thread that wrote the line, in the initial pid namespace
	TGID      int     // its process; 0 unless the trace option record-tgid is on
	CPU       int     // the CPU it ran on
	Flags     string  // interrupt and preemption state, as in "d..31"; empty with the option noirq-info
	Timestamp float64 // seconds since boot; the bare number under a trace clock that counts otherwise
	Event     string  // what wrote the line: "bpf_trace_printk", on kernels before 5.9 an address
	Message   string  // the text
}

// TraceLineError reports a line that is not in the kernel's trace format.
type TraceLineError struct {
	Line   string
	Reason string
}

func (e *TraceLineError) Error() string {
	return fmt.Sprintf("parse trace line %q: %s", e.Line, e.Reason)
}

// taskWidth is the column in which the kernel right-aligns the task's name. A
// dash follows.
const taskWidth = 16

// ParseTraceLine splits a line of trace_pipe, in the kernel's default layout,
// with or without the columns of the trace options record-tgid and irq-info.
// The "bpf_trace_printk: " before the message becomes Event.
//
// The error is a *TraceLineError: for the kernel's notes about lost events,
// for the later lines of a message that contains newlines, and for all lines
// under trace options that change the layout (latency-format,
// nocontext-info, printk-msg-only).
func ParseTraceLine(line string) (TraceLine, error) {
	line = strings.TrimSuffix(line, "\n")
	if _, ok := parseLost(line); ok {
		return TraceLine{}, &TraceLineError{line, "it reports lost events"}
	}
	// A name may contain anything, even text that looks like the columns
	// after it, so its fixed width is the first thing to go by.
	if len(line) > taskWidth && line[taskWidth] == '-' {
		if l, ok := parseAfterTask(line[taskWidth+1:]); ok {
			l.Task = strings.TrimLeft(line[:taskWidth], " ")
			return l, nil
		}
	}
	// Copied lines have often lost their indentation.
	for i := range len(line) {
		if line[i] != '-' {
			continue
		}
		if l, ok := parseAfterTask(line[i+1:]); ok {
			l.Task = strings.TrimLeft(line[:i], " ")
			return l, nil
		}
	}
	return TraceLine{}, &TraceLineError{line, "no TASK-PID [CPU] FLAGS TIMESTAMP: at its start"}
}

// parseAfterTask parses what follows the dash after the task's name.
func parseAfterTask(s string) (TraceLine, bool) {
	var l TraceLine
	var ok bool
	if l.PID, s, ok = cutNumber(s); !ok || !strings.HasPrefix(s, " ") {
		return l, false
	}
	s = strings.TrimLeft(s, " ")
	if inner, rest, found := cutBrackets(s, "(", ")"); found {
		if l.TGID, ok = parseTGID(inner); !ok {
			return l, false
		}
		s = strings.TrimLeft(rest, " ")
	}
	cpu, s, ok := cutBrackets(s, "[", "]")
	if !ok {
		return l, false
	}
	if l.CPU, cpu, ok = cutNumber(cpu); !ok || cpu != "" {
		return l, false
	}
	columns, text, ok := strings.Cut(s, ":")
	if !ok || !l.setFlagsAndTime(columns) {
		return l, false
	}
	l.Event, l.Message = splitEvent(strings.TrimPrefix(text, " "))
	return l, true
}

// setFlagsAndTime parses the columns between the CPU and the first colon.
func (l *TraceLine) setFlagsAndTime(columns string) bool {
	f := strings.Fields(columns)
	switch len(f) {
	case 1:
	case 2:
		l.Flags = f[0]
	default:
		return false
	}
	stamp := f[len(f)-1]
	// ParseFloat alone would also accept hexadecimal, signs and "inf".
	if strings.Trim(stamp, "0123456789.") != "" {
		return false
	}
	var err error
	l.Timestamp, err = strconv.ParseFloat(stamp, 64)
	return err == nil
}

// splitEvent cuts the writer's name, a single word, from the message.
// Kernels before 4.13 print an empty word where they know no symbol.
func splitEvent(text string) (event, message string) {
	event, message, found := strings.Cut(text, ":")
	if !found || strings.ContainsAny(event, " \t") {
		return "", text
	}
	return event, strings.TrimPrefix(message, " ")
}

// parseTGID parses the inside of the record-tgid column, dashes when the
// kernel has not recorded the process.
func parseTGID(s string) (int, bool) {
	if s = strings.TrimLeft(s, " "); s != "" && strings.Trim(s, "-") == "" {
		return 0, true
	}
	n, rest, ok := cutNumber(s)
	return n, ok && rest == ""
}

// cutNumber cuts the decimal number that s starts with.
func cutNumber(s string) (n int, rest string, ok bool) {
	rest = strings.TrimLeft(s, "0123456789")
	n, err := strconv.Atoi(s[:len(s)-len(rest)])
	return n, rest, err == nil
}

// cutBrackets cuts the bracketed text that s starts with.
func cutBrackets(s, open, closing string) (inner, rest string, ok bool) {
	s, ok = strings.CutPrefix(s, open)
	if !ok {
		return "", s, false
	}
	return strings.Cut(s, closing)
}

// parseLost recognizes the kernel's note that a CPU's buffer overflowed,
// "CPU:3 [LOST 23 EVENTS]". Where the kernel doesn't know how many it says
// "[LOST EVENTS]", which counts as one.
func parseLost(line string) (events uint64, ok bool) {
	s, ok := strings.CutPrefix(line, "CPU:")
	if !ok {
		return 0, false
	}
	_, s, ok = cutNumber(s)
	if !ok {
		return 0, false
	}
	if s == " [LOST EVENTS]" {
		return 1, true
	}
	s, before := strings.CutPrefix(s, " [LOST ")
	s, after := strings.CutSuffix(s, " EVENTS]")
	events, err := strconv.ParseUint(s, 10, 64)
	return events, before && after && err == nil
}
