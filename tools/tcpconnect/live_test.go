package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

const minute = time.Minute

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "sock:inet_sock_set_state")
}

// made is a connect that was made.
type made struct {
	ip           uint32
	saddr, daddr netip.Addr
	lport, dport uint16
}

func listen(t *testing.T, network, addr string) netip.AddrPort {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// dial connects and returns what is to be seen.
func dial(t *testing.T, to netip.AddrPort) made {
	t.Helper()
	c, err := net.Dial("tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	from := c.LocalAddr().(*net.TCPAddr).AddrPort()
	m := made{6, from.Addr().Unmap(), to.Addr(), from.Port(), to.Port()}
	if to.Addr().Is4() {
		m.ip = 4
	}
	return m
}

// dialMapped connects over IPv4 from a socket of IPv6.
func dialMapped(t *testing.T, to netip.AddrPort) made {
	t.Helper()
	fd := socket(t, unix.AF_INET6)
	if err := unix.Connect(fd, &unix.SockaddrInet6{Addr: to.Addr().As16(), Port: int(to.Port())}); err != nil {
		t.Fatal(err)
	}
	return made{4, to.Addr(), to.Addr(), localPort(t, fd), to.Port()}
}

// refused connects in vain, from a port chosen by the test.
func refused(t *testing.T) made {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	to := l.Addr().(*net.TCPAddr).AddrPort()
	l.Close()
	fd := socket(t, unix.AF_INET)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: to.Addr().As4()}); err != nil {
		t.Fatal(err)
	}
	port := localPort(t, fd)
	if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())}); !errors.Is(err, unix.ECONNREFUSED) {
		t.Fatal(err)
	}
	return made{4, to.Addr(), to.Addr(), port, to.Port()}
}

func localPort(t *testing.T, fd int) uint16 {
	t.Helper()
	sa, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return uint16(sa.Port)
	case *unix.SockaddrInet6:
		return uint16(sa.Port)
	}
	t.Fatalf("got %T", sa)
	return 0
}

// activity connects in all kinds of ways and returns what is to be seen.
func activity(t *testing.T) []made {
	t.Helper()
	v4, v6 := listen(t, "tcp4", "127.0.0.1:0"), listen(t, "tcp6", "[::1]:0")
	all := []made{dial(t, v4), dial(t, v6), dial(t, v4), dialMapped(t, v4), refused(t)}
	// What does not get as far as a packet is no connection.
	fd := socket(t, unix.AF_INET)
	if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: [4]byte{255, 255, 255, 255}, Port: 1}); err == nil {
		t.Fatal("connected to the broadcast address")
	}
	return all
}

// connections reads JSON lines of this process.
func connections(t *testing.T, stdout string) []made {
	t.Helper()
	var out []made
	for line := range strings.Lines(stdout) {
		var c connection
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if c.PID != uint32(os.Getpid()) {
			continue
		}
		if self := filepath.Base(os.Args[0]); c.Comm != self[:min(15, len(self))] || c.UID != 0 {
			t.Errorf("got %+v", c)
		}
		if age := time.Since(c.Time); age < 0 || age > 5*time.Minute {
			t.Errorf("it was %v ago", age)
		}
		out = append(out, made{c.IP, c.Saddr, c.Daddr, c.Lport, c.Dport})
	}
	return out
}

