package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedProgram(t, "gcc")
	testenv.NeedSDT(t)
	testenv.NeedHeaders(t)
}

// start starts several stackcounts at a time, and waits until all count.
func start(t *testing.T, lines [][]string) []*testenv.Proc {
	t.Helper()
	var all []*testenv.Proc
	for _, args := range lines {
		all = append(all, testenv.Start(t, append([]string{testenv.Tool(t, "stackcount"), "-v", "--json"}, args...)...))
	}
	for _, p := range all {
		p.Await("(?m)^stackcount: tracing$", time.Minute)
	}
	return all
}

// records reads JSON lines.
func records(t *testing.T, stdout string) []record {
	t.Helper()
	var all []record
	for line := range strings.Lines(stdout) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Time.IsZero() || r.Count == 0 {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, r)
	}
	return all
}

// upTo is a stack from the innermost function to the first with a name.
func upTo(stack []string, last string) string {
	if i := slices.Index(stack, last); i >= 0 {
		stack = stack[:i+1]
	}
	return strings.Join(stack, " ")
}

// checkUser checks the stacks of user space, up to main, by their counts.
func checkUser(t *testing.T, what string, got []record, want map[string]uint64) {
	t.Helper()
	counts := make(map[string]uint64)
	for _, r := range got {
		counts[upTo(r.User, "main")] += r.Count
		if r.Kernel != nil {
			t.Errorf("%s: a stack of the kernel, %q", what, r.Kernel)
		}
	}
	if !maps.Equal(counts, want) {
		t.Errorf("%s: got %v, want %v", what, counts, want)
	}
}

// Functions and static probes are counted by the functions that led there, of the
// process that was asked for.
func TestLive(t *testing.T) {
	needs(t)
	path := tooltest.BuildCallee(t)
	c, other := tooltest.StartCallee(t, path, testenv.StartCmd), tooltest.StartCallee(t, path, testenv.StartCmd)
	tests := []struct {
		args []string
		want map[string]uint64
	}{
		{[]string{"-r", path + ":(recurse|alpha)"}, map[string]uint64{"recurse main": 4, "recurse recurse main": 4, "recurse recurse recurse main": 4,
			"alpha main": 12}}, // tail leaves its frame to alpha
		{[]string{"u:" + path + ":one"}, map[string]uint64{"main": 7}},
	}
	var lines [][]string
	for _, test := range tests {
		lines = append(lines, append([]string{"-p", fmt.Sprint(c.Pid())}, test.args...))
	}
	tools := start(t, lines)
	for name, times := range map[string]int{"recurse": 4, "alpha": 5, "tail": 7, "beta": 9, "one": 7} {
		c.Call(name, times)
		other.Call(name, 1)
	}
	for i, test := range tests {
		checkUser(t, fmt.Sprint(test.args), records(t, tooltest.Stop(t, tools[i]).Stdout), test.want)
	}
}

