package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// notEmulated skips what takes long there and shows nothing more.
func notEmulated(t *testing.T) {
	t.Helper()
	if testenv.Current() == testenv.StageVM {
		t.Skip("the same on every kernel")
	}
}

// trace starts the lesson and waits until it sees requests.
func trace(t *testing.T, args ...string) *testenv.Proc {
	t.Helper()
	p := testenv.Start(t, append([]string{testenv.Tool(t, "15_http_requests")}, args...)...)
	p.Await("^TIME", time.Minute)
	return p
}

// row is a printed line.
type row struct {
	seconds           float64
	comm, method, url string
	pid               int
}

// rows takes apart what the lesson printed, in the order of time: on a slow
// machine events may come later than the lesson waits for them.
func rows(t *testing.T, result testenv.Result) []row {
	t.Helper()
	heading, body, _ := strings.Cut(result.Stdout, "\n")
	if result.ExitCode != 0 || heading != "TIME(s)        COMM             PID     METHOD   URL" {
		t.Errorf("%v", result)
	}
	var list []row
	for line := range strings.Lines(body) {
		m := regexp.MustCompile(`^(\d+\.\d{6}) +(\S+) +(\d+) +(\S+) +(\S+)\n$`).FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("line %q: %v", line, result)
		}
		seconds, _ := strconv.ParseFloat(m[1], 64)
		pid, _ := strconv.Atoi(m[3])
		list = append(list, row{seconds, m[2], m[4], m[5], pid})
	}
	slices.SortFunc(list, func(a, b row) int { return cmp.Compare(a.seconds, b.seconds) })
	return list
}

// now is the kernel's time of events, in seconds, as precise as it is printed.
func now(t *testing.T) float64 {
	t.Helper()
	var at unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &at); err != nil {
		t.Fatal(err)
	}
	seconds, err := strconv.ParseFloat(fmt.Sprintf("%.6f", float64(at.Nano())/1e9), 64)
	if err != nil {
		t.Fatal(err)
	}
	return seconds
}

// requests are sent one after the other: what is sent, what is printed of it,
// and how the server answers.
var requests = []struct {
	method, url, body string
	printed           string
	status            int
}{
	{"GET", "/", "", "/", 200},
	{"GET", "/bread?kind=rye&slices=12", "", "/bread?kind=rye&slices=12", 200},
	{"HEAD", "/cake", "", "/cake", 200},
	{"POST", "/cake", strings.Repeat("more than the server reads ", 4000), "/cake", 200},
	{"DELETE", "/no/such/thing", "", "/no/such/thing", 404},
	{"PROPPATCHES", "/bread", "", "/bread", 200},
	{"PROPPATCHES-AND-MORE", "/bread", "", "/bread", 200},
	{"GET", "/100%25/%7Ebaker%20", "", "/100%25/%7Ebaker%20", 404},
	{"GET", "/" + strings.Repeat("f", 126), "", "/" + strings.Repeat("f", 126), 404},
	{"GET", "/" + strings.Repeat("g", 127), "", "/" + strings.Repeat("g", 126), 404},
	{"GET", "/" + strings.Repeat("long/", 1000), "", ("/" + strings.Repeat("long/", 1000))[:127], 404},
}

func TestShowsEachRequest(t *testing.T) {
	path := buildServer(t)
	s, other := startServer(t, path), startServer(t, path)
	s.ask("GET", "/too-early", "")
	p := trace(t, "-p", strconv.Itoa(s.Pid()))
	var before []float64
	for _, r := range requests {
		before = append(before, now(t))
		if got := s.ask(r.method, r.url, r.body); got.status != r.status {
			t.Errorf("%s %.40s: %+v, want status %d", r.method, r.url, got, r.status)
		}
		other.ask("GET", "/of-another-process", "")
	}
	before = append(before, now(t))
	s.send("GET /\x1b[2J\"\\ HTTP/1.0\r\n\r\n")
	s.send("this is none\r\n\r\n")
	p.Await(`\\x1b`, 10*time.Second)

	list := rows(t, p.Stop())
	if len(list) != len(requests)+1 {
		t.Fatalf("%d rows, want %d: %+v", len(list), len(requests)+1, list)
	}
	for i, r := range requests {
		want := row{list[i].seconds, "http_server", r.method[:min(len(r.method), 11)], r.printed, s.Pid()}
		if list[i] != want || list[i].seconds < before[i] || list[i].seconds > before[i+1] {
			t.Errorf("%+v, want %+v from %f to %f", list[i], want, before[i], before[i+1])
		}
	}
	if got := list[len(requests)].url; got != `/\x1b[2J\"\\` {
		t.Errorf("control characters: %q", got)
	}
}

// node passes the probe of Node.js, as versions up to 18 do, with a method and
// a URL for each line it reads.
const node = `
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>
#include <stdio.h>

unsigned short node_http__server__request_semaphore __attribute__((section(".probes")));

int main(void)
{
	char request[8], connection[8], method[16], url[64];

	while (scanf("%15s %63s", method, url) == 2) {
		if (node_http__server__request_semaphore)
			STAP_PROBE7(node, http__server__request, request, connection, "127.0.0.1", 8124, method, url, 9);
		puts("served");
		fflush(stdout);
	}
	return 0;
}
`

// What the README says of Node.js works with a probe of that form.
func TestOtherServersProbe(t *testing.T) {
	notEmulated(t)
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "gcc")
	testenv.NeedSDT(t)
	program := activity.StartC(t, node)
	p := trace(t, "-p", strconv.Itoa(program.Pid()), "--probe", "node:http__server__request", "--method", "5", "--url", "6")
	program.Tell("PATCH /some/page?a=b")
	p.Await("/some", 10*time.Second)
	list := rows(t, p.Stop())
	if want := (row{comm: "target", method: "PATCH", url: "/some/page?a=b", pid: program.Pid()}); len(list) != 1 || list[0].seconds == 0 {
		t.Errorf("%+v", list)
	} else if list[0].seconds = 0; list[0] != want {
		t.Errorf("%+v, want %+v", list[0], want)
	}
}

func TestRefuses(t *testing.T) {
	notEmulated(t)
	pid := strconv.Itoa(startServer(t, buildServer(t)).Pid())
	without := strconv.Itoa(testenv.Start(t, "sleep", "1000").Pid())
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "name the server by its process: -p PID"},
		{[]string{"-p", "0"}, "name the server by its process: -p PID"},
		{[]string{"-p", "node"}, `invalid value "node" for flag -p`},
		{[]string{"-p", pid, "more"}, `"more" is too much`},
		{[]string{"-p", "4194305"}, "process 4194305: there is no such process"}, // the kernel gives no such number
		{[]string{"-p", without}, "process " + without + " has none"},
		{[]string{"-p", pid, "--probe", "request__start"}, "it has http_server:request__begin, http_server:request__end"},
		{[]string{"-p", pid, "--url", "4"}, "probe http_server:request__begin has no argument 4: it has 3"},
	} {
		result := testenv.Run(t, time.Minute, append([]string{testenv.Tool(t, "15_http_requests")}, c.args...)...)
		if result.ExitCode != 1 || !strings.Contains(result.Stderr, c.want) || strings.Contains(result.Stdout, "URL\n") {
			t.Errorf("%v: %v", c.args, result)
		}
	}
}
