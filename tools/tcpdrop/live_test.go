package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "skb:kfree_skb")
}

// seen is what is known of a drop before it happens.
type seen struct {
	ip           uint32
	saddr, daddr netip.Addr
	sport, dport uint16
	state, flags string
	// why is the reason as this kernel names it, at the place of drop.
	why string
}

// hosts are two hosts of which the second drops what the first sends.
type hosts struct {
	t             *testing.T
	first, second *tooltest.Host
}

// drops makes all kinds of them and returns what is to be seen.
func (h *hosts) drops() []seen {
	h.t.Helper()
	var all []seen
	for _, host := range []string{"10.9.0.2:0", "[fd09::2]:0"} {
		l := h.second.Listen(host)
		client, _ := h.first.Connect(l)
		all = append(all, h.outOfWindow(client))
		l.Close()
		all = append(all, h.noSocket(l.Addr().(*net.TCPAddr).AddrPort()))
	}
	return all
}

// outOfWindow sends a packet of a connection that its other end must drop.
func (h *hosts) outOfWindow(client *net.TCPConn) seen {
	h.t.Helper()
	const finPshAckUrg = 0x39
	local, remote := client.LocalAddr().(*net.TCPAddr).AddrPort(), client.RemoteAddr().(*net.TCPAddr).AddrPort()
	h.first.Do(func() error { return send(segment(local, remote, finPshAckUrg), remote.Addr()) })
	return seen{version(remote.Addr()), local.Addr(), remote.Addr(), local.Port(), remote.Port(), "ESTABLISHED", "FIN|PSH|ACK|URG", "TCP_(INVALID|OLD)_SEQUENCE"}
}

// noSocket connects to where nobody listens, from a port that it finds out.
func (h *hosts) noSocket(to netip.AddrPort) seen {
	h.t.Helper()
	s := seen{ip: version(to.Addr()), daddr: to.Addr(), dport: to.Port(), flags: "SYN", why: "NO_SOCKET"}
	h.first.Do(func() error {
		d := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IP(local(to).AsSlice()), Port: 31999}}
		s.saddr, s.sport = local(to), 31999
		if _, err := d.Dial("tcp", to.String()); !errors.Is(err, unix.ECONNREFUSED) {
			return fmt.Errorf("connected to where nobody listens: %v", err)
		}
		return nil
	})
	return s
}

// local is the first host's address.
func local(to netip.AddrPort) netip.Addr {
	if to.Addr().Is4() {
		return netip.MustParseAddr("10.9.0.1")
	}
	return netip.MustParseAddr("fd09::1")
}

func version(a netip.Addr) uint32 {
	if a.Is4() {
		return 4
	}
	return 6
}

// segment is a packet of TCP with its header of IP, far from any window.
func segment(from, to netip.AddrPort, flags byte) []byte {
	tcp := make([]byte, 20, 24)
	binary.BigEndian.PutUint16(tcp, from.Port())
	binary.BigEndian.PutUint16(tcp[2:], to.Port())
	binary.BigEndian.PutUint32(tcp[4:], uint32(time.Now().UnixNano()))
	tcp[12], tcp[13] = 5<<4, flags
	binary.BigEndian.PutUint16(tcp[14:], 1024)
	tcp = append(tcp, "drop"...)
	pseudo := slices.Concat(from.Addr().AsSlice(), to.Addr().AsSlice(), []byte{0, unix.IPPROTO_TCP, 0, byte(len(tcp))})
	binary.BigEndian.PutUint16(tcp[16:], checksum(append(pseudo, tcp...)))
	if from.Addr().Is4() {
		ip := make([]byte, 20) // the kernel fills in length and checksum
		ip[0], ip[8], ip[9] = 0x45, 64, unix.IPPROTO_TCP
		copy(ip[12:], from.Addr().AsSlice())
		copy(ip[16:], to.Addr().AsSlice())
		return append(ip, tcp...)
	}
	ip := []byte{0x60, 0, 0, 0, 0, byte(len(tcp)), unix.IPPROTO_TCP, 64}
	return slices.Concat(ip, from.Addr().AsSlice(), to.Addr().AsSlice(), tcp)
}

