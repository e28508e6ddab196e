package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "tcp:tcp_retransmit_skb")
}

// packet is what was sent again.
type packet struct {
	ends inet.Ends
	seq  uint32
}

func (p packet) String() string {
	return fmt.Sprintf("%v:%d-%v:%d#%d", p.ends.Local(), p.ends.Lport, p.ends.Remote(), p.ends.Rport, p.seq)
}

// tap sees what leaves a host through eth0.
type tap struct {
	t    *testing.T
	fd   int
	done sync.WaitGroup
	end  atomic.Bool
	// again are the packets that were there before.
	again []packet
}

func startTap(t *testing.T, h *tooltest.Host) *tap {
	t.Helper()
	p := &tap{t: t}
	h.Do(func() (err error) {
		const allTypes = unix.ETH_P_ALL<<8&0xff00 | unix.ETH_P_ALL>>8
		p.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, allTypes)
		if err != nil {
			return err
		}
		timeout := unix.NsecToTimeval(int64(100 * time.Millisecond))
		return unix.SetsockoptTimeval(p.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout)
	})
	p.done.Go(p.read)
	return p
}

// read reads until the end, and what is there then.
func (p *tap) read() {
	defer unix.Close(p.fd)
	seen := map[packet]bool{}
	frame := make([]byte, 2048)
	for {
		n, from, err := unix.Recvfrom(p.fd, frame, 0)
		switch {
		case errors.Is(err, unix.EAGAIN) && p.end.Load():
			return
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			p.t.Error(err)
			return
		}
		if ll, ok := from.(*unix.SockaddrLinklayer); !ok || ll.Pkttype != unix.PACKET_OUTGOING {
			continue
		}
		if one, ok := parse(frame[14:n]); ok {
			if seen[one] {
				p.again = append(p.again, one)
			}
			seen[one] = true
		}
	}
}

// parse reads a packet of TCP that has data or flags that are sent until they are
// answered.
func parse(ip []byte) (packet, bool) {
	var from, to netip.Addr
	var tcp []byte
	switch {
	case ip[0]>>4 == 4 && ip[9] == unix.IPPROTO_TCP:
		from, to = netip.AddrFrom4([4]byte(ip[12:])), netip.AddrFrom4([4]byte(ip[16:]))
		tcp = ip[20:binary.BigEndian.Uint16(ip[2:])]
	case ip[0]>>4 == 6 && ip[6] == unix.IPPROTO_TCP:
		from, to = netip.AddrFrom16([16]byte(ip[8:])), netip.AddrFrom16([16]byte(ip[24:]))
		tcp = ip[40 : 40+binary.BigEndian.Uint16(ip[4:])]
	default:
		return packet{}, false
	}
	const synOrFin = 3
	if len(tcp) == int(tcp[12]>>4)*4 && tcp[13]&synOrFin == 0 {
		return packet{}, false
	}
	ports := binary.BigEndian.Uint32(tcp)
	ends := inet.EndsOf(netip.AddrPortFrom(from, uint16(ports>>16)), netip.AddrPortFrom(to, uint16(ports)))
	return packet{ends, binary.BigEndian.Uint32(tcp[4:])}, true
}

// activity is what has to be sent again by a host.
type activity struct {
	t             *testing.T
	first, second *tooltest.Host
	tap           *tap
	// states are those of the connections.
	states map[inet.Ends]string
}

func prepare(t *testing.T) *activity {
	t.Helper()
	needs(t)
	first, second := tooltest.HostPair(t)
	return &activity{t: t, first: first, second: second, states: map[inet.Ends]string{}}
}

// run connects to hosts of which one is not there, loses the answers of the other,
// and sends. It returns what was sent again until the cable was pulled.
func (a *activity) run() []packet {
	a.t.Helper()
	a.tap = startTap(a.t, a.first)
	v4, v6 := a.second.Listen("10.9.0.2:0"), a.second.Listen("[fd09::2]:0")
	var conns []*net.TCPConn
	for _, l := range []*net.TCPListener{v4, v6, v4} {
		client, _ := a.first.Connect(l)
		conns = append(conns, client)
	}
	mapped := a.mapped(v4)
	a.connectToNobody("10.9.0.3")
	a.connectToNobody("fd09::3")
	a.second.Sh("ip neigh replace 10.9.0.1 lladdr 02:00:00:00:00:09 dev eth0; ip neigh replace fd09::1 lladdr 02:00:00:00:00:09 dev eth0")
	conns = append(conns, mapped)
	for i, c := range conns {
		if _, err := c.Write([]byte("is anybody there?")); err != nil {
			a.t.Fatal(err)
		}
		a.states[endsOf(c)] = "ESTABLISHED"
		if i == 2 {
			a.states[endsOf(c)] = "FIN_WAIT1"
			c.Close()
		}
	}
	time.Sleep(1500 * time.Millisecond) // the first packet of a connection is sent again after one second
	a.first.Sh("ip link set eth0 down")
	a.tap.end.Store(true)
	a.tap.done.Wait()
	return a.tap.again
}

func endsOf(c *net.TCPConn) inet.Ends {
	local, remote := c.LocalAddr().(*net.TCPAddr).AddrPort(), c.RemoteAddr().(*net.TCPAddr).AddrPort()
	return inet.EndsOf(netip.AddrPortFrom(local.Addr().Unmap(), local.Port()), netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port()))
}

