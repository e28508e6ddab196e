package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/queries"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
}

// printed reads JSON lines.
func printed(t *testing.T, stdout string) []queries.Query {
	t.Helper()
	var all []queries.Query
	for line := range strings.Lines(stdout) {
		var q queries.Query
		if err := json.Unmarshal([]byte(line), &q); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, q)
	}
	return all
}

// Every query that succeeds is there, with its text and the time that the server
// itself measured; of a session, if one is named, its own.
func TestLivePostgres(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	pg := tooltest.StartPostgres(t)
	one, two := pg.Session(), pg.Session()
	before := len(pg.Logged())
	all := tooltest.Start(t, "dbslower", "postgres", "-x", pg.Exe, "-m", "0", "--json", "--stats")
	slow := tooltest.Start(t, "dbslower", "postgres", "-p", fmt.Sprint(one.Server), fmt.Sprint(two.Server), "-m", "20")
	long := "select '" + strings.Repeat("ä long one, ", 400) + "';"
	begin := time.Now()
	one.Query("select 1;", "select pg_sleep(0.05);", "select nonsense;", "select 'grüße\n\ttab', 2;", long)
	two.Query("select pg_sleep(0.03), 'other';", "create table t (x int);", "insert into t values (1), (2);")
	pg.Query("select pg_sleep(0.04)", "select 'of a later session'")
	end := time.Now()

	r := tooltest.Stop(t, all)
	got, want := printed(t, r.Stdout), pg.Logged()[before:]
	if len(got) != len(want) || len(got) != 9 {
		t.Fatalf("got %d queries, the server logged %d: %+v", len(got), len(want), got)
	}
	for i, q := range got {
		checkPostgres(t, q, want[i])
		if q.Time.Before(begin) || q.Time.After(end) {
			t.Errorf("%.50q ended at %v, not between %v and %v", q.Query, q.Time, begin, end)
		}
	}
	if !regexp.MustCompile(`(?m)^dbslower: 9 queries, \d+\.\d{3} ms on average, \d{2,}\.\d{3} ms at most$`).MatchString(r.Stderr) {
		t.Errorf("no summary: %s", r.Stderr)
	}
	rows := fmt.Sprintf(`^TIME\(s\)        PID           MS QUERY\n`+
		`\d+\.\d{6} +%-7d +\d+\.\d{3} select pg_sleep\(0\.05\);\n`+
		`\d+\.\d{6} +%-7d +\d+\.\d{3} select pg_sleep\(0\.03\), 'other';\n$`, one.Server, two.Server)
	if out := tooltest.Stop(t, slow).Stdout; !regexp.MustCompile(rows).MatchString(out) {
		t.Errorf("got\n%swant\n%s", out, rows)
	}
}

// checkPostgres compares a query with the server's log. The server's clock starts
// when the query has arrived, and stops before the probe.
func checkPostgres(t *testing.T, q queries.Query, logged tooltest.LoggedQuery) {
	t.Helper()
	const limit = 4095
	text := logged.Text[:min(len(logged.Text), limit)]
	if q.QueryCut != (len(logged.Text) > limit) || q.QueryUnreadable || q.PID != logged.PID || q.TID != logged.PID ||
		strings.ToValidUTF8(q.Query, "") != strings.ToValidUTF8(text, "") && !strings.HasPrefix(q.Query, strings.ToValidUTF8(text, "")) {
		t.Errorf("got %+v\nwant %+v", q, logged)
	}
	if off := (time.Duration(q.Latency) - logged.Took).Abs(); off > testenv.Timeout(15*time.Millisecond) {
		t.Errorf("%.50q took %v, the server says %v", q.Query, time.Duration(q.Latency), logged.Took)
	}
}

// The servers of MySQL's kind have no static probes, but a function that executes
// queries; its arguments differ. Texts are as they were before the server wrote
// over them, and other commands are not there.
func TestLiveDispatch(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	for name, flags := range map[string][]string{"data": {"-DDATA"}, "packet": nil} {
		t.Run(name, func(t *testing.T) {
			server := tooltest.StartMysqld(t, flags...)
			p := tooltest.Start(t, "dbslower", "mysql", "-x", server.Exe, "--json", "-m", "10")
			server.Ask("20 select 'slow'", "1 select 'fast'", "ping", "thread 30 update t set x = 'ü'", "15 "+strings.Repeat("x", 5000), "12 "+strings.Repeat("y", 4095))
			got := slices.DeleteFunc(printed(t, tooltest.Stop(t, p).Stdout), func(q queries.Query) bool {
				return q.Query == "select 'fast'" && q.Latency >= 10e6 // so it was slow
			})
			want := slices.DeleteFunc(server.Made(), func(m tooltest.MadeQuery) bool { return m.Text == "select 'fast'" })
			if len(got) != 4 || len(want) != 4 {
				t.Fatalf("got %+v, want %+v", got, want)
			}
			for i, q := range got {
				checkMade(t, q, server.Pid(), want[i])
			}
		})
	}
}

// Servers of different files, which have their probes' arguments in different
// places, or no probes, are traced at once.
func TestLiveSeveral(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	testenv.NeedSDT(t)
	args := []string{"mysql", "--json", "-m", "0", "-p"}
	var servers []*tooltest.Mysqld
	for _, flags := range [][]string{{"-DPROBES"}, {"-DPROBES", "-fno-omit-frame-pointer"}, {"-DDATA"}} {
		server := tooltest.StartMysqld(t, flags...)
		servers = append(servers, server)
		args = append(args, fmt.Sprint(server.Pid()))
	}
	p := tooltest.Start(t, "dbslower", args...)
	for i, server := range servers {
		server.Ask(fmt.Sprintf("1 select %d", i))
	}
	got := printed(t, tooltest.Stop(t, p).Stdout)
	if len(got) != len(servers) {
		t.Fatalf("got %+v", got)
	}
	for i, q := range got {
		checkMade(t, q, servers[i].Pid(), servers[i].Made()[0])
	}
}

func checkMade(t *testing.T, q queries.Query, pid int, m tooltest.MadeQuery) {
	t.Helper()
	if took, whole := time.Duration(q.Latency), time.Duration(m.End-m.Begin); took > whole || took < whole-testenv.Timeout(10*time.Millisecond) {
		t.Errorf("%.50q took %v, by its own measure %v", m.Text, took, whole)
	}
	if begin, end := bccgo.KtimeToTime(m.Begin), bccgo.KtimeToTime(m.End); q.Time.Before(begin.Add(-10*time.Millisecond)) || q.Time.After(end.Add(10*time.Millisecond)) {
		t.Errorf("%.50q ended at %v, not between %v and %v", m.Text, q.Time, begin, end)
	}
	want := queries.Query{
		Time: q.Time, Latency: q.Latency, PID: uint32(pid), TID: m.TID,
		Query: m.Text[:min(len(m.Text), 4095)], QueryCut: len(m.Text) > 4095,
	}
	if q != want {
		t.Errorf("got %+v\nwant %+v", q, want)
	}
}
