package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
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

// startTool starts funclatency and waits until it times.
func startTool(t *testing.T, args ...string) *testenv.Proc {
	t.Helper()
	p := testenv.Start(t, append([]string{testenv.Tool(t, "funclatency"), "-v"}, args...)...)
	p.Await("(?m)^funclatency: tracing$", time.Minute)
	return p
}

// stop ends the tool, which prints what it counted then.
func stop(t *testing.T, p *testenv.Proc) string {
	t.Helper()
	r := p.Stop()
	if r.ExitCode != 0 || strings.Contains(r.Stderr, "not seen") || strings.Contains(r.Stderr, "left out") {
		t.Errorf("%v", r)
	}
	return r.Stdout
}

// records reads JSON lines by function, and checks that their sums are right.
func records(t *testing.T, stdout string) map[string]record {
	t.Helper()
	found := make(map[string]record)
	for line := range strings.Lines(stdout) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		var count, least, most uint64
		for _, d := range r.Data {
			count += d.Count
			least += d.Count * d.Start
			most += d.Count * (d.End + 1)
		}
		if count != r.Count || r.Total < least || r.Total > most || r.Average != r.Total/r.Count || r.Time.IsZero() {
			t.Errorf("the sums are wrong: %s", line)
		}
		found[r.Function] = r
	}
	return found
}

// within tells how many of a record's calls took a time from least on and below
// most, by its intervals.
func within(r record, least, most uint64) uint64 {
	n := uint64(0)
	for _, d := range r.Data {
		if d.End >= least && d.Start < most {
			n += d.Count
		}
	}
	return n
}

// least is where the first interval begins that counted something.
func least(r record) uint64 {
	i := slices.IndexFunc(r.Data, func(d bccgo.HistogramInterval) bool { return d.Count > 0 })
	if i < 0 {
		return 0
	}
	return r.Data[i].Start
}

// Each call is timed by itself: those within others, of the same function too,
// those that others end in, and those that a jump ends or that never return.
func TestLive(t *testing.T) {
	needs(t)
	path := tooltest.BuildCallee(t)
	c, other := tooltest.StartCallee(t, path, testenv.StartCmd), tooltest.StartCallee(t, path, testenv.StartCmd)
	ending, want := tooltest.Many(2)
	p := startTool(t, "--json", "-uF", "-p", fmt.Sprint(c.Pid()), "-r", path+":(nap|recurse|alpha|tail|outer|escape|many_.*"+ending+")")
	together := startTool(t, "--json", "-m", "-p", fmt.Sprint(c.Pid()), path+":recurse")
	for name, times := range map[string]int{"nap": 4, "recurse": 3, "tail": 7, "outer": 9, "alpha": 10, "many": 2} {
		c.Call(name, times)
		other.Call(name, 1)
	}
	got := records(t, stop(t, p))
	maps.Copy(want, map[string]uint64{"nap": 4, "recurse": 9, "tail": 7, "outer": 9, "alpha": 17})
	for name, n := range want {
		if got[name].Count != n {
			t.Errorf("%s: %d calls, want %d", name, got[name].Count, n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d functions, want %d", len(got), len(want))
	}
	if nap := got["nap"]; within(nap, 20000, 1<<40) != 4 || nap.Average < 20000 {
		t.Errorf("naps of 20 ms: %+v", nap)
	}
	// Levels of 10, 20 and 30 ms.
	if r := got["recurse"]; r.Total < 3*60000 || within(r, 10000, 1<<40) != 9 || within(r, 20000, 1<<40) < 6 {
		t.Errorf("recursive calls: %+v", r)
	}
	if least(got["tail"]) < least(got["alpha"]) {
		t.Errorf("tail, which ends in alpha, takes less: %+v, %+v", got["tail"], got["alpha"])
	}
	all := records(t, stop(t, together))
	if r := all[""]; len(all) != 1 || r.Count != 9 || r.Unit != "msecs" || r.Total < 180 || within(r, 8, 1<<40) != 9 {
		t.Errorf("recursive calls in milliseconds: %+v", all)
	}
}

// Without a process all are timed that run the file, those that start later too.
// A call that is under way when the tracing begins is not.
func TestLiveAll(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	path := tooltest.BuildCallee(t)
	before := tooltest.StartCallee(t, path, testenv.StartCmd)
	before.Begin("doze", 1)
	p := startTool(t, "--json", "-r", path+":(nap|doze)")
	later := tooltest.StartCallee(t, path, testenv.StartCmd)
	later.Call("nap", 3)
	before.Await("(?m)^done 1$", time.Minute)
	before.Call("nap", 2)
	if got := records(t, stop(t, p))[""]; got.Count != 5 || within(got, 20e6, 1<<60) != 5 {
		t.Errorf("got %+v", got)
	}
}

// Each interval has its own calls, and its own column in the picture; the tool ends by
// itself.
func TestLiveIntervals(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	svg := filepath.Join(t.TempDir(), "nap.svg")
	p := startTool(t, "-mT", "-i", "1.5", "-d", "3", "--svg", svg, "-p", fmt.Sprint(c.Pid()), "callee:nap")
	c.Call("nap", 5)
	p.Await("(?m)^avg = 2. msecs, total: 1.. msecs, count: 5$", time.Minute)
	c.Call("nap", 2)
	r := p.Wait(time.Minute)
	if r.ExitCode != 0 || strings.Count(r.Stdout, "distribution\n") != 2 || !strings.HasSuffix(r.Stdout, ", count: 2\n") ||
		!strings.Contains(r.Stdout, "        16 -> 31         : 2        |****************************************|\n") {
		t.Errorf("%v", r)
	}
	picture, err := os.ReadFile(svg)
	for _, want := range []string{"Time taken by callee:nap", ", 16 -&gt; 31 msecs: 5<", ", 16 -&gt; 31 msecs: 2<", ">7 in all<"} {
		if err != nil || !strings.Contains(string(picture), want) {
			t.Errorf("no %q, %v in\n%s", want, err, picture)
		}
	}
}
