package main

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/lab"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// wire makes the hosts 1 and 2, and between them a namespace with the devices
// left and right.
func wire(t *testing.T) (first, second, between *lab.Net) {
	t.Helper()
	first, second, between = lab.New(t), lab.New(t), lab.New(t)
	between.Cable("left", first)
	between.Cable("right", second)
	between.Sh("ip link set left up; ip link set right up")
	first.Host(1)
	second.Host(2)
	return first, second, between
}

func TestRedirects(t *testing.T) {
	testenv.NotEmulated(t)
	first, second, between := wire(t)
	from, to := first.Tap("eth0", lab.EtherType), second.Tap("eth0", lab.EtherType)
	from.Send(lab.Frame(1, 2, "before"))
	if got := to.Frames(0); len(got) != 0 {
		t.Fatalf("%q arrived without the program", got)
	}

	p := between.Start("xdp_redirect_map", "-skb", "left", "right")
	p.Await("Ctrl-C ends it", time.Minute)
	sent := [][]byte{lab.Frame(1, 2, "one"), lab.Frame(1, 2, "two"), lab.Frame(1, 2, "three")}
	from.Send(sent...)
	if got := to.Frames(3); len(got) != 3 || !bytes.Equal(bytes.Join(got, nil), bytes.Join(sent, nil)) {
		t.Errorf("there: %q arrived", got)
	}
	to.Send(lab.Frame(2, 1, "back"))
	if got := from.Frames(1); len(got) != 1 || !bytes.Equal(got[0], lab.Frame(2, 1, "back")) {
		t.Errorf("back: %q arrived", got)
	}
	result := p.Stop()
	want := fmt.Sprintf("TO                  PACKETS        BYTES\n%-16s %10d %12d\n%-16s %10d %12d\n", "left", 1, 60, "right", 3, 180)
	if result.ExitCode != 0 || result.Stdout != want {
		t.Errorf("want %q: %v", want, result)
	}
}

func TestKilledLeavesNothing(t *testing.T) {
	_, _, between := wire(t)
	p := between.Start("xdp_redirect_map", "-skb", "left", "right")
	p.Await("Ctrl-C ends it", time.Minute)
	if show := between.Sh("ip link"); strings.Count(show, "xdp") < 2 {
		t.Errorf("not attached at both: %s", show)
	}
	p.Signal(syscall.SIGKILL)
	p.Wait(time.Minute)
	if show := between.Sh("ip link"); strings.Contains(show, "xdp") {
		t.Errorf("left behind: %s", show)
	}
}

func TestCost(t *testing.T) {
	testenv.NotEmulated(t)
	r := lab.New(t).Run("xdp_redirect_map", "-cost")
	if r.ExitCode != 0 || !strings.HasSuffix(r.Stdout, "ns: XDP_REDIRECT.\n") {
		t.Error(r)
	}
}

func TestBadInput(t *testing.T) {
	testenv.NotEmulated(t)
	ns := lab.New(t)
	if r := ns.Run("xdp_redirect_map", "lo", "nonesuch"); r.ExitCode != 1 || !strings.Contains(r.Stderr, "nonesuch") {
		t.Error(r)
	}
	if r := ns.Run("xdp_redirect_map", "lo"); r.ExitCode != 2 || !strings.Contains(r.Stderr, "usage:") {
		t.Error(r)
	}
}