// check compares without order, which processors mix.
func check(t *testing.T, stdout string, want []made) {
	t.Helper()
	got := connections(t, stdout)
	for _, list := range [][]made{got, want} {
		slices.SortFunc(list, func(a, b made) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestLive(t *testing.T) {
	needs(t)
	p := tooltest.Start(t, "tcpconnect", "--json", "-L", "-p", fmt.Sprint(os.Getpid()))
	want := activity(t)
	r := tooltest.Stop(t, p)
	check(t, r.Stdout, want)
	if n := strings.Count(r.Stdout, "\n"); n != len(want) {
		t.Errorf("%d lines, of other processes, too:\n%s", n, r.Stdout)
	}
}

// Without an answer the port is known when the first packet is sent again, and
// what is waited for at the end is shown, too.
func TestLiveNoAnswer(t *testing.T) {
	needs(t)
	server := socket(t, unix.AF_INET)
	if err := unix.Bind(server, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(server, 0); err != nil {
		t.Fatal(err)
	}
	port := localPort(t, server)
	p := tooltest.Start(t, "tcpconnect", "-L", "-p", fmt.Sprint(os.Getpid()), "--probes", "tracepoint")
	connect := func() uint16 {
		fd := socket(t, unix.AF_INET)
		if err := unix.SetNonblock(fd, true); err != nil {
			t.Fatal(err)
		}
		if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: int(port)}); err != nil && !errors.Is(err, unix.EINPROGRESS) {
			t.Fatal(err)
		}
		return localPort(t, fd)
	}
	connect() // fills the queue
	waiting := connect()
	p.Await(fmt.Sprintf(`(?m)127\.0\.0\.1 +%d +127\.0\.0\.1 +%d$`, waiting, port), minute)
	connect()
	if r := p.Stop(); r.ExitCode != 0 || strings.Count(r.Stdout, "\n") != 4 || !strings.HasSuffix(r.Stdout, fmt.Sprintf("127.0.0.1        -      127.0.0.1        %d\n", port)) {
		t.Errorf("the last is to be shown without a port: %v", r)
	}
}

// The filters leave out what they should, and nothing else.
func TestLiveFilters(t *testing.T) {
	needs(t)
	v4, other, v6 := listen(t, "tcp4", "127.0.0.1:0"), listen(t, "tcp4", "127.0.0.1:0"), listen(t, "tcp6", "[::1]:0")
	self := fmt.Sprint(os.Getpid())
	idle := fmt.Sprint(testenv.StartCmd(t, exec.Command("sleep", "1000")).Pid())
	comm := filepath.Base(os.Args[0])
	comm = comm[:min(15, len(comm))]
	head := fmt.Sprintf("%-7s %-12s ", self, comm)
	row := func(to netip.AddrPort) string {
		ip := 4
		if to.Addr().Is6() {
			ip = 6
		}
		return fmt.Sprintf("%s%-2d %-16s %-16s %d\n", head, ip, to.Addr(), to.Addr(), to.Port())
	}
	const heading = "PID     COMM         IP SADDR            DADDR            DPORT\n"
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"process", []string{"-p", self}, heading + row(v4) + row(other) + row(v6)},
		{"IPv4", []string{"-4", "-p", self}, heading + row(v4) + row(other)},
		{"IPv6", []string{"-6", "-p", self}, heading + row(v6)},
		{"ports", []string{"-P", fmt.Sprintf("%d,%d", v6.Port(), v4.Port()), "-p", self}, heading + row(v4) + row(v6)},
		{"user", []string{"-u", "root", "-p", self}, heading + row(v4) + row(other) + row(v6)},
		{"other user", []string{"-u", "65534", "-p", self}, heading},
		{"other process", []string{"-p", idle}, heading},
		{"columns", []string{"-U", "-4", "-P", fmt.Sprint(v4.Port()), "-p", self}, "UID   " + heading + "0     " + row(v4)},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := tooltest.Start(t, "tcpconnect", test.args...)
			for _, to := range []netip.AddrPort{v4, other, v6} {
				dial(t, to)
				time.Sleep(testenv.Timeout(10 * time.Millisecond)) // for their order
			}
			if r := tooltest.Stop(t, p); r.Stdout != test.want {
				t.Errorf("got\n%swant\n%s", r.Stdout, test.want)
			}
		})
	}
}

func TestLiveCount(t *testing.T) {
	needs(t)
	v4, v6 := listen(t, "tcp4", "127.0.0.1:0"), listen(t, "tcp6", "[::1]:0")
	p := tooltest.Start(t, "tcpconnect", "-c", "-p", fmt.Sprint(os.Getpid()))
	for range 7 {
		dial(t, v4)
	}
	for range 11 {
		dial(t, v6)
	}
	want := "\nLADDR                     RADDR                     RPORT                CONNECTS\n" +
		fmt.Sprintf("%-25s %-25s %-20d 11\n", "::1", "::1", v6.Port()) +
		fmt.Sprintf("%-25s %-25s %-20d 7\n", "127.0.0.1", "127.0.0.1", v4.Port())
	r := tooltest.Stop(t, p)
	if r.Stdout != want {
		t.Errorf("got\n%swant\n%s", r.Stdout, want)
	}
	if !strings.Contains(r.Stderr, "tcpconnect: counting connections until Ctrl-C\n") {
		t.Errorf("it does not say that it counts: %q", r.Stderr)
	}
}

// Connections have the names that were asked for, in the tool's network
// namespace.
func TestLiveNames(t *testing.T) {
	needs(t)
	helper, goOn := startHelper(t)
	pid := fmt.Sprint(helper.Pid())
	p := tooltest.StartBy(t, []string{"nsenter", "--net", "--target", pid}, "tcpconnect", "-d", "-p", pid)
	goOn()
	helper.Await("(?m)^connected$", minute)
	time.Sleep(testenv.Timeout(200 * time.Millisecond))
	goOn()
	if r := helper.Wait(minute); r.ExitCode != 0 {
		t.Fatal(r)
	}
	want := `^PID     COMM         IP SADDR            DADDR            DPORT QUERY
\d+ +\S+ +4  127.0.0.1 +127.0.0.2 +4000  www.example.test( \(\d+\.\d{3}ms\))?
\d+ +\S+ +4  127.0.0.1 +127.0.0.1 +4000  localhost
\d+ +\S+ +4  127.0.0.1 +127.0.0.3 +4000  No DNS Query
\d+ +\S+ +4  127.0.0.1 +127.0.0.2 +4000  www.example.test \(\d+\.\d{3}ms\)
$`
	if r := tooltest.Stop(t, p); !regexp.MustCompile(want).MatchString(r.Stdout) {
		t.Errorf("got\n%s", r.Stdout)
	}
}
