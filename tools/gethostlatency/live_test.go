package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
}

const slow = 200 * time.Millisecond // see the resolver's name server

// asked are look-ups of all kinds.
var asked = []string{
	"getaddrinfo localhost",
	"getaddrinfo 127.0.0.1",
	"getaddrinfo ::1", // not an address of IPv4, which is asked for
	"getaddrinfo missing.test",
	"getaddrinfo slow.test",
	"gethostbyname localhost",
	"gethostbyname missing.test",
	"gethostbyname slow.test",
	"gethostbyname2 localhost",
	"gethostbyname2 missing.test",
	"gethostbyname2 127.0.0.1",
	"listen -", // looks up no name
	"getaddrinfo grüße.test",
	"getaddrinfo a\tb",
	"getaddrinfo ",
	"getaddrinfo " + strings.Repeat("x", 255),
	"getaddrinfo " + strings.Repeat("y", 300),
	"both slow.test localhost", // the other one ends first
}

func TestLive(t *testing.T) {
	needs(t)
	path := buildResolver(t)
	r, other := startResolver(t, path), startResolver(t, path)
	p := tooltest.Start(t, "gethostlatency", "--json", "--stats", "-p", fmt.Sprint(r.Pid()))
	other.ask("getaddrinfo localhost")
	r.ask(asked...)
	other.ask("gethostbyname missing.test")
	result := tooltest.Stop(t, p)
	checkLookups(t, r, lookups(t, result.Stdout))
	if !regexp.MustCompile(`(?m)^gethostlatency: 18 look-ups, 9 failed; \d+\.\d\d ms at least, .* ms on average, .* ms at most$`).MatchString(result.Stderr) {
		t.Errorf("no summary: %s", result.Stderr)
	}
}

// lookups reads JSON lines.
func lookups(t *testing.T, stdout string) []lookup {
	t.Helper()
	var out []lookup
	for line := range strings.Lines(stdout) {
		var l lookup
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		out = append(out, l)
	}
	return out
}

// checkLookups compares what was printed with the calls of a resolver.
func checkLookups(t *testing.T, r *resolver, got []lookup) {
	t.Helper()
	want := slices.DeleteFunc(r.made(), func(m made) bool { return m.function == "listen" })
	if len(got) != len(want) {
		t.Fatalf("%d look-ups, want %d: %+v", len(got), len(want), got)
	}
	for i, l := range got {
		checkLookup(t, r, l, want[i])
	}
}

func checkLookup(t *testing.T, r *resolver, l lookup, m made) {
	t.Helper()
	const slack = 10 * time.Millisecond // between the clocks
	took := time.Duration(l.Latency)
	if took <= 0 || took > time.Duration(m.end-m.begin) || m.host == "slow.test" && took < slow {
		t.Errorf("%s %s took %v, by its own measure %v", m.function, m.host, took, time.Duration(m.end-m.begin))
	}
	if l.Time.Before(at(m.begin).Add(took-slack)) || l.Time.After(at(m.end).Add(slack)) {
		t.Errorf("%s %s: ended at %v, not between %v and %v", m.function, m.host, l.Time, at(m.begin), at(m.end))
	}
	l.Time, l.Latency = time.Time{}, 0
	want := lookup{PID: uint32(r.Pid()), TID: m.tid, Comm: "resolver", Function: m.function, Host: m.host}
	if len(m.host) >= hostSize {
		want.Host, want.HostCut = m.host[:hostSize-1], true
	}
	if m.ret != 0 {
		want.Error = "failed"
	}
	if m.ret != 0 && m.function == "getaddrinfo" {
		want.Error = errorName(m.ret)
	}
	if l != want {
		t.Errorf("got %+v, want %+v", l, want)
	}
}