// checksum is that of RFC 1071.
func checksum(b []byte) uint16 {
	sum := uint32(0)
	for i := 0; i < len(b); i += 2 {
		sum += uint32(b[i])<<8 | uint32(b[i+1])
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// send sends a packet that has its header of IP.
func send(packet []byte, addr netip.Addr) error {
	family, to := unix.AF_INET6, unix.Sockaddr(&unix.SockaddrInet6{Addr: addr.As16()})
	if addr.Is4() {
		family, to = unix.AF_INET, &unix.SockaddrInet4{Addr: addr.As4()}
	}
	fd, err := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Sendto(fd, packet, 0, to)
}

// lines reads lines of JSON.
func (h *hosts) lines(stdout string) []drop {
	h.t.Helper()
	var all []drop
	for line := range strings.Lines(stdout) {
		var d drop
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			h.t.Fatalf("%q: %v", line, err)
		}
		all = append(all, d)
	}
	return all
}

// check compares without order, which processors mix.
func (h *hosts) check(got []drop, want []seen) {
	h.t.Helper()
	codes, err := readReasons("/")
	if err != nil {
		h.t.Fatal(err)
	}
	for _, w := range want {
		i := slices.IndexFunc(got, func(d drop) bool {
			return w == seen{d.IP, d.Saddr, d.Daddr, d.Sport, d.Dport, d.State, d.Flags, w.why} && regexp.MustCompile("^"+w.why+"$").MatchString(d.Reason)
		})
		if i < 0 {
			h.t.Errorf("%+v is not in\n%+v", w, got)
			continue
		}
		d := got[i]
		got = slices.Delete(got, i, i+1)
		receiver := map[uint32]string{4: "tcp_v4_rcv", 6: "tcp_v6_rcv"}[w.ip]
		if codes[d.Code] != d.Reason || !slices.ContainsFunc(d.Stack, func(f string) bool { return strings.HasPrefix(f, receiver+"+0x") }) {
			h.t.Errorf("got %+v", d)
		}
		if age := time.Since(d.Time); age < 0 || age > time.Minute {
			h.t.Errorf("it was %v ago", age)
		}
	}
	for _, d := range got {
		h.t.Errorf("there was no %+v", d)
	}
}

// What is dropped is seen, with any filter.
func TestLive(t *testing.T) {
	testenv.NotEmulated(t)
	needs(t)
	first, second := tooltest.HostPair(t)
	h := &hosts{t, first, second}
	here := []string{"--pid-netns", fmt.Sprint(second.Pid())}
	start := func(args ...string) *testenv.Proc { return tooltest.Start(t, "tcpdrop", append(here, args...)...) }
	all, text := start("--json"), start("-4")
	elsewhere := tooltest.Start(t, "tcpdrop", "--pid-netns", fmt.Sprint(first.Pid()))
	want := h.drops()
	h.check(h.lines(tooltest.Stop(t, all).Stdout), want)
	if r := tooltest.Stop(t, elsewhere); strings.Count(r.Stdout, "\n") != 1 {
		t.Errorf("the other host dropped something: %v", r)
	}
	row := fmt.Sprintf(`(?m)^\d\d:\d\d:\d\d \d+ +4  10\.9\.0\.1:31999 +> 10\.9\.0\.2:%d +- \(SYN\) NO_SOCKET \(\d+\)\n(\t\S+\+0x[0-9a-f]+\n)+\n`, want[1].dport)
	if r := tooltest.Stop(t, text); !regexp.MustCompile(row).MatchString(r.Stdout) || strings.Count(r.Stdout, "\n\n") != 2 || strings.Contains(r.Stdout, "fd09::") {
		t.Errorf("not two packets, one of them\n%s, in\n%s", row, r.Stdout)
	}
}

// Without reasons and functions, that is said.
func TestLiveNoWay(t *testing.T) {
	needs(t)
	if _, err := bccgo.FirstProbe("kprobe:tcp_drop"); err == nil {
		t.Skip("this kernel has the function")
	}
	tooltest.Refused(t, tool(), "drops: no way to trace it here; not the tracepoint skb:kfree_skb: --probes asks for another kind; not the function tcp_drop: ", "--probes", "kprobe")
}
