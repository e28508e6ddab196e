package host

import (
	"fmt"
	"io"
	"strings"
)

// colors of the states, as terminals take them.
var colors = map[Status]string{OK: "\x1b[32m", Warn: "\x1b[33m", Fail: "\x1b[31m", Unknown: "\x1b[36m"}

const plain = "\x1b[0m"

// Text writes checks for people: a line each with state, name and value, and
// below those that are not OK what the trouble is and how to mend it, then a
// line that sums up. color marks the state for a terminal.
func Text(w io.Writer, checks []Check, color bool) error {
	width := 0
	for _, c := range checks {
		width = max(width, len(c.Name))
	}
	var out strings.Builder
	for _, c := range checks {
		line := fmt.Sprintf("%s  %-*s  %s", state(c.Status, color), width, c.Name, c.Value)
		out.WriteString(strings.TrimRight(line, " ") + "\n")
		detail(&out, "why", c.Why)
		for _, fix := range c.Fix {
			detail(&out, "fix", fix)
		}
	}
	out.WriteString("\n" + summary(checks) + "\n")
	_, err := io.WriteString(w, out.String())
	return err
}

func state(s Status, color bool) string {
	text := fmt.Sprintf("%-7s", s)
	if color {
		return colors[s] + text + plain
	}
	return text
}

func detail(out *strings.Builder, label, text string) {
	if text != "" {
		fmt.Fprintf(out, "         %s: %s\n", label, text)
	}
}

func summary(checks []Check) string {
	count := make(map[Status]int)
	for _, c := range checks {
		count[c.Status]++
	}
	if count[OK] == len(checks) {
		return "Everything that was checked is in order."
	}
	return fmt.Sprintf("%d in order, %d with limits, %d failing, %d unknown.", count[OK], count[Warn], count[Fail], count[Unknown])
}
