package main

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// dial connects from one address to another, or fails to.
func dial(t *testing.T, from, to string, wantErr bool) {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := d.Dial("tcp", to)
	if err == nil {
		conn.Close()
	}
	if (err != nil) != wantErr {
		t.Errorf("connect %s to %s: %v", from, to, err)
	}
}

func listen(t *testing.T, network, addr string) string {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

func TestShowsConnections(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	testenv.NeedHeaders(t)
	open, six := listen(t, "tcp4", "127.0.0.1:0"), listen(t, "tcp6", "[::1]:0")
	p := testenv.Start(t, testenv.Tool(t, "tcpv4connect"))
	p.Await("Ctrl-C ends it", time.Minute)

	dial(t, "127.0.0.2", open, false)
	dial(t, "127.0.0.3", "127.0.0.1:1", true) // a packet is sent, and refused
	dial(t, "::1", six, false)
	dial(t, "127.0.0.5", "192.0.2.1:80", true) // no packet: that address is on no loopback
	dial(t, "127.0.0.4", open, false)
	p.Await(` 127\.0\.0\.4 `, 10*time.Second)

	result := p.Stop()
	if result.ExitCode != 0 || !strings.HasPrefix(result.Stdout, "PID     TASK             FROM            TO              PORT\n") {
		t.Errorf("heading: %v", result)
	}
	row := regexp.MustCompile(fmt.Sprintf(`(?m)^%-7d .{16} (\S+) +(\S+) +(\d+)$`, os.Getpid()))
	var conns []string
	for _, m := range row.FindAllStringSubmatch(result.Stdout, -1) {
		conns = append(conns, m[1]+" "+net.JoinHostPort(m[2], m[3]))
	}
	slices.Sort(conns) // each CPU has a buffer of its own
	if want := []string{"127.0.0.2 " + open, "127.0.0.3 127.0.0.1:1", "127.0.0.4 " + open}; !slices.Equal(conns, want) {
		t.Errorf("%q, want %q: %v", conns, want, result)
	}
}
