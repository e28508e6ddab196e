package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// report prints failures with their output, skipped tests by reason, and the
// line that counts. It reports whether all is well.
func report(w io.Writer, list []verdict) bool {
	for _, v := range list {
		for _, f := range v.failures {
			fmt.Fprintf(w, "FAIL %s (%s)\n%s", v.key, f.stage, indent(f.output))
		}
	}
	printSkips(w, list)
	line, ok := tally(list)
	fmt.Fprintln(w, line)
	return ok
}

func printSkips(w io.Writer, list []verdict) {
	byReason := make(map[string][]string)
	var reasons []string
	for _, v := range list {
		if v.state != skipped {
			continue
		}
		if byReason[v.reason] == nil {
			reasons = append(reasons, v.reason)
		}
		byReason[v.reason] = append(byReason[v.reason], v.String())
	}
	slices.Sort(reasons)
	for _, reason := range reasons {
		names := byReason[reason]
		fmt.Fprintf(w, "SKIP %s (%d)\n%s", reason, len(names), indent(strings.Join(names, "\n")))
	}
}

// indent sets every line of a text off by four blanks.
func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("    " + strings.TrimRight(line, "\r\n") + "\n")
	}
	return b.String()
}