// Rows are as BCC's, or with the function and the error.
func TestLiveRows(t *testing.T) {
	needs(t)
	r := startResolver(t, buildResolver(t))
	plain := tooltest.Start(t, "gethostlatency", "-p", fmt.Sprint(r.Pid()))
	failed := tooltest.Start(t, "gethostlatency", "-ex", "-p", fmt.Sprint(r.Pid()))
	r.ask("getaddrinfo slow.test", "getaddrinfo missing\tname.test", "gethostbyname localhost", "gethostbyname nothing.test")
	row := fmt.Sprintf(`\d\d:\d\d:\d\d  %-7d resolver         `, r.Pid())
	for want, p := range map[string]*testenv.Proc{
		`^TIME      PID     COMM                  LATms HOST\n` + row + ` +\d{3,}\.\d\d slow\.test\n` +
			row + ` +\d+\.\d\d missing\\tname\.test\n` + row + ` +\d+\.\d\d localhost\n` + row + ` +\d+\.\d\d nothing\.test\n$`: plain,
		`^TIME      PID     COMM                  LATms FUNCTION       ERROR          HOST\n` +
			row + ` +\d+\.\d\d getaddrinfo    EAI_NONAME     missing\\tname\.test\n` +
			row + ` +\d+\.\d\d gethostbyname  failed         nothing\.test\n$`: failed,
	} {
		if out := tooltest.Stop(t, p).Stdout; !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("got\n%swant\n%s", out, want)
		}
	}
}

// The functions are found in a program that has its C library in itself.
func TestLiveStatic(t *testing.T) {
	needs(t)
	r := startResolver(t, buildResolver(t, "-static", "-w", "-Wl,--no-warnings"))
	p := tooltest.Start(t, "gethostlatency", "--json", "-p", fmt.Sprint(r.Pid()))
	r.ask("getaddrinfo localhost", "getaddrinfo slow.test", "gethostbyname missing.test")
	checkLookups(t, r, lookups(t, tooltest.Stop(t, p).Stdout))
}

// A look-up that makes another one is shown with its own time, after that one.
func TestLiveNested(t *testing.T) {
	needs(t)
	path := buildResolver(t)
	dir := filepath.Dir(path)
	build := exec.Command("gcc", "-shared", "-fPIC", "-o", dir+"/libnss_nest.so.2", "testdata/nest.c")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r := startResolver(t, path, "LD_LIBRARY_PATH="+dir)
	p := tooltest.Start(t, "gethostlatency", "--json", "-p", fmt.Sprint(r.Pid()))
	r.ask("getaddrinfo nest.test")
	got := lookups(t, tooltest.Stop(t, p).Stdout)
	if len(got) != 2 || got[0].Function != "gethostbyname" || got[0].Host != "localhost" || got[0].Latency >= got[1].Latency {
		t.Fatalf("got %+v", got)
	}
	checkLookup(t, r, got[1], r.made()[0])
}

// A call that is under way when the tracing begins is not shown, nor is it taken
// for one that got lost; one that never ends does no harm.
func TestLiveUnderWay(t *testing.T) {
	needs(t)
	r := startResolver(t, buildResolver(t))
	r.tell("getaddrinfo hang.test")
	p := tooltest.Start(t, "gethostlatency", "--json", "-p", fmt.Sprint(r.Pid()))
	r.awaitCalls(1)
	r.ask("getaddrinfo localhost")
	r.tell("getaddrinfo hang.test")
	time.Sleep(testenv.Timeout(100 * time.Millisecond))
	r.Signal(syscall.SIGKILL)
	got := lookups(t, tooltest.Stop(t, p).Stdout)
	calls := r.made()
	if len(got) != 1 || len(calls) != 2 {
		t.Fatalf("got %+v of %+v", got, calls)
	}
	checkLookup(t, r, got[0], calls[1])
}

// A reader that goes away ends the tool without complaint.
func TestLivePipe(t *testing.T) {
	needs(t)
	testenv.NeedProgram(t, "bash")
	r := startResolver(t, buildResolver(t))
	p := testenv.Start(t, "bash", "-c", `"$0" -v -p "$1" | head -n 2; echo "status ${PIPESTATUS[0]}" >&2`,
		testenv.Tool(t, "gethostlatency"), fmt.Sprint(r.Pid()))
	p.Await("(?m)^gethostlatency: tracing$", time.Minute)
	for range 3 {
		r.ask("getaddrinfo localhost")
		time.Sleep(testenv.Timeout(600 * time.Millisecond))
	}
	result := p.Wait(time.Minute)
	if !strings.HasSuffix(result.Stderr, "status 0\n") || !strings.HasSuffix(result.Stdout, " localhost\n") || strings.Count(result.Stdout, "\n") != 2 {
		t.Errorf("%v", result)
	}
}
