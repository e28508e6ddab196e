package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// helperEnv makes this test binary a program with a network namespace of its
// own.
const helperEnv = "TCPCONNECT_TEST_HELPER"

func TestMain(m *testing.M) {
	if os.Getenv(helperEnv) != "" {
		if err := resolveAndConnect(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	testenv.Main(m)
}

// The name that the helper asks for, and its addresses.
const asked = "www.example.test"

var answers = []dnsmessage.ResourceBody{
	&dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName("edge.example.test.")},
	&dnsmessage.AResource{A: [4]byte{127, 0, 0, 2}},
}

// startHelper starts the helper, which then waits for lines.
func startHelper(t *testing.T) (p *testenv.Proc, goOn func()) {
	t.Helper()
	testenv.NeedProgram(t, "unshare")
	testenv.NeedProgram(t, "nsenter")
	testenv.NeedProgram(t, "ip")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	cmd := exec.Command("unshare", "--net", os.Args[0])
	cmd.Env = append(os.Environ(), helperEnv+"=1")
	cmd.Stdin = r
	p = testenv.StartCmd(t, cmd)
	r.Close()
	p.Await("(?m)^ready$", minute)
	return p, func() { fmt.Fprintln(w) }
}

// resolveAndConnect asks a DNS server of its own for a name when a line comes,
// and connects to its address at once, to it again after the next line, and to
// others.
func resolveAndConnect() error {
	if err := loopbackUp(); err != nil {
		return err
	}
	server, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		return err
	}
	go serveDNS(server)
	listener, err := net.Listen("tcp", "0.0.0.0:4000")
	if err != nil {
		return err
	}
	defer listener.Close()
	lines := bufio.NewScanner(os.Stdin)
	fmt.Println("ready")
	lines.Scan()
	if err := lookup(asked); err != nil {
		return err
	}
	if err := connectTo("127.0.0.2:4000", "127.0.0.1:4000", "127.0.0.3:4000"); err != nil {
		return err
	}
	fmt.Println("connected")
	lines.Scan()
	return connectTo("127.0.0.2:4000")
}

func loopbackUp() error {
	out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip link set lo up: %w: %s", err, out)
	}
	return nil
}

func connectTo(addrs ...string) error {
	for _, addr := range addrs {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		c.Close()
		time.Sleep(testenv.Timeout(20 * time.Millisecond)) // for the order of what is printed
	}
	return nil
}

func lookup(name string) error {
	r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", "127.0.0.1:53")
	}}
	got, err := r.LookupIP(context.Background(), "ip4", name)
	if err == nil && (len(got) != 1 || got[0].String() != "127.0.0.2") {
		err = fmt.Errorf("%s is %v", name, got)
	}
	return err
}

// serveDNS answers every question with the same addresses.
func serveDNS(c net.PacketConn) {
	buf := make([]byte, 512)
	for {
		n, from, err := c.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if reply, err := replyTo(buf[:n]); err == nil {
			_, _ = c.WriteTo(reply, from) // lost answers are asked for again
		}
	}
}

func replyTo(question []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil {
		return nil, err
	}
	return dnsReply(m.ID, strings.TrimSuffix(m.Questions[0].Name.String(), "."), answers...)
}

// dnsReply is a DNS answer.
func dnsReply(id uint16, name string, answers ...dnsmessage.ResourceBody) ([]byte, error) {
	q := dnsmessage.Question{Name: dnsmessage.MustNewName(name + "."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, Response: true, RecursionAvailable: true},
		Questions: []dnsmessage.Question{q},
	}
	owner := q.Name
	for _, body := range answers {
		m.Answers = append(m.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: owner, Class: dnsmessage.ClassINET, TTL: 60}, Body: body,
		})
		if alias, ok := body.(*dnsmessage.CNAMEResource); ok {
			owner = alias.CNAME
		}
	}
	return m.Pack()
}

// socket is a TCP socket.
func socket(t *testing.T, family int) int {
	t.Helper()
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}
