package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/lab"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// join puts the test's own process into a control group until the test ends.
func join(t *testing.T, group string) {
	t.Helper()
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	path := regexp.MustCompile(`(?m)^0::(.*)$`).FindSubmatch(own)
	if path == nil {
		t.Fatalf("no control group of version 2 in %q", own)
	}
	enter(t, group)
	t.Cleanup(func() { enter(t, filepath.Join(filepath.Dir(group), string(path[1]))) })
}

func enter(t *testing.T, group string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte("0"), 0); err != nil {
		t.Fatal(err)
	}
}

// pair is a connection in a network namespace, to a listener at an address.
func pair(t *testing.T, ns *lab.Net, network, listen string) (client, server net.Conn) {
	t.Helper()
	ns.Do(func() error {
		l, err := net.Listen(network, listen)
		if err != nil {
			return err
		}
		defer l.Close()
		port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
		if client, err = net.Dial("tcp4", net.JoinHostPort("127.0.0.1", port)); err != nil {
			return err
		}
		server, err = l.Accept()
		return err
	})
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

// exchange sends messages of 1,000 bytes in turns, which must arrive as they are.
func exchange(t *testing.T, a, b net.Conn, messages int) {
	t.Helper()
	got, want := make([]byte, 1000), make([]byte, 1000)
	for i := range messages {
		from, to := a, b
		if i%2 == 1 {
			from, to = b, a
		}
		for j := range want {
			want[j] = byte(i + j)
		}
		_, writeErr := from.Write(want)
		if err := errors.Join(writeErr, to.SetReadDeadline(time.Now().Add(10*time.Second))); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(to, got); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("message %d: %v, or another one arrived", i, err)
		}
	}
}

// received is how many bytes have come through the loopback device.
func received(t *testing.T, ns *lab.Net) (n int) {
	t.Helper()
	devices, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/dev", ns.Pid()))
	if err != nil {
		t.Fatal(err)
	}
	_, row, _ := strings.Cut(string(devices), " lo:")
	if _, err := fmt.Sscan(row, &n); err != nil {
		t.Fatalf("%v: %q", err, devices)
	}
	return n
}

func TestRedirects(t *testing.T) {
	ns := lab.New(t)
	group := lab.Group(t)
	join(t, group)
	p := ns.Start("sockmap_redirect", group)
	p.Await("Ctrl-C ends it", time.Minute)
	client, server := pair(t, ns, "tcp4", "127.0.0.1:0")
	mapped, mappedServer := pair(t, ns, "tcp", ":0") // the server's end is of IPv6
	before := received(t, ns)
	exchange(t, client, server, 300)
	exchange(t, mapped, mappedServer, 100)
	if n := received(t, ns) - before; n > 40_000 {
		t.Errorf("%d bytes of 400,000 went over the device", n)
	}
	result := p.Stop()
	const want = "4 sockets: 400 messages (400000 bytes) redirected, 0 messages left to the network stack\n"
	if result.ExitCode != 0 || result.Stdout != want {
		t.Error(result)
	}
	exchange(t, client, server, 50) // these live on, and new ones take the usual way
	client, server = pair(t, ns, "tcp4", "127.0.0.1:0")
	before = received(t, ns)
	exchange(t, client, server, 50)
	if n := received(t, ns) - before; n < 50_000 {
		t.Errorf("the program has ended, and %d bytes of 50,000 went over the device", n)
	}
}

// Sockets outside of the group, and those with one end outside, are left alone;
// and so is everything when the program was killed.
func TestLeavesOthersAlone(t *testing.T) {
	testenv.NotEmulated(t)
	ns := lab.New(t)
	group := lab.Group(t)
	p := ns.Start("sockmap_redirect", group)
	p.Await("Ctrl-C ends it", time.Minute)
	client, server := pair(t, ns, "tcp4", "127.0.0.1:0")
	before := received(t, ns)
	exchange(t, client, server, 50)
	if n := received(t, ns) - before; n < 50_000 {
		t.Errorf("not in the group, and %d bytes of 50,000 went over the device", n)
	}

	join(t, group)
	client, server = pair(t, ns, "tcp4", "127.0.0.1:0")
	exchange(t, client, server, 50)
	p.Signal(syscall.SIGKILL)
	p.Wait(time.Minute)
	exchange(t, client, server, 50)
	client, server = pair(t, ns, "tcp4", "127.0.0.1:0")
	before = received(t, ns)
	exchange(t, client, server, 50)
	if n := received(t, ns) - before; n < 50_000 {
		t.Errorf("the program was killed, and %d bytes of 50,000 went over the device", n)
	}
}

func TestBench(t *testing.T) {
	testenv.NotEmulated(t)
	ns := lab.New(t)
	r := ns.Run("sockmap_redirect", "-bench", "-d", "100ms", lab.Group(t))
	row := `(?m)^%s +[1-9]\d* +[1-9][\d.]*(µs|ms) +[1-9][\d.]*(µs|ms)$`
	for _, want := range []string{fmt.Sprintf(row, "loopback"), fmt.Sprintf(row, "redirected"), `(?m)^[1-9]\d* messages were redirected, 0 were not$`} {
		if !regexp.MustCompile(want).MatchString(r.Stdout) || r.ExitCode != 0 {
			t.Errorf("no %s: %v", want, r)
		}
	}
}

func TestBadInput(t *testing.T) {
	testenv.NotEmulated(t)
	ns := lab.New(t)
	for args, want := range map[string]string{
		"/proc":             "the directory of a control group (version 2) is needed",
		"/nonesuch":         "no such file or directory",
		"-bench /nonesuch/": "join the control group",
	} {
		if r := ns.Run("sockmap_redirect", strings.Fields(args)...); r.ExitCode != 1 || !strings.Contains(r.Stderr, want) {
			t.Errorf("%q: %v", args, r)
		}
	}
	if r := ns.Run("sockmap_redirect"); r.ExitCode != 2 || !strings.Contains(r.Stderr, "usage:") {
		t.Error(r)
	}
}
