package main

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/examples/internal/lab"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// star makes three hosts, each with a cable to one namespace between them.
func star(t *testing.T) (hosts []*lab.Net, between *lab.Net) {
	t.Helper()
	between = lab.New(t)
	for i, port := range []string{"port1", "port2", "port3"} {
		host := lab.New(t)
		between.Cable(port, host)
		between.Sh("ip link set " + port + " up")
		host.Host(i + 1)
		hosts = append(hosts, host)
	}
	return hosts, between
}

func TestBridges(t *testing.T) {
	testenv.NotEmulated(t)
	hosts, between := star(t)
	p := between.Start("learning_bridge", "port1", "port2", "port3")
	p.Await("Ctrl-C ends it", time.Minute)
	var taps []*lab.Tap
	for _, host := range hosts {
		taps = append(taps, host.Tap("eth0", lab.EtherType))
	}
	arrive := func(frame []byte, at ...int) {
		t.Helper()
		for i, tap := range taps {
			want := 0
			if slices.Contains(at, i+1) {
				want = 1
			}
			if got := tap.Frames(want); len(got) != want || want == 1 && !bytes.Equal(got[0], frame) {
				t.Errorf("%q arrived at host %d, want %q at %d", got, i+1, frame, at)
			}
		}
	}
	unknown, answer := lab.Frame(1, 3, "where is 3?"), lab.Frame(3, 1, "here")
	taps[0].Send(unknown)
	arrive(unknown, 2, 3)
	taps[2].Send(answer)
	arrive(answer, 1)
	known := lab.Frame(1, 3, "I see", 7) // a tag of a VLAN stays
	taps[0].Send(known)
	if got := taps[2].Frames(1); len(got) != 1 || !bytes.Contains(got[0], []byte("I see")) {
		t.Errorf("%q arrived at host 3", got)
	}
	loop := lab.Frame(1, 1, "to myself")
	taps[0].Send(loop)
	arrive(loop)
	for _, address := range []string{"10.9.0.2", "fd09::2"} {
		hosts[2].Sh("ping -q -c 1 " + address)
	}
	result := p.Stop()
	// Of the pings only the first goes to all.
	const want = `ADDRESS            DEVICE
02:00:00:00:00:01  port1
02:00:00:00:00:02  port2
02:00:00:00:00:03  port3
5 frames went to one device, 2 to all, 1 stayed
`
	if result.ExitCode != 0 || result.Stdout != want {
		t.Error(result)
	}
	taps[0].Send(known)
	if got := taps[2].Frames(0); len(got) != 0 {
		t.Errorf("the program has ended, and %q arrived", got)
	}
}

func TestKilledLeavesNothing(t *testing.T) {
	hosts, between := star(t)
	testenv.NeedProgram(t, "tc")
	p := between.Start("learning_bridge", "port1", "port3")
	p.Await("Ctrl-C ends it", time.Minute)
	from, to := hosts[0].Tap("eth0", lab.EtherType), hosts[2].Tap("eth0", lab.EtherType)
	from.Send(lab.Frame(1, 3, "bridged"))
	if got := to.Frames(1); len(got) != 1 {
		t.Fatalf("%q arrived", got)
	}
	p.Signal(syscall.SIGKILL)
	p.Wait(time.Minute)
	if qdiscs := between.Sh("tc qdisc show"); strings.Contains(qdiscs, "clsact") { // before Linux 6.6
		between.Do(func() error {
			_, err1 := bccgo.CleanTC("port1")
			_, err2 := bccgo.CleanTC("port3")
			return errors.Join(err1, err2)
		})
	}
	from.Send(lab.Frame(1, 3, "after"))
	if got := to.Frames(0); len(got) != 0 {
		t.Errorf("the program was killed, and %q arrived", got)
	}
}

func TestCost(t *testing.T) {
	testenv.NotEmulated(t)
	r := lab.New(t).Run("learning_bridge", "-cost")
	if r.ExitCode != 0 || !strings.HasSuffix(r.Stdout, "ns.\n") {
		t.Error(r)
	}
}

func TestBadInput(t *testing.T) {
	testenv.NotEmulated(t)
	ns := lab.New(t)
	if r := ns.Run("learning_bridge", "lo", "nonesuch"); r.ExitCode != 1 || !strings.Contains(r.Stderr, "find network device nonesuch") {
		t.Error(r)
	}
	if r := ns.Run("learning_bridge", "lo"); r.ExitCode != 2 || !strings.Contains(r.Stderr, "usage:") {
		t.Error(r)
	}
}
