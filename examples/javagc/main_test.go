package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/internal/testenv/runtimetest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// name makes a name as the program sends it.
func name(text string) (b [48]byte) {
	copy(b[:], text)
	return b
}

func TestShow(t *testing.T) {
	var out strings.Builder
	out.WriteString(heading + "\n")
	show(&out, collection{NS: 2_097_000, UsedBefore: 4131 << 10, UsedAfter: 5 << 10, PID: 1478, Pool: name("Eden Space"), Manager: name("Copy")})
	showSums(&out, map[string]sum{"Eden Space": {2, 3_000_000}, "Metaspace": {1, 4_000_000}, "CodeHeap": {1, 4_000_000}})
	want := `PID     COLLECTOR            POOL                                       MS   KiB BEFORE    KiB AFTER
1478    Copy                 Eden Space                              2.097         4131            5

POOL                                COLLECTIONS         MS
CodeHeap                                      1      4.000
Metaspace                                     1      4.000
Eden Space                                    2      3.000
`
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// trace starts the program and waits until it traces.
func trace(t *testing.T, args ...string) *testenv.Proc {
	t.Helper()
	p := testenv.Start(t, append([]string{testenv.Tool(t, "javagc")}, args...)...)
	p.Await("KiB AFTER$", time.Minute)
	return p
}

// Every collection that was forced is there once for each pool, with the time that
// Java's own log has, and the first generation is empty after it.
func TestCollections(t *testing.T) {
	runtimetest.Needs(t)
	g := runtimetest.Java(t, "-XX:+UseSerialGC", "-Xlog:gc")
	other := runtimetest.Java(t, "-XX:+UseSerialGC")
	p := trace(t, "-p", g.PIDText())
	other.Tell("gc 1")
	g.Tell("gc 2", "gc 1")
	p.Await("(?m)(Tenured Gen(?s:.*)){3}", 10*time.Second)
	result := p.Stop()
	log := regexp.MustCompile(`Pause Full \(System\.gc\(\)\) .* ([0-9.]+)ms\n`).FindAllStringSubmatch(g.Stdout(), -1)
	if len(log) != 3 || result.ExitCode != 0 {
		t.Fatalf("%q, %v", log, result)
	}
	logged := 0.0
	for i, pool := range []string{"Eden Space", "Tenured Gen", "Metaspace"} {
		rows := regexp.MustCompile(`(?m)^`+g.PIDText()+` +MarkSweepCompact +`+pool+` +([0-9.]+) +(\d+) +(\d+)$`).FindAllStringSubmatch(result.Stdout, -1)
		if len(rows) != 3 {
			t.Fatalf("%d collections of %s: %v", len(rows), pool, result)
		}
		took := 0.0
		for j, row := range rows {
			took += number(t, row[1])
			if i == 0 {
				logged += number(t, log[j][1])
			}
			if pool == "Eden Space" && row[3] != "0" || pool == "Tenured Gen" && row[3] == "0" {
				t.Errorf("%s", row[0])
			}
		}
		if took < logged/2 || took > logged+60 {
			t.Errorf("%s took %v ms in all, %v ms by the log", pool, took, logged)
		}
		sums := regexp.MustCompile(`(?m)^` + pool + ` +3 +([0-9.]+)$`).FindStringSubmatch(result.Stdout)
		if sums == nil || number(t, sums[1]) < took-0.01 || number(t, sums[1]) > took+0.01 {
			t.Errorf("%s has %v ms in all, and the sum is %q", pool, took, sums)
		}
	}
	if strings.Contains(result.Stdout, "\n"+other.PIDText()+" ") {
		t.Errorf("another process: %s", result.Stdout)
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRefuses(t *testing.T) {
	testenv.Live(t)
	tool := testenv.Tool(t, "javagc")
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "name a process that runs Java"},
		{[]string{"-p", "4194305"}, "there is no such process"}, // the kernel gives no such number
		{[]string{"/bin/sh"}, "/bin/sh has none"},
	} {
		result := testenv.Run(t, time.Minute, append([]string{tool}, c.args...)...)
		if result.ExitCode != 1 || !strings.Contains(result.Stderr, c.want) || result.Stdout != "" {
			t.Errorf("%v: %v", c.args, result)
		}
	}
}
