package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// start runs the program in a network namespace of its own.
func start(t *testing.T, args string) *testenv.Proc {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "ip")
	cmd := exec.Command("unshare", "--net", "sh", "-c", `ip link set lo up && exec "$0" `+args, testenv.Tool(t, "17_networking"))
	p := testenv.StartCmd(t, cmd)
	p.Await("Ctrl-C ends it", time.Minute)
	return p
}

// listen opens a UDP socket in the network of a process.
func listen(t *testing.T, pid int, address string) net.PacketConn {
	t.Helper()
	var conn net.PacketConn
	err := activity.InNetworkOf(pid, func() (err error) {
		conn, err = net.ListenPacket("udp4", address)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// deny is a name server that knows no name.
func deny(conn net.PacketConn) {
	packet := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFrom(packet)
		if err != nil {
			return // closed: the test ends
		}
		packet[2] |= 0x80 // an answer,
		packet[3] = 3     // that there is no such name
		conn.WriteTo(packet[:n], from)
	}
}

// lookUp asks the server at 127.0.0.1 in the network of a process.
func lookUp(t *testing.T, pid int, name string) {
	t.Helper()
	resolver := net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (conn net.Conn, err error) {
		err = activity.InNetworkOf(pid, func() (err error) {
			conn, err = net.Dial("udp4", "127.0.0.1:53")
			return err
		})
		return conn, err
	}}
	_, err := resolver.LookupHost(t.Context(), name)
	var unknown *net.DNSError
	if !errors.As(err, &unknown) || !unknown.IsNotFound {
		t.Fatalf("look up %s: %v", name, err)
	}
}

// rows returns type and name of each row, sorted, and checks the rest.
func rows(t *testing.T, result testenv.Result) (got []string) {
	t.Helper()
	heading, body, _ := strings.Cut(result.Stdout, "\n")
	if result.ExitCode != 0 || heading != "TIME     FROM            TYPE  NAME" {
		t.Errorf("heading: %v", result)
	}
	row := regexp.MustCompile(`^\d\d:\d\d:\d\d 127\.0\.0\.1 +(\S+) +(\S+)$`)
	for line := range strings.Lines(body) {
		m := row.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			t.Errorf("%q is no row", line)
			continue
		}
		got = append(got, m[1]+" "+m[2])
	}
	slices.Sort(got)
	return got
}

func TestShowsEachQuery(t *testing.T) {
	for _, args := range []string{"", "-i lo"} {
		t.Run(args, func(t *testing.T) {
			p := start(t, args)
			go deny(listen(t, p.Pid(), "127.0.0.1:53"))
			other := listen(t, p.Pid(), "127.0.0.1:5353")

			lookUp(t, p.Pid(), "www.example.org.")
			// What looks like a query is one at port 53 alone.
			ask := []byte("\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x05other\x04port\x00\x00\x01\x00\x01")
			if _, err := other.WriteTo(ask, other.LocalAddr()); err != nil {
				t.Fatal(err)
			}
			lookUp(t, p.Pid(), "last.test.")
			p.Await(`(?s)(?:last\.test.*?){2}`, 10*time.Second)

			result := p.Stop()
			want := []string{"A last.test", "A www.example.org", "AAAA last.test", "AAAA www.example.org"}
			if got := rows(t, result); !slices.Equal(got, want) || t.Failed() {
				t.Errorf("%q, want %q: %v", got, want, result)
			}
		})
	}
}

// An IP header with options is longer: the filter has to find what follows.
func TestOptions(t *testing.T) {
	p := start(t, "-i lo")
	listen(t, p.Pid(), "127.0.0.1:53")
	from := listen(t, p.Pid(), "127.0.0.1:0").(*net.UDPConn)
	setOption(t, from)
	ask := []byte("\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04with\x06option\x00\x00\x10\x00\x01")
	if _, err := from.WriteTo(ask, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 53}); err != nil {
		t.Fatal(err)
	}
	p.Await("with.option$", 10*time.Second)
	if got := rows(t, p.Stop()); !slices.Equal(got, []string{"TXT with.option"}) {
		t.Error(got)
	}
}

func TestUnknownDevice(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	result := testenv.Run(t, time.Minute, testenv.Tool(t, "17_networking"), "-i", "nonesuch")
	if result.ExitCode == 0 || !strings.Contains(result.Stderr, "find network device nonesuch") {
		t.Error(result)
	}
}

// setOption adds an option that does nothing to the packets of a socket.
func setOption(t *testing.T, conn *net.UDPConn) {
	t.Helper()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if controlErr := raw.Control(func(fd uintptr) {
		// Four times IPOPT_NOOP.
		err = unix.SetsockoptString(int(fd), unix.IPPROTO_IP, unix.IP_OPTIONS, "\x01\x01\x01\x01")
	}); controlErr != nil || err != nil {
		t.Fatal(fmt.Errorf("set an IP option: %w", errors.Join(controlErr, err)))
	}
}
