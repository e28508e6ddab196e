package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.NeedUprobes(t)
	testenv.NeedProgram(t, "gcc")
	testenv.NeedSDT(t)
	testenv.NeedHeaders(t)
}

// line is a line of --json.
type line struct {
	Time   time.Time
	Probe  string
	Values []struct {
		Expr  string
		Value any
	}
	Count uint64
	Of    string
	Data  []struct {
		Start uint64 `json:"interval-start"`
		Count uint64
	}
}

// counts adds up JSON lines: by probe, by values and, for histograms, by the start
// of the interval.
func counts(t *testing.T, stdout string) map[string]map[string]uint64 {
	t.Helper()
	sums := make(map[string]map[string]uint64)
	for text := range strings.Lines(stdout) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil || l.Time.IsZero() {
			t.Fatalf("%q: %v", text, err)
		}
		var values []string
		for _, v := range l.Values {
			values = append(values, fmt.Sprintf("%s=%v", v.Expr, v.Value))
		}
		if sums[l.Probe] == nil {
			sums[l.Probe] = make(map[string]uint64)
		}
		id := strings.Join(values, " ")
		if l.Of == "" {
			sums[l.Probe][id] += l.Count
		}
		total := uint64(0)
		for _, d := range l.Data {
			total += d.Count
			if d.Count > 0 {
				sums[l.Probe][strings.TrimSpace(fmt.Sprintf("%s %s>=%d", id, l.Of, d.Start))] += d.Count
			}
		}
		if l.Of != "" && total != l.Count {
			t.Errorf("%s: the intervals have %d", text, total)
		}
	}
	return sums
}

// truth is a specifier, with FILE for the program, and what it has to find.
type truth struct {
	flag, spec string
	want       map[string]uint64
}

// truths are about 12 greetings, naps and others.
var truths = []truth{
	{"-C", "p:FILE:greet()", map[string]uint64{"": 12}},
	{"-C", "p:callee:greet(const char *name, u64 turn):char*,long:name,turn%2",
		map[string]uint64{"name=ann turn%2=0": 2, "name=ann turn%2=1": 2, "name=bob turn%2=0": 2, "name=bob turn%2=1": 2,
			"name=bob's friend turn%2=0": 2, "name=bob's friend turn%2=1": 2}},
	{"-C", `p:FILE:greet(const char *name, long turn):u8:turn:STRCMP("bob", name) && turn > 1`,
		map[string]uint64{"turn=4": 1, "turn=7": 1, "turn=10": 1}},
	{"-C", "p:FILE:greet(const char *name, long turn, struct point *at):int:at->y - 10*at->x + arg2", map[string]uint64{
		"at->y - 10*at->x + arg2=0": 1, "at->y - 10*at->x + arg2=1": 1, "at->y - 10*at->x + arg2=2": 1, "at->y - 10*at->x + arg2=3": 1,
		"at->y - 10*at->x + arg2=4": 1, "at->y - 10*at->x + arg2=5": 1, "at->y - 10*at->x + arg2=6": 1, "at->y - 10*at->x + arg2=7": 1,
		"at->y - 10*at->x + arg2=8": 1, "at->y - 10*at->x + arg2=9": 1, "at->y - 10*at->x + arg2=10": 1, "at->y - 10*at->x + arg2=11": 1}},
	{"-C", "r:FILE:greet():long:$retval:$retval<0", map[string]uint64{"$retval=-1": 3}},
	{"-C", "r:FILE:nap()#naps", map[string]uint64{"retval=1": 6}},
	{"-H", "r:FILE:greet(const char *const name, const long turn, struct point *at):char*,long:$entry(name),$entry(at)->x:$retval>=0 && $entry(turn)>=0",
		map[string]uint64{"name=ann at->x>=2": 1, "name=ann at->x>=8": 1, "name=ann at->x>=4": 1, "name=bob at->x>=0": 1,
			"name=bob at->x>=4": 1, "name=bob at->x>=8": 1, "name=bob's friend at->x>=2": 1, "name=bob's friend at->x>=4": 1,
			"name=bob's friend at->x>=8": 1}},
	{"-C", "r:FILE:recurse(int depth):int,int:$entry(depth),$retval:$latency>=$entry(depth)*10000000",
		map[string]uint64{"depth=1 $retval=1": 2, "depth=2 $retval=2": 2, "depth=3 $retval=3": 2}},
	{"-C", "r:FILE:nap():bool:$latency/1000000 >= 20:$latency < 10000000000", map[string]uint64{"$latency/1000000 >= 20=true": 6}},
	{"-C", "r:FILE:escape(int x):int:$entry(x)", map[string]uint64{}}, // it never returns
	{"-C", "p:FILE:*ta():char*,u32:$COMM,$PID", map[string]uint64{"$COMM=callee $PID=PID": 5}},
	{"-C", `u:FILE:greeted():char*,long:arg1,arg2:STRCMP("bob's friend", arg1)`, map[string]uint64{
		"arg1=bob's friend arg2=2": 1, "arg1=bob's friend arg2=5": 1, "arg1=bob's friend arg2=8": 1, "arg1=bob's friend arg2=11": 1}},
	{"-H", "u:FILE:callee:greeted():long:arg2", map[string]uint64{"arg2>=0": 2, "arg2>=2": 2, "arg2>=4": 4, "arg2>=8": 4}},
	{"-C", "t:syscalls:sys_enter_getpgid():int:args->pid#by args", map[string]uint64{"args->pid=0": 7}},
	{"-C", `t:syscalls:sys_enter_getpgid():s16,char*:pid-1,$COMM:STRCMP("callee", $COMM)`, map[string]uint64{"pid-1=-1 $COMM=callee": 7}},
}

