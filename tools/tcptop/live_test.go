package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// pair is both ends of a connection within this process.
type pair struct{ client, server *net.TCPConn }

func connect(t *testing.T, addr string) pair {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return pair{client.(*net.TCPConn), server.(*net.TCPConn)}
}

func endsOf(c *net.TCPConn) inet.Ends {
	return inet.EndsOf(c.LocalAddr().(*net.TCPAddr).AddrPort(), c.RemoteAddr().(*net.TCPAddr).AddrPort())
}

// activity moves bytes in all ways and returns how many at which ends.
func activity(t *testing.T) map[inet.Ends]moved {
	t.Helper()
	v4, v6 := connect(t, "127.0.0.1:0"), connect(t, "[::1]:0")
	write(t, v4.client, 300000)
	peek(t, v4.server)
	read(t, v4.server, 300000)
	write(t, v4.server, 5)
	read(t, v4.client, 5)
	write(t, v6.client, 7000)
	read(t, v6.server, 7000)
	sendFile(t, v6.server, 50000)
	read(t, v6.client, 50000)
	return map[inet.Ends]moved{
		endsOf(v4.client): {Received: 5, Sent: 300000}, endsOf(v4.server): {Received: 300000, Sent: 5},
		endsOf(v6.client): {Received: 50000, Sent: 7000}, endsOf(v6.server): {Received: 7000, Sent: 50000},
	}
}

func write(t *testing.T, c *net.TCPConn, n int) {
	t.Helper()
	if _, err := c.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, c *net.TCPConn, n int) {
	t.Helper()
	if _, err := io.ReadFull(c, make([]byte, n)); err != nil {
		t.Fatal(err)
	}
}

// onFD calls f with the connection's descriptor.
func onFD(t *testing.T, c *net.TCPConn, f func(fd int) error) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	err = raw.Read(func(fd uintptr) bool {
		failed = f(int(fd))
		return !errors.Is(failed, unix.EAGAIN)
	})
	if err := errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
}

// peek looks at bytes that are received later.
func peek(t *testing.T, c *net.TCPConn) {
	t.Helper()
	onFD(t, c, func(fd int) error {
		_, _, err := unix.Recvfrom(fd, make([]byte, 1000), unix.MSG_PEEK)
		return err
	})
}

// sendFile sends n bytes of a file by sendfile(2).
func sendFile(t *testing.T, c *net.TCPConn, n int) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(int64(n)); err != nil {
		t.Fatal(err)
	}
	sent, err := c.ReadFrom(f)
	if err != nil || sent != int64(n) {
		t.Fatalf("sent %d bytes of %d: %v", sent, n, err)
	}
}

// totals adds up lines of JSON about this process.
func totals(t *testing.T, stdout string, want map[inet.Ends]moved) map[inet.Ends]moved {
	t.Helper()
	self := filepath.Base(os.Args[0])
	sums := map[inet.Ends]moved{}
	for line := range strings.Lines(stdout) {
		var r row
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		ends := inet.EndsOf(netip.AddrPortFrom(r.Laddr, r.Lport), netip.AddrPortFrom(r.Raddr, r.Rport))
		if _, ours := want[ends]; !ours {
			continue
		}
		if age := time.Since(r.Time); r.PID != uint32(os.Getpid()) || r.Comm != self[:min(15, len(self))] || r.IP != ends.Version || age < 0 || age > time.Minute {
			t.Errorf("got %s", line)
		}
		m := sums[ends]
		sums[ends] = moved{m.Received + r.Received, m.Sent + r.Sent}
	}
	return sums
}

// What this process moves is shown, and nothing else.
func TestLive(t *testing.T) {
	testenv.NotEmulated(t)
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "sock:sock_send_length")
	self := fmt.Sprint(os.Getpid())
	all := tooltest.Start(t, "tcptop", "-p", self, "--json", "--probes", "tracepoint", "0.3")
	text := tooltest.Start(t, "tcptop", "-p", self, "--probes", "tracepoint", "-S", "1000")
	sleeper := testenv.Start(t, "sleep", "1000")
	other := tooltest.Start(t, "tcptop", "-p", fmt.Sprint(sleeper.Pid()), "--json", "--probes", "tracepoint")
	want := activity(t)
	time.Sleep(700 * time.Millisecond)
	if got := totals(t, tooltest.StopNow(t, all).Stdout, want); !maps.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	checkText(t, tooltest.StopNow(t, text).Stdout, want)
	if r := tooltest.StopNow(t, other); r.Stdout != "" {
		t.Errorf("a process that sleeps moved bytes: %v", r)
	}
}

// checkText checks the rows of both tables.
func checkText(t *testing.T, stdout string, want map[inet.Ends]moved) {
	t.Helper()
	for ends, m := range want {
		row := fmt.Sprintf(`(?m)^%d +\S+ +%s:%d +%s:%d +%d +%d$`, os.Getpid(),
			regexp.QuoteMeta(ends.Local().String()), ends.Lport, regexp.QuoteMeta(ends.Remote().String()), ends.Rport, m.Received/1024, m.Sent/1024)
		if !regexp.MustCompile(row).MatchString(stdout) {
			t.Errorf("no %s in\n%s", row, stdout)
		}
	}
	headings := regexp.MustCompile(`(?s)^\s*PID +COMM +LADDR +RADDR +RX_KB +TX_KB\n.*\n\nPID +COMM +LADDR6 +RADDR6 +RX_KB +TX_KB\n`)
	if !headings.MatchString(stdout) {
		t.Errorf("got\n%s", stdout)
	}
}
