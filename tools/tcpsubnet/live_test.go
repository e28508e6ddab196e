package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// sendTo connects to an address of the second host and sends so many bytes.
func sendTo(t *testing.T, first, second *tooltest.Host, addr string, n int) {
	t.Helper()
	client, server := first.Connect(second.Listen(net.JoinHostPort(addr, "0")))
	if _, err := client.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(server, make([]byte, n)); err != nil {
		t.Fatal(err)
	}
}

// list is of subnets that are around others.
const list = "10.9.0.2/32,10.9.1.128/25,10.9.0.0/16,fd09::2/128,fd09::/16"

// sums sends to addresses in several subnets and returns what was sent to each.
func sums(t *testing.T, first, second *tooltest.Host) map[string]float64 {
	t.Helper()
	second.Sh("ip addr add 10.9.1.1/32 dev eth0; ip addr add 10.9.1.200/32 dev eth0; ip addr add fd09::5/128 dev eth0 nodad; ip addr add 10.8.0.1/32 dev eth0")
	first.Sh("ip route add 10.9.1.0/24 via 10.9.0.2; ip route add 10.8.0.1 via 10.9.0.2; ip neigh add fd09::5 lladdr 02:00:00:00:00:02 dev eth0")
	for addr, n := range map[string]int{"10.9.0.2": 1000, "10.9.1.1": 2222, "10.9.1.200": 30000, "fd09::2": 444, "fd09::5": 55, "10.8.0.1": 7} {
		sendTo(t, first, second, addr, n)
	}
	sendTo(t, first, second, "10.9.0.2", 500)
	return map[string]float64{"10.9.0.2/32": 1500, "10.9.1.128/25": 30000, "10.9.0.0/16": 2222, "fd09::2/128": 444, "fd09::/16": 55}
}

// total adds up lines of JSON.
func total(t *testing.T, stdout string) map[string]float64 {
	t.Helper()
	all := map[string]float64{}
	for line := range strings.Lines(stdout) {
		var i interval
		if err := json.Unmarshal([]byte(line), &i); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		for subnet, n := range i.Entries {
			all[subnet] += n
		}
	}
	return all
}

// What is sent from a namespace is counted to the right subnets, and nothing else.
func TestLive(t *testing.T) {
	testenv.NotEmulated(t)
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "sock:sock_send_length")
	first, second := tooltest.HostPair(t)
	here := fmt.Sprint(first.Pid())
	exact := tooltest.Start(t, "tcpsubnet", "--json", "--pid-netns", here, list)
	once := tooltest.Start(t, "tcpsubnet", "-f", "K", "-i", "1000", "--pid-netns", here, list)
	elsewhere := tooltest.Start(t, "tcpsubnet", "-J", "--pid-netns", fmt.Sprint(second.Pid()), list)
	want := sums(t, first, second)
	if got := total(t, tooltest.StopNow(t, exact).Stdout); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	_, rows, _ := strings.Cut(tooltest.StopNow(t, once).Stdout, "\n")
	if rows != "10.9.1.128/25             29\n10.9.0.0/16                2\n10.9.0.2/32                1\nfd09::2/128                0\nfd09::/16                  0\n" {
		t.Errorf("got\n%s", rows)
	}
	if got := total(t, tooltest.StopNow(t, elsewhere).Stdout); len(got) > 0 {
		t.Errorf("the other host sent %v", got)
	}
}