// mapped connects over IPv4 from a socket of IPv6.
func (a *activity) mapped(to *net.TCPListener) (conn *net.TCPConn) {
	a.t.Helper()
	addr := to.Addr().(*net.TCPAddr).AddrPort()
	fd := a.socket(unix.AF_INET6, 0)
	if err := unix.Connect(fd, &unix.SockaddrInet6{Addr: addr.Addr().As16(), Port: int(addr.Port())}); err != nil {
		a.t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "socket")
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// connectToNobody begins to connect to a host that is not there.
func (a *activity) connectToNobody(host string) {
	a.t.Helper()
	addr := netip.MustParseAddr(host)
	var to unix.Sockaddr = &unix.SockaddrInet6{Addr: addr.As16(), Port: 80}
	family := unix.AF_INET6
	if addr.Is4() {
		family, to = unix.AF_INET, &unix.SockaddrInet4{Addr: addr.As4(), Port: 80}
	}
	fd := a.socket(family, unix.SOCK_NONBLOCK)
	a.t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Connect(fd, to); !errors.Is(err, unix.EINPROGRESS) {
		a.t.Fatal(err)
	}
	from, err := unix.Getsockname(fd)
	if err != nil {
		a.t.Fatal(err)
	}
	var local netip.AddrPort
	switch from := from.(type) {
	case *unix.SockaddrInet4:
		local = netip.AddrPortFrom(netip.AddrFrom4(from.Addr), uint16(from.Port))
	case *unix.SockaddrInet6:
		local = netip.AddrPortFrom(netip.AddrFrom16(from.Addr), uint16(from.Port))
	}
	a.states[inet.EndsOf(local, netip.AddrPortFrom(addr, 80))] = "SYN_SENT"
}

func (a *activity) socket(family, flags int) (fd int) {
	a.t.Helper()
	a.first.Do(func() (err error) {
		fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|flags, 0)
		return err
	})
	return fd
}

// lines reads lines of JSON about packets, and counts loss probes of connections.
func (a *activity) lines(stdout string) (out []packet, probes map[inet.Ends]int) {
	a.t.Helper()
	probes = map[inet.Ends]int{}
	for line := range strings.Lines(stdout) {
		var r retransmit
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			a.t.Fatalf("%q: %v", line, err)
		}
		ends := inet.EndsOf(netip.AddrPortFrom(r.Laddr, r.Lport), netip.AddrPortFrom(r.Raddr, r.Rport))
		if r.IP != ends.Version || r.State != a.states[ends] || r.Seq == nil {
			a.t.Errorf("got %s, in state %s", line, a.states[ends])
			continue
		}
		if age := time.Since(r.Time); age < 0 || age > time.Minute {
			a.t.Errorf("it was %v ago", age)
		}
		switch r.Type {
		case "L":
			probes[ends]++
		case "R":
			out = append(out, packet{ends, *r.Seq})
		}
	}
	return out, probes
}

// same compares without order.
func same(a, b []packet) bool {
	for _, list := range [][]packet{a, b} {
		slices.SortFunc(list, func(a, b packet) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	return slices.Equal(a, b)
}

func only(version uint32, all []packet) []packet {
	return slices.DeleteFunc(slices.Clone(all), func(p packet) bool { return p.ends.Version != version })
}

// What is seen is what a packet socket sees twice, with any filter.
func TestLive(t *testing.T) {
	testenv.NotEmulated(t)
	a := prepare(t)
	here := []string{"--pid-netns", fmt.Sprint(a.first.Pid())}
	start := func(args ...string) *testenv.Proc { return tooltest.Start(t, "tcpretrans", append(here, args...)...) }
	all, counts := start("-s", "--json"), start("-c", "-4")
	elsewhere := tooltest.Start(t, "tcpretrans", "--pid-netns", fmt.Sprint(a.second.Pid()))
	again := a.run()
	if got, probes := a.lines(tooltest.Stop(t, all).Stdout); !same(got, again) || len(probes) > 0 {
		t.Errorf("got\n%v\nwant\n%v", got, again)
	}
	seen := map[inet.Ends]uint64{}
	for _, p := range again {
		seen[p.ends]++
	}
	if len(seen) != len(a.states) {
		t.Errorf("of some connections nothing was sent again: %v, %v", seen, a.states)
	}
	maps.DeleteFunc(seen, func(ends inet.Ends, _ uint64) bool { return ends.Version != 4 })
	want := tooltest.Printed(t, toolkit.Common{}, func(s *toolkit.Session) error { return printCounts(s, seen) })
	if r := tooltest.Stop(t, counts); r.Stdout != want {
		t.Errorf("got %v\nwant %s", r, want)
	}
	if r := tooltest.Stop(t, elsewhere); strings.Count(r.Stdout, "\n") != 1 {
		t.Errorf("the other host sent something again: %v", r)
	}
}

// Where loss probes cannot be traced, that is said.
func TestLiveNoLossProbes(t *testing.T) {
	needs(t)
	if bccgo.SupportKprobes() == nil || bccgo.SupportKfunc() == nil {
		t.Skip("they can be traced here")
	}
	tooltest.Refused(t, tool(), "--lossprobe: loss probes: no way to trace it here; not the function tcp_send_loss_probe: ", "-l")
}