// All kinds of specifiers find in one program what a process did, and nothing of
// what another one does. A histogram begins with an interval for 0 and 1.
func TestLive(t *testing.T) {
	testenv.Live(t)
	testenv.NotEmulated(t)
	needs(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getpgid")
	file := tooltest.BuildCallee(t)
	header := filepath.Join(t.TempDir(), "point.h")
	if err := os.WriteFile(header, []byte("struct point { int x, y; };\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c, other := tooltest.StartCallee(t, file, testenv.StartCmd), tooltest.StartCallee(t, file, testenv.StartCmd)
	fill := strings.NewReplacer("=PID", fmt.Sprint("=", c.Pid()))
	args := []string{"--json", "-i", "60", "-I", header, "-p", fmt.Sprint(c.Pid())}
	want := make(map[string]map[string]uint64)
	for _, one := range truths {
		spec := strings.ReplaceAll(one.spec, "FILE", file)
		args = append(args, one.flag, spec)
		_, label, labelled := strings.Cut(spec, "#")
		if !labelled {
			label = spec
		}
		for id, n := range one.want {
			if want[label] == nil {
				want[label] = make(map[string]uint64)
			}
			want[label][fill.Replace(id)] = n
		}
	}
	p := tooltest.Start(t, "argdist", args...)
	for name, times := range map[string]int{"greet": 12, "nap": 6, "recurse": 2, "beta": 5, "call": 7, "outer": 3} {
		c.Call(name, times)
		other.Call(name, 1)
	}
	got := counts(t, tooltest.Stop(t, p).Stdout)
	for _, label := range slices.Sorted(maps.Keys(want)) {
		if !maps.Equal(got[label], want[label]) {
			t.Errorf("%s:\ngot  %v\nwant %v", label, got[label], want[label])
		}
		delete(got, label)
	}
	if len(got) > 0 {
		t.Errorf("also: %v", got)
	}
}

// Outputs come at intervals, each with what is new, or with all and --cumulative.
// The highest counts come last, and others are left out.
func TestLiveOutputs(t *testing.T) {
	testenv.Live(t)
	needs(t)
	testenv.NotEmulated(t)
	file := tooltest.BuildCallee(t)
	c := tooltest.StartCallee(t, file, testenv.StartCmd)
	flags := []string{"-p", fmt.Sprint(c.Pid()), "-i", "0.5", "-T", "2",
		"-C", "p:callee:greet(char *name):char*:name:arg2!=1#greeted", "-H", "p:callee:greet(char *name, int turn):int:turn"}
	all := tooltest.Start(t, "argdist", append(flags, "-c")...)
	each := tooltest.Start(t, "argdist", append(flags, "-n", "5")...)
	c.Call("greet", 5)
	each.Await("4 -> 7 ", time.Minute)
	c.Call("greet", 3)
	checkEach(t, each.Wait(time.Minute))
	const want = `[TIME]
greeted
	COUNT      EVENT
	2          name = bob's friend
	3          name = ann
     turn                : count     distribution
         0 -> 1          : 2        |********************                    |
         2 -> 3          : 2        |********************                    |
         4 -> 7          : 4        |****************************************|
`
	got := timeOfDay.ReplaceAllString(tooltest.Stop(t, all).Stdout, "[TIME]")
	if !strings.HasSuffix(got, "\n"+want) || !strings.HasPrefix(got, "[TIME]\ngreeted\n\tCOUNT      EVENT\n") {
		t.Errorf("got\n%s\nwant at the end\n%s", got, want)
	}
}

var (
	timeOfDay = regexp.MustCompile(`(?m)^\[\d\d:\d\d:\d\d\]$`)
	interval  = regexp.MustCompile(`(?m)^ +\d -> \d +: (\d+) `)
)

// checkEach checks that there are 5 outputs, and 8 turns in all of them.
func checkEach(t *testing.T, r testenv.Result) {
	t.Helper()
	turns := 0
	for _, m := range interval.FindAllStringSubmatch(r.Stdout, -1) {
		n, _ := strconv.Atoi(m[1])
		turns += n
	}
	if outputs := len(timeOfDay.FindAllString(r.Stdout, -1)); r.ExitCode != 0 || outputs != 5 || turns != 8 {
		t.Errorf("%d outputs, %d turns: %v", outputs, turns, r)
	}
}

// One thread of a process is told from its others, in the kernel and in user space.
func TestLiveThread(t *testing.T) {
	testenv.Live(t)
	testenv.NotEmulated(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "python3")
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getpgid")
	const threads = `
import ctypes, threading
libc = ctypes.CDLL(None)
go = threading.Event()
def work(pid, times):
    print("thread %d\n" % libc.gettid(), end="", flush=True)
    go.wait()
    for i in range(times):
        libc.getpgid(pid)
    print("done\n", end="", flush=True)
for i in range(1, 4):
    threading.Thread(target=work, args=(i, 10 * i)).start()
input()
go.set()
`
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	cmd := exec.Command("python3", "-c", threads)
	cmd.Stdin = r
	python := testenv.StartCmd(t, cmd)
	r.Close()
	python.Await(`(?s)(thread \d+\s+){3}`, time.Minute)
	tids := regexp.MustCompile(`thread (\d+)`).FindAllStringSubmatch(python.Stdout(), -1)
	const user, kernel = "p:c:getpgid(int pid):int:pid", "t:syscalls:sys_enter_getpgid():int:args->pid"
	p := tooltest.Start(t, "argdist", "--json", "-i", "60", "-t", tids[1][1], "-C", user, "-C", kernel)
	fmt.Fprintln(w)
	python.Await(`(?s)(done\s+){3}`, time.Minute)
	got := counts(t, tooltest.Stop(t, p).Stdout)
	// They print in any order.
	sum := func(probe string) (calls uint64) {
		for _, n := range got[probe] {
			calls += n
		}
		return calls
	}
	if len(got[user]) != 1 || !maps.Equal(got[user], map[string]uint64{fmt.Sprintf("pid=%d", sum(user)/10): sum(user)}) ||
		!maps.Equal(got[kernel], map[string]uint64{fmt.Sprintf("args->pid=%d", sum(user)/10): sum(user)}) {
		t.Errorf("got %v", got)
	}
}

// What only the compiler can tell is shown in the specifier, too.
func TestLiveErrors(t *testing.T) {
	testenv.Live(t)
	testenv.NotEmulated(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	for spec, want := range map[string]string{
		"p:c:write(int fd):int:fdd": "use of undeclared identifier 'fdd'; did you mean 'fd'?\n" +
			"    p:c:write(int fd):int:fdd\n                          ^~~\n",
		"p:c:write(int fd):strange:fd": "unknown type name 'strange'\n" +
			"    p:c:write(int fd):strange:fd\n                      ^~~~~~~\n",
		"p:c:write(int fd):int:1:fd ==": "expected expression\n" +
			"    p:c:write(int fd):int:1:fd ==\n                                ^\n",
		"r:c:write(struct nope *b):int:$entry(b)->x": "incomplete definition of type 'struct nope'\n" +
			"    r:c:write(struct nope *b):int:$entry(b)->x\n                                           ^\n",
	} {
		r := testenv.Run(t, time.Minute, testenv.Tool(t, "argdist"), "-p", fmt.Sprint(os.Getpid()), "-C", spec)
		if r.ExitCode != 1 || r.Stdout != "" || r.Stderr != "argdist: "+want {
			t.Errorf("%s: %v\nwant\n%s", spec, r, want)
		}
	}
}
