package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/stacktool"
	"github.com/bccgo/bcc/tools/internal/stacktool/stacktest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedTracepoint(t, "sched:sched_switch")
	testenv.NeedProgram(t, "gcc")
	testenv.NeedSDT(t)
	testenv.NeedHeaders(t)
}

// act has a process wait: 5 times 30 ms, 5 times 10 ms, and twice for another
// thread that waits for 20 ms. It returns how long that took in all.
func act(c *tooltest.Callee) time.Duration {
	begin := time.Now()
	c.Call("rest_long", 5)
	c.Call("rest_short", 5)
	c.Call("handoff", 2)
	return time.Since(begin)
}

// inKernel is where threads wait in the kernel, by the stack of user space.
var inKernel = map[string]string{"rest rest_long main": "do_nanosleep", "rest rest_short main": "do_nanosleep", "await handoff main": "vfs_read"}

// sum adds up the waits in a function of a process, but for those in which it only
// lost the processor.
func sum(all []stacktool.Waited, stack string) time.Duration {
	var us uint64
	for _, r := range all {
		if stacktest.UpTo(r.User, "main") == stack && (r.Kernel == nil || slices.Contains(r.Kernel, inKernel[stack])) {
			us += r.Took
		}
	}
	return time.Duration(us) * time.Microsecond
}

// check checks waits that are known: at least so long, at most as long as all took.
func check(t *testing.T, what string, all []stacktool.Waited, most time.Duration, want map[string]time.Duration) {
	t.Helper()
	for stack, least := range want {
		if got := sum(all, stack); got < least || got > most {
			t.Errorf("%s: %s waited %v, want from %v to %v", what, stack, got, least, most)
		}
	}
}

// Waits are as long as they were, by the stacks where they were, of the process
// that was asked for, thread by thread.
func TestLive(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	path := tooltest.BuildCallee(t)
	c, other := tooltest.StartCallee(t, path, testenv.StartCmd), tooltest.StartCallee(t, path, testenv.StartCmd)
	p := tooltest.Start(t, "offcputime", "--json", "-p", strconv.Itoa(c.Pid()))
	long := tooltest.Start(t, "offcputime", "--json", "-m", "29000", "-p", strconv.Itoa(c.Pid()))
	short := tooltest.Start(t, "offcputime", "--json", "-M", "15000", "-t", strconv.Itoa(c.Pid()))
	most := act(c)
	other.Call("rest_long", 1)
	all := stacktest.Records[stacktool.Waited](t, tooltest.StopNow(t, p).Stdout)
	check(t, "all", all, most, map[string]time.Duration{
		"rest rest_long main": 150 * time.Millisecond, "rest rest_short main": 50 * time.Millisecond, "await handoff main": 38 * time.Millisecond})
	pokers := make(map[uint32]bool)
	for _, r := range all {
		if r.Time.IsZero() || r.PID != uint32(c.Pid()) || r.Waker != nil {
			t.Errorf("got %+v", r)
		}
		if stacktest.UpTo(r.User, "poker") == "rest poker" && r.Comm == "poker" && r.Took >= 20000 {
			pokers[r.TID] = true
		} else if where := inKernel[stacktest.UpTo(r.User, "main")]; where != "" &&
			(r.Comm != "callee" || r.TID != r.PID || !strings.HasPrefix(r.Kernel[0], "__schedule")) {
			t.Errorf("got %+v", r)
		}
	}
	if len(pokers) != 2 || pokers[uint32(c.Pid())] {
		t.Errorf("threads called poker: %v", pokers)
	}
	all = stacktest.Records[stacktool.Waited](t, tooltest.StopNow(t, long).Stdout)
	check(t, "long ones", all, most, map[string]time.Duration{"rest rest_long main": 150 * time.Millisecond})
	for _, r := range all {
		if r.Took < 29000 {
			t.Errorf("-m 29000: %+v", r)
		}
	}
	all = stacktest.Records[stacktool.Waited](t, tooltest.StopNow(t, short).Stdout)
	if got := sum(all, "rest rest_long main"); got != 0 {
		t.Errorf("-M 15000: %v", got)
	}
	for _, r := range all {
		if r.TID != uint32(c.Pid()) {
			t.Errorf("-t: %+v", r)
		}
	}
}

