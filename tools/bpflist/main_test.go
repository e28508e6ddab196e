package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo/inspect"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestReport(t *testing.T) {
	held := []inspect.Holder{
		{PID: 70000, Comm: "agent", FD: 3, Kind: "program", ID: 5},
		{PID: 70000, Comm: "agent", FD: 4, Kind: "program", ID: 6},
		{PID: 70000, Comm: "agent", FD: 5, Kind: "table", ID: 1},
		{PID: 70000, Comm: "agent", FD: 6, Kind: "types", ID: 1},
		{PID: 70000, Comm: "agent", FD: 7, Kind: "link", ID: 9},
		{PID: 70000, Comm: "agent", FD: 8, Kind: "event", ID: 5, Event: &inspect.Event{Kind: "uprobe", Target: "/lib/a.so+0x10"}},
		{PID: 9, Comm: "a\x1bb", FD: 3, Kind: "table", ID: 7},
	}
	const plain = "PID    COMM             TYPE       COUNT\n9      a\\x1bb           map        1\n70000  agent            map        1\n70000  agent            prog       2\n"
	for verbosity, want := range []string{
		plain,
		strings.Replace(plain, "70000  agent            map", "70000  agent            link       1\n70000  agent            map", 1) +
			"70000  agent            uprobe     1\n",
	} {
		got := tooltest.Printed(t, toolkit.Common{}, func(s *toolkit.Session) error { return report(s, held, verbosity) })
		if got != want {
			t.Errorf("-v %d: got\n%s\nwant\n%s", verbosity, got, want)
		}
	}
	got := tooltest.Printed(t, toolkit.Common{}, func(s *toolkit.Session) error { return report(s, held, 2) })
	if !strings.HasPrefix(got, "PID    COMM             PROBE      PLACE\n70000  agent            uprobe     /lib/a.so+0x10\n\nPID ") {
		t.Errorf("-vv: %s", got)
	}
}

// program has one function at two places, and two tables.
const program = `
BPF_HASH(first, u32, u64);
BPF_ARRAY(second, u64, 4);

TRACEPOINT_PROBE(syscalls, sys_enter_getpgid)
{
	u32 key = 0;
	u64 *n = second.lookup(&key);

	if (n && bpf_get_current_pid_tgid() >> 32 == 1)
		first.increment(key);
	return 0;
}
`

// What bccgo holds is found, and nothing of it when it has ended.
func TestLive(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getpgid")
	p := testenv.Start(t, testenv.Tool(t, "bccgo"), "run", "-e", program)
	awaitHeld(t, p.Pid(), map[string]int{"prog": 1, "map": 2, "link": 1, "tracepoint": 1})
	_, listed, _ := tooltest.Execute(tool(), "-vv")
	if want := fmt.Sprintf("(?m)^%-6d bccgo +tracepoint sys_enter_getpgid$", p.Pid()); !regexp.MustCompile(want).MatchString(listed) {
		t.Errorf("the place is not listed: %s", listed)
	}
	p.Stop()
	if got := heldBy(t, p.Pid(), "-v"); len(got) != 0 {
		t.Errorf("held by a process that has ended: %v", got)
	}
}

// heldBy counts by type what a process holds.
func heldBy(t *testing.T, pid int, args ...string) map[string]int {
	t.Helper()
	code, stdout, stderr := tooltest.Execute(tool(), append(args, "--json")...)
	if code != 0 || stderr != "" {
		t.Fatalf("%d, %s", code, stderr)
	}
	found := make(map[string]int)
	for line := range strings.Lines(stdout) {
		var r row
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if r.PID == pid {
			found[r.Type] = r.Count
		}
	}
	return found
}

// BCC's own tool counts the same programs and tables.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	testenv.NeedKprobes(t)
	path, err := exec.LookPath("bpflist-bpfcc")
	if err != nil {
		t.Fatal(err)
	}
	p := testenv.Start(t, testenv.Tool(t, "bccgo"), "run", "-e", strings.Replace(program, "TRACEPOINT_PROBE(syscalls, sys_enter_getpgid)", "int kprobe__do_nanosleep(void *ctx)", 1))
	awaitHeld(t, p.Pid(), map[string]int{"prog": 1, "map": 2, "link": 1, "kprobe": 1})
	theirs := testenv.Run(t, 3*time.Minute, "/usr/bin/python3", path)
	for typ, n := range map[string]int{"prog": 1, "map": 2} {
		row := fmt.Sprintf(`(?m)^%d +%s +%s +%d *$`, p.Pid(), filepath.Base("bccgo"), typ, n)
		if !regexp.MustCompile(row).MatchString(theirs.Stdout) {
			t.Errorf("BCC's has no row %s:\n%s", row, theirs.Stdout)
			continue
		}
		side.Lines(typ, []string{fmt.Sprint(p.Pid(), typ, n)}, []string{fmt.Sprint(p.Pid(), typ, n)})
	}
}

// awaitHeld waits until a process holds so many of each type.
func awaitHeld(t *testing.T, pid int, want map[string]int) {
	t.Helper()
	end := time.Now().Add(testenv.Timeout(30 * time.Second))
	for got := heldBy(t, pid, "-v"); !reflect.DeepEqual(got, want); got = heldBy(t, pid, "-v") {
		if time.Now().After(end) {
			t.Fatalf("held: %v, want %v", got, want)
		}
		time.Sleep(testenv.Timeout(20 * time.Millisecond))
	}
}
