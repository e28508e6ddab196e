package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

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

// launch starts funccount.
func launch(t *testing.T, args ...string) *testenv.Proc {
	t.Helper()
	return testenv.Start(t, append([]string{testenv.Tool(t, "funccount"), "-v"}, args...)...)
}

// startTool starts funccount and waits until it counts.
func startTool(t *testing.T, args ...string) *testenv.Proc {
	t.Helper()
	p := launch(t, args...)
	awaitTracing(p)
	return p
}

func awaitTracing(p *testenv.Proc) { p.Await("(?m)^funccount: tracing$", time.Minute) }

// stop ends the tool, which prints what it counted then.
func stop(t *testing.T, p *testenv.Proc) string {
	t.Helper()
	r := p.Stop()
	if r.ExitCode != 0 || strings.Contains(r.Stderr, "not seen") || strings.Contains(r.Stderr, "left out") {
		t.Errorf("%v", r)
	}
	return r.Stdout
}

// counts reads JSON lines.
func counts(t *testing.T, stdout string) map[string]uint64 {
	t.Helper()
	sum := make(map[string]uint64)
	for line := range strings.Lines(stdout) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Time.IsZero() {
			t.Fatalf("%q: %v", line, err)
		}
		sum[r.Function] += r.Count
	}
	return sum
}

func check(t *testing.T, what string, got, want map[string]uint64) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// All kinds of places are counted as often as the process was there, and another
// process's calls are not.
func TestLive(t *testing.T) {
	needs(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getpgid")
	path := tooltest.BuildCallee(t)
	c, other := tooltest.StartCallee(t, path, testenv.StartCmd), tooltest.StartCallee(t, path, testenv.StartCmd)
	ending, many := tooltest.Many(3)
	tests := []struct {
		pattern string
		want    map[string]uint64
	}{
		{path + ":many_*" + ending, many},
		{"callee:alpha", map[string]uint64{"alpha": 11}}, // by the program's name
		{"t:syscalls:sys_enter_getp*gid", map[string]uint64{"syscalls:sys_enter_getpgid": 6}},
		{"u:" + path + ":*", map[string]uint64{"callee:one": 7, "two": 8, "stranger:one": 9}},
		{"u:" + path + ":callee:*", map[string]uint64{"callee:one": 7, "callee:two": 8}},
		{"u::two", map[string]uint64{"two": 8}},
	}
	var tools []*testenv.Proc
	for _, test := range tests {
		tools = append(tools, launch(t, "--json", "-p", fmt.Sprint(c.Pid()), test.pattern))
	}
	for _, p := range tools {
		awaitTracing(p)
	}
	other.Call("many", 1)
	c.Call("many", 3)
	for name, times := range map[string]int{"alpha": 4, "tail": 7, "beta": 2, "call": 6, "one": 7, "two": 8, "foreign": 9} {
		c.Call(name, times)
		other.Call(name, 1)
	}
	for i, test := range tests {
		check(t, test.pattern, counts(t, stop(t, tools[i])), test.want)
	}
}

// Without a process all are counted that run the file, those that start later
// too, wherever it lies in their memory. A regular expression may choose.
func TestLiveAll(t *testing.T) {
	needs(t)
	path := tooltest.BuildCallee(t)
	before := tooltest.StartCallee(t, path, testenv.StartCmd)
	ending, want := tooltest.Many(5)
	p := startTool(t, "--json", "-r", path+":(alpha|many_.*"+ending+"|beta)")
	later := tooltest.StartCallee(t, path, testenv.StartCmd)
	want["alpha"], want["beta"] = 3, 3
	for _, c := range []*tooltest.Callee{before, later} {
		c.Call("many", 2)
	}
	before.Call("many", 1)
	before.Call("alpha", 3)
	later.Call("beta", 3)
	check(t, "all", counts(t, stop(t, p)), want)
}

// Each interval has its own calls, and the tool ends by itself.
func TestLiveIntervals(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	path := tooltest.BuildCallee(t)
	c := tooltest.StartCallee(t, path, testenv.StartCmd)
	p := startTool(t, "-T", "-i", "1.5", "-d", "3", "-p", fmt.Sprint(c.Pid()), path+":*a")
	c.Call("alpha", 30)
	c.Call("beta", 200)
	p.Await("(?m)^beta", time.Minute)
	c.Call("alpha", 5)
	r := p.Wait(time.Minute)
	blocks := strings.Split(r.Stdout, "\n\n")
	const heading = "\nFUNC                                    COUNT\n"
	if r.ExitCode != 0 || len(blocks) != 2 ||
		!strings.HasSuffix(blocks[0], heading+"alpha                                      30\nbeta                                      200") ||
		!strings.HasSuffix(blocks[1], heading+"alpha                                       5\n") {
		t.Errorf("%v", r)
	}
}

// Calls are counted by processor, and -D shows the C text.
func TestLiveCPU(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	testenv.NeedProgram(t, "taskset")
	path := tooltest.BuildCallee(t)
	c := tooltest.StartCallee(t, path, testenv.StartCmd)
	if out := testenv.Run(t, time.Minute, "taskset", "-p", "-c", "0", fmt.Sprint(c.Pid())); out.ExitCode != 0 {
		t.Fatal(out)
	}
	here := startTool(t, "-D", "--json", "-c", "0", "-p", fmt.Sprint(c.Pid()), path+":alpha")
	c.Call("alpha", 5)
	check(t, "its processor", counts(t, stop(t, here)), map[string]uint64{"alpha": 5})
	if !strings.Contains(here.Stderr(), "int enter_0(struct pt_regs *ctx)\n") {
		t.Errorf("no C text: %s", here.Stderr())
	}
	there := startTool(t, "--json", "-c", "1", "-p", fmt.Sprint(c.Pid()), path+":alpha")
	c.Call("alpha", 5)
	check(t, "another one", counts(t, stop(t, there)), map[string]uint64{})
}

// The text that would be compiled is shown with its defines.
func TestLiveEBPF(t *testing.T) {
	needs(t)
	r := testenv.Run(t, time.Minute, testenv.Tool(t, "funccount"), "--ebpf", "c:malloc")
	if r.ExitCode != 0 || !strings.HasPrefix(r.Stdout, "#define PLACES 64\n") || !strings.HasSuffix(r.Stdout, "\treturn enter(ctx, 0x0ULL);\n}\n") {
		t.Error(r)
	}
}
