package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/internal/testenv/runtimetest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// calls runs the tool on a target with arguments, lets it do what it is told, and
// returns what the tool printed by label.
func calls(t *testing.T, g *runtimetest.Target, tell []string, args ...string) (map[string]row, testenv.Result) {
	t.Helper()
	p := tooltest.Start(t, "ucalls", append(args, "--json", g.PIDText())...)
	g.Tell(tell...)
	r := tooltest.StopNow(t, p)
	rows := make(map[string]row)
	for _, one := range runtimetest.Lines[row](t, r.Stdout) {
		label := one.Syscall
		if one.Method != "" {
			label = strings.TrimPrefix(one.Class+"."+one.Method, ".")
		}
		if _, twice := rows[label]; twice {
			t.Errorf("two rows of %s", label)
		}
		rows[label] = one
	}
	return rows, r
}

// wantCalls compares numbers of calls.
func wantCalls(t *testing.T, got map[string]row, want map[string]uint64) {
	t.Helper()
	for label, n := range want {
		if got[label].Calls != n {
			t.Errorf("%s: %d calls, want %d", label, got[label].Calls, n)
		}
	}
}

func TestLiveJava(t *testing.T) {
	runtimetest.Needs(t)
	g := runtimetest.Java(t, "-XX:+ExtendedDTraceProbes")
	g.Tell("twice 3") // before the tracing
	got, r := calls(t, g, []string{"slow 60", "slow 40", "down 5", "caught 4", "twice 50"}, "-L")
	wantCalls(t, got, map[string]uint64{
		"Target.slow": 2, "Target.down": 6, "Target.caught": 4, "Target.fails": 4, "Target.twice": 50, "Target.leaf": 100, "Target.run": 5,
		"java/lang/IllegalStateException.<init>": 4, "java/lang/Thread.sleep": 2,
	})
	slow, run, down := time.Duration(got["Target.slow"].Time), time.Duration(got["Target.run"].Time), time.Duration(got["Target.down"].Time)
	if slow < 100*time.Millisecond || slow > 5*time.Second || run < slow || down <= 0 || down > run-slow {
		t.Errorf("slow took %v, run %v, down %v", slow, run, down)
	}
	if strings.Contains(r.Stderr, "unless it was started") {
		t.Errorf("%s", r.Stderr)
	}
}

// A JVM that was not asked to tell of calls has the probes all the same.
func TestLiveJavaSilent(t *testing.T) {
	runtimetest.Needs(t)
	g := runtimetest.Java(t)
	got, r := calls(t, g, []string{"twice 5"}, "-L", "-l", "java")
	if len(got) != 0 || !strings.Contains(r.Stderr, "tells of no calls unless it was started with -XX:+ExtendedDTraceProbes") {
		t.Errorf("%v", r)
	}
}

func TestLivePython(t *testing.T) {
	runtimetest.Needs(t)
	g, path := runtimetest.StartPython(t)
	got, _ := calls(t, g, []string{"twice 20", "down 6"})
	wantCalls(t, got, map[string]uint64{path + ".twice": 20, path + ".leaf": 40, path + ".down": 7, path + ".run": 2})
}

// Times take calls, of which Python 3.11 tells in threads that are profiled.
func TestLivePythonLatency(t *testing.T) {
	runtimetest.Needs(t)
	g, path := runtimetest.StartPython(t, "profiled")
	got, _ := calls(t, g, []string{"slow 50", "down 6"}, "-L")
	wantCalls(t, got, map[string]uint64{path + ".slow": 1, path + ".down": 7, path + ".run": 2})
	if took := time.Duration(got[path+".slow"].Time); took < 50*time.Millisecond || took > 5*time.Second {
		t.Errorf("slow took %v", took)
	}
	plain, path := runtimetest.StartPython(t)
	got, r := calls(t, plain, []string{"twice 2"}, "-L")
	if _, there := got[path+".twice"]; there || !strings.Contains(r.Stderr, " returns without a call: Python 3.11 ") {
		t.Errorf("%v", r)
	}
}

// Languages whose runtimes are seldom built with probes.
func TestLiveOthers(t *testing.T) {
	runtimetest.Needs(t)
	long := strings.Repeat("c", 200)
	for language, want := range map[string]map[string]uint64{
		"ruby": {"Shop.sell": 3, "IO.gets": 2, "Shop.deep": 4, long[:159] + "....sell": 1},
		"php":  {"Shop.sell": 3, "Shop.deep": 4},
	} {
		t.Run(language, func(t *testing.T) {
			g := runtimetest.Fake(t, language, language)
			got, r := calls(t, g, []string{"call Shop sell 3", "ccall IO gets 2", "nest Shop deep 4", "call " + long + " sell 1"}, "-L")
			wantCalls(t, got, want)
			deep := got["Shop.deep"].Time
			if took := time.Duration(deep); took < 4*time.Millisecond || took > 5*time.Second {
				t.Errorf("deep took %v", took)
			}
			if hint := "USE_ZEND_DTRACE=1"; (language == "php") != strings.Contains(r.Stderr, hint) {
				t.Errorf("%s", r.Stderr)
			}
		})
	}
}

func TestLiveSyscalls(t *testing.T) {
	runtimetest.Needs(t)
	testenv.NeedTracepoint(t, "raw_syscalls:sys_enter")
	g := runtimetest.Fake(t, "c", "plain")
	for _, flags := range [][]string{{"-S"}, {"-S", "-L", "-l", "none"}} {
		got, r := calls(t, g, []string{"getppid - - 17"}, flags...)
		if strings.Contains(r.Stderr, "system calls alone: process "+g.PIDText()+" runs no runtime") != (len(flags) == 1) {
			t.Errorf("%q: %s", flags, r.Stderr)
		}
		wantCalls(t, got, map[string]uint64{"getppid": 17})
		if timed := got["getppid"].Time > 0; timed != (len(flags) > 1) {
			t.Errorf("%q: %+v", flags, got["getppid"])
		}
	}
	ruby := runtimetest.Fake(t, "ruby", "ruby")
	got, _ := calls(t, ruby, []string{"getppid - - 5", "call Shop sell 2"}, "-SL")
	wantCalls(t, got, map[string]uint64{"getppid": 5, "Shop.sell": 2})
}

// Rows are as BCC's; every interval has its own.
func TestLiveRows(t *testing.T) {
	runtimetest.Needs(t)
	g := runtimetest.Fake(t, "ruby", "ruby")
	p := tooltest.Start(t, "rubycalls=ucalls", "-T", "2", g.PIDText(), "0.6")
	g.Tell("call Shop sell 3", "call Shop buy 2", "call Shop look 1")
	time.Sleep(testenv.Timeout(900 * time.Millisecond))
	g.Tell("call Shop sell 4")
	out := tooltest.StopNow(t, p).Stdout
	head := regexp.QuoteMeta(fmt.Sprintf("\n%-50s %8s\n", "METHOD", "# CALLS"))
	first := regexp.QuoteMeta(fmt.Sprintf("%-50s %8d\n%-50s %8d\n", "Shop.buy", 2, "Shop.sell", 3))
	second := regexp.QuoteMeta(fmt.Sprintf("%-50s %8d\n", "Shop.sell", 4))
	if !regexp.MustCompile("^(" + head + ")*" + head + first + "(" + head + ")*" + head + second + "(" + head + ")*$").MatchString(out) {
		t.Errorf("got %s", out)
	}
}
