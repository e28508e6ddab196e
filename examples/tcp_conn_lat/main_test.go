package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/lab"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// dialed is a connection that was made, or not, and how long the call took.
type dialed struct {
	version  int
	from, to string
	took     time.Duration
	result   string
}

// listen opens a port of the second host on all addresses.
func listen(t *testing.T, ns *lab.Net) (port string) {
	t.Helper()
	var l net.Listener
	ns.Do(func() (err error) {
		l, err = net.Listen("tcp", ":0")
		return err
	})
	t.Cleanup(func() { l.Close() })
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

func dial(t *testing.T, ns *lab.Net, version int, host, port string) (d dialed) {
	t.Helper()
	d = dialed{version: version, to: net.JoinHostPort(host, port), result: "failed"}
	ns.Do(func() error {
		began := time.Now()
		conn, err := net.Dial("tcp", d.to)
		d.took = time.Since(began)
		if err == nil {
			d.from, d.result = conn.LocalAddr().String(), "established"
			conn.Close()
		}
		return nil
	})
	return d
}

// check compares a row with what the caller of connect(2) saw, who waits a little
// longer than the answer takes.
func check(t *testing.T, row []string, d dialed, least time.Duration) {
	t.Helper()
	if len(row) != 7 || row[0] != fmt.Sprint(os.Getpid()) || row[2] != fmt.Sprint(d.version) || row[4] != d.to || row[6] != d.result {
		t.Errorf("%q for %+v", row, d)
		return
	}
	if d.from != "" && row[3] != d.from {
		t.Errorf("from %s, want %s", row[3], d.from)
	}
	ms, err := strconv.ParseFloat(row[5], 64)
	if got := time.Duration(ms * float64(time.Millisecond)); err != nil || got > d.took || got < least || got < d.took-testenv.Timeout(500*time.Millisecond) {
		t.Errorf("%q, want at least %v and nearly %v (%v)", row, least, d.took, err)
	}
}

// rows are what the program printed.
func rows(t *testing.T, result testenv.Result) (all [][]string) {
	t.Helper()
	heading, body, _ := strings.Cut(result.Stdout, "\n")
	if result.ExitCode != 0 || strings.Join(strings.Fields(heading), " ") != "PID TASK IP FROM TO MS RESULT" {
		t.Error(result)
	}
	for line := range strings.Lines(body) {
		all = append(all, strings.Fields(line))
	}
	return all
}

func TestTimesConnections(t *testing.T) {
	testenv.NotEmulated(t)
	first, second := lab.Pair(t)
	testenv.NeedTracepoint(t, "sock:inet_sock_set_state")
	port := listen(t, second)
	pid := fmt.Sprint(os.Getpid())
	all := first.Start("tcp_conn_lat", "-p", pid)
	slow := first.Start("tcp_conn_lat", "-p", pid, "-min", "900ms")
	other := first.Start("tcp_conn_lat", "-p", fmt.Sprint(first.Pid()))
	for _, p := range []*testenv.Proc{all, slow, other} {
		p.Await("Ctrl-C ends it", time.Minute)
	}

	want := []dialed{
		dial(t, first, 4, "10.9.0.2", port), dial(t, first, 6, "fd09::2", port),
		dial(t, first, 4, "10.9.0.2", "1"), dial(t, first, 6, "fd09::2", "1"), // nobody listens
	}
	// The host does not answer until the packet comes again, a second later.
	second.Sh("ip route add blackhole 10.9.0.1/32; (sleep 0.3; ip route del blackhole 10.9.0.1/32) > /dev/null 2>&1 &")
	want = append(want, dial(t, first, 4, "10.9.0.2", port))

	got := rows(t, all.Stop())
	if len(got) != len(want) {
		t.Fatalf("%d connections were shown, want %d: %q", len(got), len(want), got)
	}
	for i, row := range got {
		least := time.Duration(0)
		if i == len(got)-1 {
			least = 900 * time.Millisecond
		}
		check(t, row, want[i], least)
	}
	if got := rows(t, slow.Stop()); len(got) != 1 {
		t.Errorf("-min: %q, want the last", got)
	} else {
		check(t, got[0], want[len(want)-1], 900*time.Millisecond)
	}
	if got := rows(t, other.Stop()); len(got) != 0 {
		t.Errorf("of another process: %q", got)
	}
}

func TestBadInput(t *testing.T) {
	testenv.NotEmulated(t)
	ns := lab.New(t)
	for _, args := range []string{"-p -1", "-min -1s"} {
		if r := ns.Run("tcp_conn_lat", strings.Fields(args)...); r.ExitCode != 1 || !strings.Contains(r.Stderr, "neither can be negative") {
			t.Errorf("%q: %v", args, r)
		}
	}
}