// States tell sleeping threads from those that could run on.
func TestLiveStates(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	asleep := tooltest.Start(t, "offcputime", "--json", "--state", "1", "-p", strconv.Itoa(c.Pid()))
	runnable := tooltest.Start(t, "offcputime", "--json", "--state", "0", "-p", strconv.Itoa(c.Pid()))
	most := act(c)
	check(t, "asleep", stacktest.Records[stacktool.Waited](t, tooltest.StopNow(t, asleep).Stdout), most,
		map[string]time.Duration{"rest rest_long main": 150 * time.Millisecond})
	if got := sum(stacktest.Records[stacktool.Waited](t, tooltest.StopNow(t, runnable).Stdout), "rest rest_long main"); got != 0 {
		t.Errorf("runnable and yet asleep for %v", got)
	}
}

// Text and folded lines have the flags' marks, offsets and kinds of stacks, and the
// pictures have the same sums.
func TestLiveText(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	pprof, svg := filepath.Join(t.TempDir(), "out.pb.gz"), filepath.Join(t.TempDir(), "out.svg")
	run := func(args ...string) *testenv.Proc {
		return tooltest.Start(t, "offcputime", append(args, "-p", strconv.Itoa(c.Pid()))...)
	}
	tests := map[string]*testenv.Proc{
		`(?m)^    __schedule\n(    \w+\n)*    do_nanosleep\n(    .*\n)*    --\n    rest\n    rest_long\n    main\n    .*\n(    .*\n)*    -                callee \(PID\)\n        \d{6,}$`: run("-d"),
		`^\n(    [\w.]+\+0x[0-9a-f]+\n)+    -                (callee|poker) \(`:                                              run("-K", "-s"),
		`(?m)^    rest\n    rest_long\n    main\n(    .*\n)*    -                callee \(PID\)$`:                            run("-U", "--pprof", pprof, "--flamegraph", svg),
		`(?m)^callee;(\S+;)*main;rest_long;rest;-;entry_SYSCALL_64_after_hwframe;(\w+;)*do_nanosleep;(\w+;)*__schedule \d+$`: run("-f", "-d"),
	}
	act(c)
	for want, p := range tests {
		want = strings.ReplaceAll(want, "PID", strconv.Itoa(c.Pid()))
		if out := tooltest.StopNow(t, p).Stdout; !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("got\n%swant\n%s", out, want)
		}
	}
	checkPictures(t, pprof, svg)
}

func checkPictures(t *testing.T, pprof, svg string) {
	t.Helper()
	data, err := os.ReadFile(pprof)
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.ParseData(data)
	if err != nil {
		t.Fatal(err)
	}
	var rested int64
	for _, s := range p.Sample {
		if s.Location[0].Line[0].Function.Name == "rest" && s.Location[1].Line[0].Function.Name == "rest_long" {
			rested += s.Value[0]
		}
	}
	if rested < 150000 || p.SampleType[0].Type != "wait" || p.SampleType[0].Unit != "microseconds" {
		t.Errorf("%d us of %v", rested, p.SampleType)
	}
	text, err := os.ReadFile(svg)
	if want := fmt.Sprintf("<title>rest_long (%d microseconds", rested); err != nil || !strings.Contains(string(text), want) {
		t.Errorf("no %q in the flame graph: %v", want, err)
	}
}

// memory is what --stats says of the tool's.
var memory = regexp.MustCompile(`memory ([0-9.]+) MiB at most`)

