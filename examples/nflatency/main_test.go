package main

import (
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestHookName(t *testing.T) {
	for want, at := range map[string][2]uint64{
		"IPv4 PREROUTING": {2, 0}, "IPv4 OUTPUT": {2, 3}, "IPv6 POSTROUTING": {10, 4}, "bridge FORWARD": {7, 2},
		"ARP hook 1": {3, 1}, "netdev hook 0": {5, 0}, "family 12 FORWARD": {12, 2}, "IPv4 hook 5": {2, 5},
	} {
		if got := hookName(at[0], at[1]); got != want {
			t.Errorf("%v is %q, want %q", at, got, want)
		}
	}
}

// filterPackets hooks a filter without rules into the ways of IPv4 packets in
// and out.
func filterPackets(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("modprobe", "iptable_filter", "forward=0").CombinedOutput(); err != nil {
		t.Fatalf("modprobe iptable_filter: %v\n%s", err, out)
	}
}

// send sends packets over the loopback: each passes OUTPUT and INPUT.
func send(t *testing.T, packets int) {
	t.Helper()
	sink, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	conn, err := net.DialUDP("udp4", nil, sink.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for range packets {
		if _, err := conn.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMeasuresHooks(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	testenv.NeedHeaders(t)
	filterPackets(t)
	p := testenv.Start(t, testenv.Tool(t, "nflatency"))
	p.Await("Ctrl-C prints", time.Minute)
	const packets = 40
	send(t, packets)

	result := p.Stop()
	if result.ExitCode != 0 {
		t.Errorf("Ctrl-C: %v", result)
	}
	sum := map[string]int{}
	section := regexp.MustCompile(`(?m)^at = (.*)\n +usecs +: count +distribution\n((?: +\d+ -> \d+ +: \d+ .*\n)+)`)
	for _, m := range section.FindAllStringSubmatch(result.Stdout, -1) {
		for _, row := range regexp.MustCompile(`: (\d+) `).FindAllStringSubmatch(m[2], -1) {
			n, err := strconv.Atoi(row[1])
			if err != nil {
				t.Fatal(err)
			}
			sum[m[1]] += n
		}
	}
	for _, at := range []string{"IPv4 OUTPUT", "IPv4 INPUT"} {
		if sum[at] != packets {
			t.Errorf("%d packets at %s, want %d: %v", sum[at], at, packets, result)
		}
		delete(sum, at)
	}
	// Security modules may have hooked into the last place on the way out.
	if n, hooked := sum["IPv4 POSTROUTING"]; hooked && n != packets {
		t.Errorf("%d packets at IPv4 POSTROUTING, want %d: %v", n, packets, result)
	}
	delete(sum, "IPv4 POSTROUTING")
	if len(sum) != 0 {
		t.Errorf("packets at other places: %v: %v", sum, result)
	}
}
