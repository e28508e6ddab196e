package main

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// dropLeaving drops what leaves the first host.
func (h *hosts) dropLeaving() {
	h.t.Helper()
	testenv.NeedProgram(h.t, "tc")
	h.first.Sh("tc qdisc add dev eth0 clsact; tc filter add dev eth0 egress matchall action drop")
}

// Without a filter all is seen, of what arrives and of what leaves, with the states
// of sockets.
func TestVM(t *testing.T) {
	testenv.VM(t)
	needs(t)
	first, second := tooltest.HostPair(t)
	h := &hosts{t, first, second}
	all, v4 := tooltest.Start(t, "tcpdrop", "--json"), tooltest.Start(t, "tcpdrop", "-4", "--pid-netns", fmt.Sprint(first.Pid()))
	want := h.drops()
	client, _ := first.Connect(second.Listen("[fd09::2]:0"))
	client4, _ := first.Connect(second.Listen("10.9.0.2:0"))
	h.dropLeaving()
	write(t, client, client4)
	time.Sleep(testenv.Timeout(100 * time.Millisecond))
	var got, leaving []drop
	for _, d := range h.lines(tooltest.Stop(t, all).Stdout) {
		switch {
		case d.Sport == port(client) || d.Sport == port(client4):
			leaving = append(leaving, d)
		case strings.HasPrefix(d.Daddr.String(), "10.9.") || strings.HasPrefix(d.Daddr.String(), "fd09:"):
			got = append(got, d)
		}
	}
	h.check(got, want)
	for _, c := range []*net.TCPConn{client, client4} {
		from, to := c.LocalAddr().(*net.TCPAddr).AddrPort(), c.RemoteAddr().(*net.TCPAddr).AddrPort()
		ok := slices.ContainsFunc(leaving, func(d drop) bool {
			return d.IP == version(to.Addr()) && d.Saddr == from.Addr() && d.Daddr == to.Addr() && d.Dport == to.Port() &&
				d.State == "ESTABLISHED" && d.Flags == "PSH|ACK" && d.Reason == "TC_EGRESS"
		})
		if !ok {
			t.Errorf("no packet from %v to %v in\n%+v", from, to, leaving)
		}
	}
	row := fmt.Sprintf(`(?m)^\d\d:\d\d:\d\d \d+ +4  10\.9\.0\.1:%d +> 10\.9\.0\.2:%d +ESTABLISHED \(PSH\|ACK\) TC_EGRESS \(\d+\)\n\t`, port(client4), client4.RemoteAddr().(*net.TCPAddr).Port)
	if r := tooltest.Stop(t, v4); !regexp.MustCompile(row).MatchString(r.Stdout) || strings.Contains(r.Stdout, "fd09::") {
		t.Errorf("no %s, or IPv6, in\n%s", row, r.Stdout)
	}
}

func write(t *testing.T, conns ...*net.TCPConn) {
	t.Helper()
	for _, c := range conns {
		if _, err := c.Write([]byte("is anybody there?")); err != nil {
			t.Fatal(err)
		}
	}
}

func port(c *net.TCPConn) uint16 { return uint16(c.LocalAddr().(*net.TCPAddr).Port) }

func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	needs(t)
	first, second := tooltest.HostPair(t)
	h := &hosts{t, first, second}
	theirs := tooltest.StartTheirs(t, "tcpdrop", "STATE")
	ours := tooltest.Start(t, "tcpdrop")
	client, _ := first.Connect(second.Listen("10.9.0.2:0"))
	client6, _ := first.Connect(second.Listen("[fd09::2]:0"))
	arrived := h.outOfWindow(client)
	h.dropLeaving()
	write(t, client, client6)
	time.Sleep(testenv.Timeout(500 * time.Millisecond))
	got := tooltest.Stop(t, ours).Stdout
	want := tooltest.StopTheirs(t, theirs)
	our, their := rows(got, port(client)), rows(want, port(client))
	// A packet may be sent once more while the tools end.
	if len(our) == 0 || len(their) < len(our) {
		t.Fatalf("ours:\n%s\nBCC's:\n%s", got, want)
	}
	for i := range our {
		c.Row(fmt.Sprint("packet ", i+1), our[i], their[i])
	}
	c.Explained("TIME", "ours is when the packet was dropped, BCC's when the line is printed")
	c.Explained("REASON (CODE)", "BCC's 0.26 does not print them")
	if line := fmt.Sprintf("%s:%d", arrived.daddr, arrived.dport); !strings.Contains(got, "(FIN|PSH|ACK|URG)") || strings.Contains(want, "(FIN|PSH|ACK|URG)") {
		t.Errorf("the packet to %s: ours:\n%s\nBCC's:\n%s", line, got, want)
	}
	c.Explained("packets that arrive", "BCC's takes the socket from the packet, where it no longer is when TCP drops it")
	right := fmt.Sprintf("fd09::1:%d", port(client6))
	if wrong := fmt.Sprintf("fd09::2:%d", port(client6)); !strings.Contains(got, right) || strings.Contains(want, right) || !strings.Contains(want, wrong) {
		t.Errorf("ours has no %s or BCC's has no %s:\n%s\nBCC's:\n%s", right, wrong, got, want)
	}
	c.Explained("SADDR, DADDR over IPv6", "BCC's takes all packets for arriving ones and swaps the addresses of others")
}

// asText finds the names in stacks that BCC's prints as Python shows bytes.
var asText = regexp.MustCompile(`(?m)^\tb'(.*)'$`)

// rows are the packets from a port by column, without the time.
func rows(out string, port uint16) []map[string]string {
	packet := regexp.MustCompile(fmt.Sprintf(`(?m)^\S+ (\d+) +(\d) +(10\.9\.0\.1:%d) +> (\S+) +(\w+) \((PSH\S*)\).*\n((?:\t.*\n)*)`, port))
	var list []map[string]string
	for _, m := range packet.FindAllStringSubmatch(asText.ReplaceAllString(out, "\t$1"), -1) {
		list = append(list, map[string]string{"PID": m[1], "IP": m[2], "SADDR:SPORT": m[3], "DADDR:DPORT": m[4], "STATE": m[5], "FLAGS": m[6], "stack": m[7]})
	}
	return list
}
