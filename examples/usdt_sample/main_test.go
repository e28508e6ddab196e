package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// startApp starts the program to trace.
func startApp(t *testing.T) *activity.Program {
	t.Helper()
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "gcc")
	testenv.NeedSDT(t)
	text, err := os.ReadFile("app/app.c")
	if err != nil {
		t.Fatal(err)
	}
	return activity.StartC(t, string(text))
}

// notEmulated skips what takes long there and shows nothing more.
func notEmulated(t *testing.T) {
	t.Helper()
	if testenv.Current() == testenv.StageVM {
		t.Skip("the same on every kernel")
	}
}

// checksum is the program's own.
func checksum(kind string) int32 {
	sum := int32(0)
	for _, c := range kind {
		sum = sum*31 + c
	}
	return sum
}

func TestEachJob(t *testing.T) {
	app := startApp(t)
	p := testenv.Start(t, testenv.Tool(t, "usdt_sample"), app.Path)
	p.Await("Ctrl-C ends it", time.Minute)
	for _, job := range []string{"bread 20", "cake 1", "minimum-wage 3"} {
		app.Tell(job)
	}
	p.Await("minimum-wage", 10*time.Second)
	result := p.Stop()
	rows := regexp.MustCompile(`(?m)^(\d+) +(\d+) +(\S+) +(-?\d+) +(\d+\.\d+)$`).FindAllStringSubmatch(result.Stdout, -1)
	if result.ExitCode != 0 || len(rows) != 3 || !strings.HasPrefix(result.Stdout, "PID     JOB     KIND ") {
		t.Fatalf("%v", result)
	}
	for i, want := range []struct {
		kind string
		ms   float64
	}{{"bread", 20}, {"cake", 1}, {"minimum-wage", 3}} {
		row := rows[i]
		ms, err := strconv.ParseFloat(row[5], 64)
		if row[1] != fmt.Sprint(app.Pid()) || row[2] != fmt.Sprint(i+1) || row[3] != want.kind || row[4] != fmt.Sprint(checksum(want.kind)) ||
			err != nil || ms < want.ms || ms > want.ms+5000 {
			t.Errorf("row %q, want job %+v", row[0], want)
		}
	}
}

func TestAverages(t *testing.T) {
	notEmulated(t)
	app := startApp(t)
	p := testenv.Start(t, testenv.Tool(t, "usdt_sample"), "-m", "average", "-p", strconv.Itoa(app.Pid()))
	p.Await("Ctrl-C ends it", time.Minute)
	for _, job := range []string{"short 0", "long 30", "short 0", "long 10"} {
		app.Tell(job)
	}
	result := p.Stop()
	m := regexp.MustCompile(`^KIND +JOBS +AVERAGE MS\nlong +2 +(\d+\.\d+)\nshort +2 +(\d+\.\d+)\n$`).FindStringSubmatch(result.Stdout)
	if m == nil {
		t.Fatalf("%v", result)
	}
	long, _ := strconv.ParseFloat(m[1], 64)
	short, _ := strconv.ParseFloat(m[2], 64)
	if long < 20 || short > long {
		t.Errorf("averages %v and %v: %v", long, short, result)
	}
}

func TestHistograms(t *testing.T) {
	notEmulated(t)
	app := startApp(t)
	p := testenv.Start(t, testenv.Tool(t, "usdt_sample"), "-m", "histogram", app.Path)
	p.Await("Ctrl-C ends it", time.Minute)
	for range 3 {
		app.Tell("only 2")
	}
	result := p.Stop()
	total := 0
	for _, m := range regexp.MustCompile(`(?m)^ +(\d+) -> (\d+) +: (\d+) `).FindAllStringSubmatch(result.Stdout, -1) {
		n, _ := strconv.Atoi(m[3])
		if high, _ := strconv.Atoi(m[2]); high < 2000 && n > 0 {
			t.Errorf("faster than can be: %s", m[0])
		}
		total += n
	}
	if total != 3 || !strings.Contains(result.Stdout, "kind = only") {
		t.Errorf("%v", result)
	}
}

func TestRefuses(t *testing.T) {
	testenv.Live(t)
	tool := testenv.Tool(t, "usdt_sample")
	for _, c := range []struct {
		args []string
		want string
	}{{nil, "app/app.c"}, {[]string{"-m", "none", "x"}, "choose one of average, each, histogram"}, {[]string{"/bin/sh"}, "has none"}} {
		result := testenv.Run(t, time.Minute, append([]string{tool}, c.args...)...)
		if result.ExitCode != 1 || !strings.Contains(result.Stderr, c.want) {
			t.Errorf("%v: %v", c.args, result)
		}
	}
}
