package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv/runtimetest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// collections runs the tool on a target with arguments, and returns what it
// printed while the target did what it was told.
func collections(t *testing.T, g *runtimetest.Target, tell []string, args ...string) []collection {
	t.Helper()
	p := tooltest.Start(t, "ugc", append(args, "--json", g.PIDText())...)
	begin := time.Now()
	g.Tell(tell...)
	end := time.Now()
	list := runtimetest.Lines[collection](t, tooltest.Stop(t, p).Stdout)
	const slack = 10 * time.Millisecond // between the clocks
	for _, c := range list {
		if c.PID != uint32(g.Pid()) || c.TID == 0 || c.Begin.Before(begin.Add(-slack)) || c.Begin.Add(time.Duration(c.Took)).After(end.Add(slack)) {
			t.Errorf("between %v and %v: %+v", begin, end, c)
		}
	}
	return list
}

// pauses are the full collections of which Java's own log tells.
var pauses = regexp.MustCompile(`(?m)Pause Full \(System\.gc\(\)\) \d+M->\d+M\(\d+M\) ([0-9.]+)ms$`)

// Each collection that was forced is there, with the time that Java's own log has
// and that of each pool.
func TestLiveJava(t *testing.T) {
	runtimetest.Needs(t)
	g := runtimetest.Java(t, "-XX:+UseSerialGC", "-Xlog:gc")
	list := collections(t, g, []string{"gc 1", "gc 2"})
	log := pauses.FindAllStringSubmatch(g.Stdout(), -1)
	pools := make(map[string]int)
	full := 0
	for _, c := range list {
		ms, err := strconv.ParseFloat(log[min(full, len(log)-1)][1], 64)
		if err != nil {
			t.Fatal(err)
		}
		logged := time.Duration(ms * 1e6)
		if took := time.Duration(c.Took); took < logged/2 || took > logged+20*time.Millisecond {
			t.Errorf("%+v, and the log has %v", c, logged)
		}
		if c.Description == "full collection" {
			full++
			continue
		}
		m := regexp.MustCompile(`^MarkSweepCompact (.+) used=\d+->(\d+) max=(none|\d+)->(none|\d+)$`).FindStringSubmatch(c.Description)
		if m == nil || m[1] == "Eden Space" && m[2] != "0" {
			t.Errorf("%+v", c)
			continue
		}
		pools[m[1]]++
	}
	if full != 3 || len(log) != 3 {
		t.Errorf("%d full collections, %d in the log", full, len(log))
	}
	for _, pool := range []string{"Eden Space", "Survivor Space", "Tenured Gen", "Metaspace"} {
		if pools[pool] != 3 {
			t.Errorf("%s was collected %d times", pool, pools[pool])
		}
	}
}

func TestLivePython(t *testing.T) {
	runtimetest.Needs(t)
	g, _ := runtimetest.StartPython(t)
	g.Tell("gc 2")
	list := collections(t, g, []string{"garbage 5000", "gc 1", "gc 2"})
	want := []string{
		fmt.Sprintf("gen 1 GC collected %d objects", g.Result("gc 1")),
		fmt.Sprintf("gen 2 GC collected %d objects", g.Result("gc 2")),
	}
	if len(list) != 2 || list[0].Description != want[0] || list[1].Description != want[1] || g.Result("gc 1") < 5000 {
		t.Fatalf("got %+v, want %q", list, want)
	}
}

// Languages whose runtimes are seldom built with probes; the tool is called by
// its wrapper's name.
func TestLiveOthers(t *testing.T) {
	runtimetest.Needs(t)
	ruby := runtimetest.Fake(t, "ruby", "ruby")
	p := tooltest.Start(t, "rubygc=ugc", "-m", "-M", "15", ruby.PIDText())
	time.Sleep(100 * time.Millisecond)
	ruby.Tell("gc - - 5", "gc - - 30")
	out := tooltest.Stop(t, p).Stdout
	const row = `(\d+\.\d{3}) +(\d+\.\d\d) +`
	m := regexp.MustCompile("^START    TIME \\(ms\\) DESCRIPTION\n" + row + "GC mark stage\n" + row + "GC sweep stage\n$").FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("got %q", out)
	}
	var start1, took1, start2, took2 float64
	if _, err := fmt.Sscan(strings.Join(m[1:], " "), &start1, &took1, &start2, &took2); err != nil {
		t.Fatal(err)
	}
	if start1 < 0.11 || took1 < 30 || took2 < 30 || start2 < start1+took1/1000-0.002 {
		t.Errorf("got %q", out)
	}
	node := runtimetest.Fake(t, "node", "node")
	list := collections(t, node, []string{"gc - 1 3", "gc - 6 3", "gc - 16 3", "gc - 2 3"}, "-F", "GC")
	var got []string
	for _, c := range list {
		got = append(got, c.Description)
	}
	if want := "GC scavenge|GC mark-sweep-compact, GC incremental mark|GC of type 16|GC mark-sweep-compact"; strings.Join(got, "|") != want {
		t.Errorf("got %q", got)
	}
	if list := collections(t, node, []string{"gc - 1 3", "gc - 2 3"}, "-F", "sweep"); len(list) != 1 || list[0].Description != "GC mark-sweep-compact" {
		t.Errorf("filtered: %+v", list)
	}
}
