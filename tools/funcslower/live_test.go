package main

import (
	"encoding/json"
	"fmt"
	"regexp"
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

// calls reads JSON lines.
func calls(t *testing.T, stdout string) []call {
	t.Helper()
	var all []call
	for line := range strings.Lines(stdout) {
		var c call
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, c)
	}
	return all
}

// named are the calls of a function.
func named(all []call, function string) []call {
	var some []call
	for _, c := range all {
		if c.Function == function {
			some = append(some, c)
		}
	}
	return some
}

// Calls that take at least the limit are shown with what they were given and
// returned, those within others of the same function too; others are not.
func TestLive(t *testing.T) {
	needs(t)
	path := tooltest.BuildCallee(t)
	c, other := tooltest.StartCallee(t, path, testenv.StartCmd), tooltest.StartCallee(t, path, testenv.StartCmd)
	begin := time.Now()
	p := tooltest.Start(t, "funcslower", "--json", "-m", "15", "-a", "1", "-U", "-p", fmt.Sprint(c.Pid()),
		path+":alpha", "callee:nap", path+":rec*", path+":tail")
	for name, times := range map[string]int{"nap": 4, "recurse": 2, "alpha": 100, "tail": 10} {
		c.Call(name, times)
		other.Call(name, 1)
	}
	all := calls(t, tooltest.Stop(t, p).Stdout)
	for _, one := range all {
		if one.PID != uint32(c.Pid()) || one.TID != one.PID || one.Comm != "callee" || one.Latency < 15e6 ||
			one.Time.Before(begin) || one.Time.After(time.Now()) || len(one.Arguments) != 1 {
			t.Errorf("got %+v", one)
		}
	}
	naps := named(all, "callee:nap")
	for _, nap := range naps {
		if nap.Latency < 20e6 || nap.Returned != 1 || nap.Arguments[0] != 1 || len(nap.User) < 2 || nap.User[0] != "callee:nap" || nap.User[1] != "main" {
			t.Errorf("a nap of 20 ms: %+v", nap)
		}
	}
	if len(naps) != 4 {
		t.Errorf("%d naps, want 4", len(naps))
	}
	checkRecursion(t, named(all, path+":recurse"), 2)
}

// checkRecursion checks calls that call themselves, each level 10 ms longer than
// the one below: of three levels, the lowest may be too short to be shown.
func checkRecursion(t *testing.T, all []call, times int) {
	t.Helper()
	var levels [4]int
	for _, one := range all {
		level := one.Returned
		if level < 1 || level > 3 || one.Arguments[0] != level || one.Latency < level*10e6 {
			t.Errorf("got %+v", one)
			continue
		}
		levels[level]++
		caller := "recurse"
		if level == 3 {
			caller = "main"
		}
		if len(one.User) < 2 || one.User[0] != one.Function || one.User[1] != caller {
			t.Errorf("level %d was called by %v", level, one.User)
		}
	}
	if levels[2] != times || levels[3] != times {
		t.Errorf("recursive calls by level: %v, want %d each of 2 and 3", levels, times)
	}
}

// Without a process all are shown that run the file, those that start later too.
// Rows are as BCC's, and the stacks come in lines of their own or folded.
func TestLiveRows(t *testing.T) {
	needs(t)
	path := tooltest.BuildCallee(t)
	before := tooltest.StartCallee(t, path, testenv.StartCmd)
	plain := tooltest.Start(t, "funcslower", "-T", "-a", "1", path+":nap")
	micro := tooltest.Start(t, "funcslower", "-t", "-U", "-u", "19000", path+":nap")
	folded := tooltest.Start(t, "funcslower", "-f", "-UK", path+":nap")
	later := tooltest.StartCallee(t, path, testenv.StartCmd)
	before.Call("nap", 1)
	later.Call("nap", 1)
	row := func(c *tooltest.Callee, when, latency, more string) string {
		return fmt.Sprintf(`%s callee         %-6d +%s                1 %s:nap%s\n`, when, c.Pid(), latency, regexp.QuoteMeta(path), more)
	}
	const clock, ms, us, stack = `\d\d:\d\d:\d\d  `, `\d\d\.\d\d`, `\d{5}\.\d\d`, `\n    .*:nap\n    main(\n    .*)*`
	for want, p := range map[string]*testenv.Proc{
		`TIME       COMM           PID    LAT\(ms\)             RVAL FUNC ARGS\n` + row(before, clock, ms, " 0x1") + row(later, clock, ms, " 0x1"):          plain,
		`TIME       COMM           PID    LAT\(us\)             RVAL FUNC\n` + row(before, `0\.000000  `, us, stack) + row(later, `\d\.\d{6}  `, us, stack): micro,
		`(callee;(.*;)?main;.*:nap 1\n){2}`: folded,
	} {
		if out := tooltest.Stop(t, p).Stdout; !regexp.MustCompile("^" + want + "$").MatchString(out) {
			t.Errorf("got\n%swant\n%s", out, want)
		}
	}
}

// The text that would be compiled is shown with its defines.
func TestLiveEBPF(t *testing.T) {
	needs(t)
	r := testenv.Run(t, time.Minute, testenv.Tool(t, "funcslower"), "--ebpf", "-a", "1", "c:malloc", "c:free")
	if r.ExitCode != 0 || !strings.HasPrefix(r.Stdout, "#define ARGUMENTS 1\n#define LEVELS 16\n") ||
		!strings.HasSuffix(r.Stdout, "\nint leave_1_0(struct pt_regs *ctx)\n{\n\treturn user_leave(ctx, 0x100000);\n}\n") {
		t.Error(r)
	}
}
