package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// BCC's own tool counts the same.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	testenv.NeedKprobes(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	pid := fmt.Sprint(c.Pid())
	const pattern = "__x64_sys_getp*id"
	theirs := tooltest.StartTheirs(t, "funccount", "Tracing [1-9]", "-p", pid, pattern)
	ours := startTool(t, "-p", pid, pattern)
	c.Call("call", 23)
	theirOutput := tooltest.StopTheirs(t, theirs)
	got, want := rows(stop(t, ours)), rows(theirOutput)
	side.Lines("functions", strings.Split(got, "\n"), strings.Split(want, "\n"))
	if got != "__x64_sys_getpgid 23" {
		t.Errorf("ours: %q, BCC's: %q\n%s\n%s", got, want, theirOutput, theirs.Stderr())
	}
}

// Functions of the kernel are counted, by one link where a pattern matches several.
func TestVMKernel(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	pid := fmt.Sprint(c.Pid())
	one := startTool(t, "--json", "-p", pid, "sys_getpgid")
	every := startTool(t, "--json", "vfs_*")
	c.Call("call", 23)
	check(t, "one", counts(t, stop(t, one)), map[string]uint64{"sys_getpgid": 23})
	all := counts(t, stop(t, every))
	for name := range all {
		if !strings.HasPrefix(name, "vfs_") {
			t.Errorf("%s is counted", name)
		}
	}
	if all["vfs_read"] == 0 || all["vfs_write"] == 0 || all["vfs_open"] == 0 {
		t.Errorf("of vfs_* are counted: %v", all)
	}
	matched := regexp.MustCompile(`enter_0 at (\d+) places`).FindStringSubmatch(every.Stderr())
	if n, _ := strconv.Atoi(append(matched, "", "")[1]); n < 20 {
		t.Errorf("not one link for many: %s", every.Stderr())
	}
}

// rows are the lines below the heading with single spaces.
func rows(out string) string {
	var rows []string
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) == 2 && f[0] != "FUNC" {
			rows = append(rows, strings.Join(f, " "))
		}
	}
	return strings.Join(rows, "\n")
}

// Bad names of the kernel's have the nearest ones below them, and too many are
// refused.
func TestVMBadInput(t *testing.T) {
	testenv.VM(t)
	for pattern, want := range map[string]string{
		"vfs_raed":               "did you mean vfs_read",
		"no_such_*":              "no kernel function of this kernel matches the pattern\n    no_such_*\n    ^~~~~~~~~\n",
		"*":                      " kernel functions match, and at most 1000 are probed at a time: ",
		"t:sched:sched_swich":    "did you mean sched:sched_switch",
		"t:no_such:*":            "no tracepoint of this kernel matches the pattern\n    t:no_such:*\n              ^\n",
		"t:*:*":                  " tracepoints match, and at most 1000 ",
		"vfs_read+0x7fffffffff":  "vfs_read+0x7fffffffff\n    ^~~~~~~~~~~~~~~~~~~~~\n",
		"__x64_sys_getpgid+junk": "want an offset in bytes after +",
	} {
		r := testenv.Run(t, time.Minute, testenv.Tool(t, "funccount"), "-d", "1", pattern)
		if r.ExitCode != 1 || r.Stdout != "" || !strings.Contains(r.Stderr, want) {
			t.Errorf("%s: %v", pattern, r)
		}
	}
}
