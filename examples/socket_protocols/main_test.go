package main

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const (
	datagrams, datagramSize = 40, 1000
	pings, pingSize         = 10, 56
	streamSize              = 300_000
)

// traffic sends known amounts and returns all that lo received.
func traffic() (received uint64, err error) {
	err = errors.Join(sendUDP(datagrams, datagramSize), ping(pings, pingSize), sendTCP(streamSize))
	if err != nil {
		return 0, err
	}
	// The connection's end is acknowledged a moment later.
	time.Sleep(300 * time.Millisecond)
	return loopbackBytes()
}

func TestCountsBytesByProtocol(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "ip")
	cmd := exec.Command("unshare", "--net", "sh", "-c", `ip link set lo up && exec "$0"`, testenv.Tool(t, "socket_protocols"))
	p := testenv.StartCmd(t, cmd)
	p.Await("Ctrl-C ends it", time.Minute)

	var received uint64
	err := activity.InNetworkOf(p.Pid(), func() (err error) {
		received, err = traffic()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Await(`^TCP [1-9]`, 10*time.Second) // one of the rows of each second

	result := p.Stop()
	rows := strings.Split(strings.TrimSpace(result.Stdout), "\n")
	var tcp, udp, icmp uint64
	if _, err := fmt.Sscanf(rows[len(rows)-1], "TCP %d UDP %d ICMP %d bytes", &tcp, &udp, &icmp); err != nil {
		t.Fatalf("last row: %v: %v", err, result)
	}
	const ip, head = 20, 8 // bytes of an IP header, and of one of UDP or ICMP
	if want := uint64(datagrams * (ip + head + datagramSize)); udp != want {
		t.Errorf("UDP %d, want %d", udp, want)
	}
	if want := uint64(2 * pings * (ip + head + pingSize)); icmp != want {
		t.Errorf("ICMP %d, want %d", icmp, want)
	}
	if tcp <= streamSize || tcp > streamSize+streamSize/10 {
		t.Errorf("TCP %d, want %d and some for headers", tcp, streamSize)
	}
	if tcp+udp+icmp != received {
		t.Errorf("%d bytes in all, the device received %d", tcp+udp+icmp, received)
	}
	if result.ExitCode != 0 || t.Failed() {
		t.Error(result)
	}
}
