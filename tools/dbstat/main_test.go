package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestBadUsage(t *testing.T) {
	for want, args := range map[string]string{
		"which engine? Say mysql or postgres":     "-u",
		"--pid 4194305: there is no such process": "mysql -p 4194305",
		"threshold of -1 ms: ":                    "postgres -m -1",
		"--interval -1: ":                         "postgres -i -1",
		"nor has it static probes":                "mysql -x /bin/true",
	} {
		tooltest.Refused(t, tool(), want, strings.Fields(args)...)
	}
}

func TestPrint(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 34, 56, 0, time.UTC)
	fresh := make([]uint64, slots)
	fresh[2], fresh[4] = 5, 10
	want := `[12:34:56]
     query latency (ms)  : count     distribution
         0 -> 1          : 0        |                                        |
         2 -> 3          : 5        |********************                    |
         4 -> 7          : 0        |                                        |
         8 -> 15         : 10       |****************************************|

`
	print := func(s *toolkit.Session) error { return (&printer{s: s, unit: "ms"}).print(at, fresh) }
	if got := tooltest.Printed(t, toolkit.Common{}, print); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	want = `{"ts":"2026-11-22 12:34:56","val_type":"query latency (ms)","data":[{"interval-start":0,"interval-end":1,"count":0},` +
		`{"interval-start":2,"interval-end":3,"count":5},{"interval-start":4,"interval-end":7,"count":0},{"interval-start":8,"interval-end":15,"count":10}]}` + "\n"
	if got := tooltest.Printed(t, toolkit.Common{JSON: true}, print); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
}

var row = regexp.MustCompile(`(?m)^ *(\d+) -> (\d+) +: (\d+) `)

// counted are the queries of all histograms by the slot they were counted in.
func counted(t *testing.T, out string) (slots []int) {
	t.Helper()
	for _, f := range row.FindAllStringSubmatch(out, -1) {
		var low, high uint64
		var n int
		if _, err := fmt.Sscan(strings.Join(f[1:], " "), &low, &high, &n); err != nil {
			t.Fatal(err)
		}
		slots = append(slots, slices.Repeat([]int{bccgo.Log2Bucket(high)}, n)...)
	}
	slices.Sort(slots)
	return slots
}

// checkCounted compares slots with times of which the queries took at least the
// first and at most the second, in the histogram's unit.
func checkCounted(t *testing.T, slots []int, times [][2]time.Duration, unit time.Duration) {
	t.Helper()
	if len(slots) != len(times) {
		t.Errorf("counted %v for %v", slots, times)
		return
	}
	for i := range 2 {
		slices.SortFunc(times, func(a, b [2]time.Duration) int { return cmp.Compare(a[i], b[i]) })
		for n, slot := range slots {
			limit := bccgo.Log2Bucket(uint64(times[n][i] / unit))
			if i == 0 && slot < limit || i == 1 && slot > limit {
				t.Errorf("counted %v for %v", slots, times)
				return
			}
		}
	}
}

// Every query is counted once, over several intervals, and in the slot where its
// time belongs.
func TestLive(t *testing.T) {
	needs(t)
	pg := tooltest.StartPostgres(t)
	session := pg.Session()
	before := len(pg.Logged())
	all := tooltest.Start(t, "dbstat", "postgres", "-x", pg.Exe, "-i", "0.5")
	page := filepath.Join(t.TempDir(), "slow.html")
	slow := tooltest.Start(t, "dbstat", "postgres", "-um", "30", "--html", page, "-p", fmt.Sprint(session.Server))
	session.Query("select pg_sleep(0.04);", "select pg_sleep(0.045);", "select 1;", "select nonsense;")
	time.Sleep(600 * time.Millisecond)
	session.Query("select pg_sleep(0.1);")
	pg.Query("select pg_sleep(0.07)")

	out := tooltest.Stop(t, all).Stdout
	if strings.Count(out, "query latency (ms)") < 2 {
		t.Errorf("no two intervals: %s", out)
	}
	checkCounted(t, counted(t, out), logged(pg.Logged()[before:], 0), time.Millisecond)
	out = tooltest.Stop(t, slow).Stdout
	if strings.Count(out, "[") != 1 || !strings.Contains(out, "query latency (us)") {
		t.Errorf("no single histogram: %s", out)
	}
	mine := slices.DeleteFunc(pg.Logged()[before:], func(q tooltest.LoggedQuery) bool { return int(q.PID) != session.Server })
	checkCounted(t, counted(t, out), logged(mine, 30*time.Millisecond), time.Microsecond)
	picture, err := os.ReadFile(page)
	if want := fmt.Sprintf(">%d in all<", len(counted(t, out))); err != nil || !strings.Contains(string(picture), want) {
		t.Errorf("no %s, %v in %s", want, err, picture)
	}
}

// logged are the times of the queries that took so long, by the server's own
// clock, which starts earlier and stops earlier than the probes.
func logged(all []tooltest.LoggedQuery, least time.Duration) (times [][2]time.Duration) {
	slack := testenv.Timeout(15 * time.Millisecond)
	for _, q := range all {
		if q.Took >= least {
			times = append(times, [2]time.Duration{max(q.Took-slack, 0), q.Took + slack})
		}
	}
	return times
}

// A MySQL server without static probes.
func TestLiveDispatch(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	server := tooltest.StartMysqld(t, "-DDATA")
	p := tooltest.Start(t, "dbstat", "mysql", "-p", fmt.Sprint(server.Pid()))
	server.Ask("20 select 1", "ping", "thread 20 select 2", "0 select 3")
	var times [][2]time.Duration
	for i, m := range server.Made() {
		times = append(times, [2]time.Duration{[]time.Duration{20, 20, 0}[i] * time.Millisecond, time.Duration(m.End - m.Begin)})
	}
	checkCounted(t, counted(t, tooltest.Stop(t, p).Stdout), times, time.Millisecond)
}