// 10,000 stacks are told apart and cost little; those without room are counted.
func TestLiveManyStacks(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	const ways, room, few = 10000, 100, 100 // of few it may be over before they sleep
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	p := tooltest.Start(t, "offcputime", "--json", "--stats", "-U", "-p", strconv.Itoa(c.Pid()))
	small := tooltest.Start(t, "offcputime", "--json", "-U", "--stack-storage-size", strconv.Itoa(room), "-p", strconv.Itoa(c.Pid()))
	c.Call("way", ways+few)
	r := tooltest.StopNow(t, p)
	seen := make(map[string]bool)
	for _, r := range stacktest.Records[stacktool.Waited](t, r.Stdout) {
		if way := stacktest.UpTo(r.User, "main"); strings.Count(way, "way_") == 15 {
			seen[way] = true
		}
	}
	if len(seen) < ways {
		t.Errorf("%d of %d ways", len(seen), ways)
	}
	const most = 40
	if m := memory.FindStringSubmatch(r.Stderr); m == nil {
		t.Errorf("no memory in %s", r.Stderr)
	} else if mib, err := strconv.ParseFloat(m[1], 64); err != nil || mib > most {
		t.Errorf("%s MiB, want at most %d", m[1], most)
	}
	checkMissed(t, small.Stop(), room, ways)
}

// checkMissed checks that waits without room for their stacks are told, with their
// times.
func checkMissed(t *testing.T, r testenv.Result, room, ways int) {
	t.Helper()
	m := regexp.MustCompile(`(?m)^offcputime: (\d+) times a stack was not kept: .*; --stack-storage-size makes room for more$`).FindStringSubmatch(r.Stderr)
	if r.ExitCode != 0 || m == nil {
		t.Fatalf("%v", r)
	}
	missed, err := strconv.Atoi(m[1])
	if err != nil || missed < ways-room {
		t.Errorf("%s stacks were missed, want at least %d", m[1], ways-room)
	}
	seen := make(map[string]bool)
	var without uint64
	for _, r := range stacktest.Records[stacktool.Waited](t, r.Stdout) {
		if slices.Equal(r.User, []string{"[Missed User Stack]"}) {
			without += r.Took
			continue
		}
		seen[strings.Join(r.User, " ")] = true
	}
	if len(seen) > room || without == 0 {
		t.Errorf("%d stacks, %d us without", len(seen), without)
	}
}

// nested runs a tool, its first argument, in a PID namespace of its own with a
// process that waits, the second, and prints that one's number there.
const nested = `cd "$3"
mkfifo in
"$2" <in >out & pid=$!
exec 3>in
"$1" -v --json -p $pid >waits 2>remarks & tool=$!
until grep -q ": tracing$" remarks; do kill -0 $tool || exit; sleep 0.1; done
echo rest_long 5 >&3
until grep -q "^done 1$" out; do kill -0 $pid || exit; sleep 0.1; done
kill -TERM $tool
wait $tool && echo $pid
exec 3>&-
wait`

// In a PID namespace of its own the tool knows processes by that one's numbers.
func TestLiveNamespace(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	testenv.NeedProgram(t, "unshare")
	dir := t.TempDir()
	r := testenv.Run(t, time.Minute, "unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", nested, "sh", testenv.Tool(t, "offcputime"), tooltest.BuildCallee(t), dir)
	pid, err := strconv.ParseUint(strings.TrimSpace(r.Stdout), 10, 32)
	if err != nil || pid > 100 {
		t.Fatalf("%v: %v", r, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "waits"))
	if err != nil {
		t.Fatal(err)
	}
	all := stacktest.Records[stacktool.Waited](t, string(text))
	check(t, "in a namespace", all, time.Minute, map[string]time.Duration{"rest rest_long main": 150 * time.Millisecond})
	for _, r := range all {
		if r.PID != uint32(pid) || r.TID != uint32(pid) {
			t.Errorf("got %+v", r)
		}
	}
}