// A tracepoint has the stack of the kernel, that of user space, or both. Processes
// are put together, or each is by itself; the same goes for the pictures.
func TestLiveProcesses(t *testing.T) {
	needs(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getpgid")
	path := tooltest.BuildCallee(t)
	dir := t.TempDir()
	pprof, svg := filepath.Join(dir, "out.pb.gz"), filepath.Join(dir, "out.svg")
	a, b := tooltest.StartCallee(t, path, testenv.StartCmd), tooltest.StartCallee(t, path, testenv.StartCmd)
	pid := fmt.Sprint(a.Pid())
	const point = "t:syscalls:sys_enter_getpgid"
	tools := start(t, [][]string{
		{path + ":alpha"},
		{"-P", "--pprof", pprof, "--flamegraph", svg, path + ":alpha"},
		{"-p", pid, point},
		{"-p", pid, "-K", point},
	})
	a.Call("alpha", 20)
	b.Call("alpha", 3)
	a.Call("call", 6)
	b.Call("call", 5)
	var got [][]record
	for _, p := range tools {
		got = append(got, records(t, tooltest.Stop(t, p).Stdout))
	}
	if r := got[0]; len(r) != 1 || r[0].Count != 23 || r[0].PID != 0 || r[0].Comm != "" || upTo(r[0].User, "main") != "alpha main" {
		t.Errorf("together: %+v", r)
	}
	if r := got[1]; len(r) != 2 || r[0].Count != 3 || r[0].PID != uint32(b.Pid()) || r[1].Count != 20 || r[1].PID != uint32(a.Pid()) || r[1].Comm != "callee" {
		t.Errorf("by process: %+v", r)
	}
	// Linux 6.1 gives these tracepoints the registers of user space, from which the
	// kernel's stack is not found.
	kernel := testenv.Current() != testenv.StageVM
	for i, r := range got[2:] {
		user := i == 0
		if len(r) != 1 || r[0].Count != 6 || slices.Contains(r[0].Kernel, "do_syscall_64") != kernel || (len(r[0].User) > 0 && r[0].User[0] == "syscall") != user {
			t.Errorf("a tracepoint, with user space: %t: %+v", user, r)
		}
	}
	checkPprof(t, pprof, map[int64]int64{int64(a.Pid()): 20, int64(b.Pid()): 3})
	text, err := os.ReadFile(svg)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{fmt.Sprintf("<title>callee [%d] (20 events, 86.96%%)</title>", a.Pid()), "<title>alpha (3 events, 13.04%)</title>"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// checkPprof checks a profile's counts by process, all of which are of alpha.
func checkPprof(t *testing.T, path string, want map[int64]int64) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.ParseData(data)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[int64]int64)
	for _, s := range p.Sample {
		got[s.NumLabel["pid"][0]] += s.Value[0]
		if name := s.Location[0].Line[0].Function.Name; name != "alpha" || s.Label["comm"][0] != "callee" {
			t.Errorf("a sample of %s: %v", name, s.Label)
		}
	}
	if !maps.Equal(got, want) || p.SampleType[0].Type != "events" {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Text is as BCC's: with addresses, offsets, processes and a mark between the
// stacks if wanted, in intervals or folded.
func TestLiveText(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getpgid")
	path := tooltest.BuildCallee(t)
	c := tooltest.StartCallee(t, path, testenv.StartCmd)
	pid := fmt.Sprint(c.Pid())
	run := func(args ...string) *testenv.Proc {
		args = append(args, "-p", pid, "t:syscalls:sys_enter_getpgid")
		return testenv.Start(t, append([]string{testenv.Tool(t, "stackcount")}, args...)...)
	}
	plain, full, folded := run("-T", "-i", "1"), run("-vsdP"), run("-fdPv")
	for _, p := range []*testenv.Proc{plain, full} {
		p.Await(`counting stacks of 1 tracepoints for "t:syscalls:sys_enter_getpgid" until Ctrl-C`, time.Minute)
	}
	folded.Await("(?m)^stackcount: tracing$", time.Minute)
	c.Call("call", 4)
	const clock = `\n\d\d:\d\d:\d\d\n`
	plain.Await("(?m)^    4$", time.Minute)
	for want, p := range map[string]*testenv.Proc{
		`(` + clock + `)*` + clock + `(  \w+\n)*  do_syscall_64\n(  \w+\n)+?  syscall\n(  .*\n)*    4\n\n(` + clock + `)*`:                                   plain,
		`\n(  f{4,8}[0-9a-f]+ \w+\+0x[0-9a-f]+\n)+    --\n  [0-9a-f]{12}     syscall\+0x[0-9a-f]+\n(  [0-9a-f]+ .*\n)*    callee \[` + pid + `\]\n    4\n\n`: full,
		`callee;(.*;)?syscall;-;(\w+;)*do_syscall_64;(\w+;)*\w+ 4\n`:                                                                                         folded,
	} {
		if out := tooltest.Stop(t, p).Stdout; !regexp.MustCompile("^" + want + "$").MatchString(out) {
			t.Errorf("got\n%swant\n%s", out, want)
		}
	}
}

// What cannot be written is told at once, and a run that fails leaves nothing. One
// in which nothing is counted ends by itself, and has its picture.
func TestLiveFiles(t *testing.T) {
	needs(t)
	dir := t.TempDir()
	for want, args := range map[string][]string{
		"--pprof /no/such/place/x: open ": {"--pprof", "/no/such/place/x", "c:malloc"},
		"this is no regular file":         {"--pprof", filepath.Join(dir, "x"), "--flamegraph", dir, "c:malloc"},
	} {
		r := testenv.Run(t, time.Minute, append([]string{testenv.Tool(t, "stackcount")}, args...)...)
		if r.ExitCode != 1 || !strings.Contains(r.Stderr, want) {
			t.Errorf("%q: %v", args, r)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	svg := filepath.Join(dir, "x.svg")
	r := testenv.Run(t, time.Minute, testenv.Tool(t, "stackcount"), "-D", "0.1", "-p", fmt.Sprint(os.Getpid()), "--flamegraph", svg, "u:"+tooltest.BuildCallee(t)+":two")
	if text, err := os.ReadFile(svg); r.ExitCode != 0 || r.Stdout != "\n" || err != nil || !strings.Contains(string(text), "Nothing was counted.") {
		t.Errorf("%v, %v, %s", r, err, text)
	}
}
