package main

import (
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/lab"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestEncode(t *testing.T) {
	for name, want := range map[string]string{
		"www.Example.ORG.": "\x03www\x07example\x03org\x00", "a": "\x01a\x00",
		strings.Repeat("x", 30) + "." + strings.Repeat("y", 31): "\x1e" + strings.Repeat("x", 30) + "\x1f" + strings.Repeat("y", 31) + "\x00",
	} {
		got, err := encode(name)
		if err != nil || strings.TrimRight(string(got.Labels[:]), "\x00") != strings.TrimRight(want, "\x00") {
			t.Errorf("%s: %q, %v", name, got.Labels, err)
		}
	}
	for _, name := range []string{"", ".", "a..b", strings.Repeat("x", 64), strings.Repeat("x", 31) + "." + strings.Repeat("y", 31), strings.Repeat("x", 63)} {
		if got, err := encode(name); err == nil {
			t.Errorf("%q is encoded as %q", name, got.Labels)
		}
	}
}

// ask sends questions for names in one way of writing them, and returns those that
// arrive at the server.
func ask(t *testing.T, first, second *lab.Net, port string, names ...string) (arrived []string) {
	t.Helper()
	var server net.PacketConn
	second.Do(func() (err error) {
		server, err = net.ListenPacket("udp4", "10.9.0.2:"+port)
		return err
	})
	defer server.Close()
	first.Do(func() error {
		conn, err := net.Dial("udp4", "10.9.0.2:"+port)
		if err != nil {
			return err
		}
		defer conn.Close()
		for _, name := range names {
			packet, err := query(name)
			if err != nil {
				return err
			}
			dns := packet[14+20+8:]
			copy(dns[13:], name[:3]) // as it is written
			if _, err := conn.Write(dns); err != nil {
				return err
			}
		}
		return nil
	})
	for b := make([]byte, 500); ; {
		if err := server.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		n, _, err := server.ReadFrom(b)
		if err != nil {
			return arrived // the rest was dropped
		}
		for _, name := range names {
			if strings.Contains(string(b[:n]), name[:3]) {
				arrived = append(arrived, name)
			}
		}
	}
}

func TestMatches(t *testing.T) {
	testenv.NotEmulated(t)
	first, second := lab.Pair(t)
	bad, none := "bad.example.org", "not.example.org"
	shouted := "BAD.example.org"
	p := second.Start("dns_matching", "-i", "eth0", "-skb", bad, "other.test")
	p.Await("Ctrl-C ends it", time.Minute)
	if got := ask(t, first, second, "53", bad, none, shouted); !slices.Equal(got, []string{bad, none, shouted}) {
		t.Errorf("%q arrived, without -drop", got)
	}
	const heading = "   QUERIES NAME\n"
	if result := p.Stop(); result.ExitCode != 0 || result.Stdout != heading+"         2 bad.example.org\n         0 other.test\n" {
		t.Error(result)
	}

	p = second.Start("dns_matching", "-i", "eth0", "-skb", "-drop", bad)
	p.Await("Ctrl-C ends it", time.Minute)
	if got := ask(t, first, second, "53", bad, none, shouted, bad); !slices.Equal(got, []string{none}) {
		t.Errorf("%q arrived, want %q alone", got, none)
	}
	if got := ask(t, first, second, "54", bad); !slices.Equal(got, []string{bad}) {
		t.Errorf("%q arrived at another port", got)
	}
	if result := p.Stop(); result.ExitCode != 0 || result.Stdout != heading+"         3 bad.example.org\n" {
		t.Error(result)
	}
	if got := ask(t, first, second, "53", bad); !slices.Equal(got, []string{bad}) {
		t.Errorf("the program has ended, and %q arrived", got)
	}
}

func TestCost(t *testing.T) {
	testenv.NotEmulated(t)
	r := lab.New(t).Run("dns_matching", "-cost")
	if lines := strings.Split(r.Stdout, "\n"); len(lines) != 3 || !strings.HasSuffix(lines[0], "ns: XDP_DROP.") || !strings.HasSuffix(lines[1], "ns: XDP_PASS.") {
		t.Error(r)
	}
}

func TestBadInput(t *testing.T) {
	testenv.NotEmulated(t)
	ns := lab.New(t)
	for args, want := range map[string]string{
		"-i lo a..b": "is no name", "-i nonesuch a": "nonesuch", "-i lo " + strings.Repeat("x", 63): "too long",
	} {
		if r := ns.Run("dns_matching", strings.Fields(args)...); r.ExitCode != 1 || !strings.Contains(r.Stderr, want) {
			t.Errorf("%q: %v", args, r)
		}
	}
	if r := ns.Run("dns_matching"); r.ExitCode != 2 || !strings.Contains(r.Stderr, "usage:") {
		t.Error(r)
	}
}
