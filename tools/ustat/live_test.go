package main

import (
	"fmt"
	"math"
	"regexp"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/internal/testenv/runtimetest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// total runs the tool on a target and returns how often each thing happened in all,
// by the rates and the times of the rows: methods, collections, objects, classes,
// exceptions, threads.
func total(t *testing.T, tool string, g *runtimetest.Target, language string, tell ...string) (sum [6]float64) {
	t.Helper()
	p := tooltest.Start(t, tool, "--json", "-p", g.PIDText(), "0.4")
	last := time.Now()
	g.Tell(tell...)
	time.Sleep(testenv.Timeout(500 * time.Millisecond))
	rows := runtimetest.Lines[rowJSON](t, tooltest.StopNow(t, p).Stdout)
	if len(rows) < 2 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, r := range rows {
		if r.PID != g.Pid() || r.Language != language {
			t.Errorf("%+v", r)
		}
		d := r.Time.Sub(last).Seconds()
		last = r.Time
		for i, n := range []float64{r.Methods, r.GCs, r.Objects, r.Classes, r.Exceptions, r.Threads} {
			sum[i] += n * d
		}
	}
	return sum
}

// about compares what should be equal if the times of the rows were exact.
func about(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > want/5 {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// Each column has what was done in Java; the program does some more by itself.
func TestLiveJava(t *testing.T) {
	runtimetest.Needs(t)
	g := runtimetest.Java(t, "-XX:+ExtendedDTraceProbes")
	got := total(t, "ustat", g, "java", "gc 5", "parcels 5000", "twice 5000", "load 1", "hello 1", "world 1")
	about(t, "collections", got[1], 5)
	about(t, "objects", got[2], 10500)
	about(t, "threads", got[5], 2)
	if got[0] < 15000*0.8 || got[0] > 15000+60000 || got[3] < 1 {
		t.Errorf("methods and classes: %v", got)
	}
}

func TestLivePython(t *testing.T) {
	runtimetest.Needs(t)
	g, _ := runtimetest.StartPython(t)
	got := total(t, "pythonstat=ustat", g, "python", "twice 1000", "gc 1", "gc 2", "gc 0")
	about(t, "functions", got[0], 3000)
	about(t, "collections", got[1], 3)
}

// Languages whose runtimes are seldom built with probes: all their columns.
func TestLiveOthers(t *testing.T) {
	runtimetest.Needs(t)
	ruby := runtimetest.Fake(t, "ruby", "ruby")
	got := total(t, "ustat", ruby, "ruby", "call Shop sell 100", "ccall IO gets 50", "gc - - 1", "gc - - 1",
		"new Shop 0 10", "new string 5 20", "new array 5 30", "new hash 0 40", "raise - - 7", "require - - 6", "load - - 5")
	for i, want := range []float64{150, 2, 100, 11, 7, 0} {
		about(t, fmt.Sprintf("column %d of ruby", i), got[i], want)
	}
	php := runtimetest.Fake(t, "php", "php8.2")
	got = total(t, "ustat", php, "php", "call Shop sell 100", "raise - - 7", "load - - 5")
	for i, want := range []float64{100, 0, 0, 5, 7, 0} {
		about(t, fmt.Sprintf("column %d of php", i), got[i], want)
	}
}

// Rows are as BCC's, and end after the count that was asked for.
func TestLiveRows(t *testing.T) {
	runtimetest.Needs(t)
	g := runtimetest.Fake(t, "ruby", "ruby")
	p := tooltest.Start(t, "ustat", "-C", "-S", "gc", "-p", g.PIDText(), "0.3", "2")
	r := p.Wait(20 * time.Second)
	const block = `\n\d\d:\d\d:\d\d loadavg: [0-9. ]+ \d+/\d+ \d+\n\nPID    CMDLINE              METHOD/s   GC/s   OBJNEW/s   CLOAD/s  EXC/s  THR/s \n`
	row := fmt.Sprintf("%-6d /tmp/.{15} 0          0      0          0        0      0     \n", g.Pid())
	if !regexp.MustCompile("^" + block + row + block + row + "$").MatchString(r.Stdout) {
		t.Errorf("%v", r)
	}
}

// A process that runs a runtime without probes is named, with what it takes.
func TestLiveNoProbes(t *testing.T) {
	runtimetest.Needs(t)
	g := runtimetest.Fake(t, "c", "perl")
	r := testenv.Run(t, time.Minute, testenv.Tool(t, "ustat"), "-p", g.PIDText())
	want := fmt.Sprintf("ustat: process %d has no probes of a runtime of perl: perl has them if it was configured with -Dusedtrace, which Debian's is not\n", g.Pid())
	if r.ExitCode != 1 || r.Stderr != want || r.Stdout != "" {
		t.Errorf("%v", r)
	}
}
