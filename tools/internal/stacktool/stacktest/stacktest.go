// Package stacktest is for tests of tools that add up by stacks.
package stacktest

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Records reads lines of --json.
func Records[R any](t testing.TB, stdout string) []R {
	t.Helper()
	var all []R
	for line := range strings.Lines(stdout) {
		var r R
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, r)
	}
	return all
}

// UpTo is a stack from the innermost function to the first one of a name, in one
// line.
func UpTo(stack []string, last string) string {
	if i := slices.Index(stack, last); i >= 0 {
		stack = stack[:i+1]
	}
	return strings.Join(stack, " ")
}

// Ran returns for how long a process's first thread has been on processors.
func Ran(t testing.TB, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), " ")
	ns, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return time.Duration(ns)
}
