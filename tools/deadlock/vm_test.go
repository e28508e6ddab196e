package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// BCC's own tool finds the same mutexes, taken in the same orders by the same
// functions, in a program of the same kind: each process takes them once. Of the
// callers of the locking function it misses the first: at the function's entry, the
// frame that Linux 6.1 begins with is still that of the caller.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	path := buildOrders(t)
	o := startOrders(t, path, "three")
	libc, err := bccgo.FindLibrary("c", o.Pid())
	if err != nil {
		t.Fatal(err)
	}
	theirs := tooltest.StartTheirs(t, "deadlock", "Tracing", "--binary", libc, fmt.Sprint(o.Pid()))
	o.run()
	r := theirs.Wait(2 * time.Minute)
	want := takenOrders(t, o, r.Stdout, 1)

	o = startOrders(t, path, "three")
	ours := startTool(t, fmt.Sprint(o.Pid()))
	o.run()
	got := takenOrders(t, o, finds(t, ours).Stdout, 2)
	if len(got) != 3 || !slices.Equal(got, want) {
		t.Errorf("ours: %q\nBCC's: %q\n%s", got, want, r.Stdout)
	}
	side.Lines("orders", got, want)
	side.Explained("stacks", "BCC's lack the caller of the locking function, as Linux 6.1 takes stacks at a function's entry")
}

var (
	acquired = regexp.MustCompile(`(?m)^Mutex M\d \(.*(0x[0-9a-f]{16})\) acquired here while holding Mutex M\d \(.*(0x[0-9a-f]{16})\) in Thread \d+ \((\w+)\):\n((?:@.*\n)+)`)
	frameRow = regexp.MustCompile(`(?m)^@ [0-9a-f]{16} (?:b')?(\w+)`)
)

// takenOrders are the mutexes that were taken and held in a report, with the
// program and a function: the one that is so far from the start of the stack.
func takenOrders(t *testing.T, o *orders, out string, function int) []string {
	t.Helper()
	names := o.names()
	var all []string
	for _, f := range acquired.FindAllStringSubmatch(out, -1) {
		functions := frameRow.FindAllStringSubmatch(f[4], -1)
		if len(functions) <= function {
			t.Fatalf("no callers: %s", out)
		}
		all = append(all, strings.Join([]string{names[f[1]], names[f[2]], f[3], functions[function][1]}, " "))
	}
	slices.Sort(all)
	return all
}
