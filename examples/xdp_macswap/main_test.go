package main

import (
	"bytes"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/lab"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestSendsBack(t *testing.T) {
	testenv.NotEmulated(t)
	first, second := lab.Pair(t)
	tap := first.Tap("eth0", lab.EtherType)
	there := second.Tap("eth0", lab.EtherType)
	p := second.Start("xdp_macswap", "-i", "eth0", "-skb", "-type", "0x88b5")
	p.Await("Ctrl-C ends it", time.Minute)

	all := lab.Frame(1, 2, "for all")
	copy(all, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	tap.Send(lab.Frame(1, 2, "one"), all, lab.Frame(1, 2, "two"))
	want := [][]byte{lab.Frame(2, 1, "one"), lab.Frame(2, 1, "two")}
	if got := tap.Frames(2); len(got) != 2 || !bytes.Equal(bytes.Join(got, nil), bytes.Join(want, nil)) {
		t.Errorf("%q came back", got)
	}
	if got := there.Frames(1); len(got) != 1 || !bytes.Equal(got[0], all) {
		t.Errorf("%q got through", got)
	}
	// The host itself answers what is of another type.
	if ping := testenv.Run(t, time.Minute, first.In("ping", "-c", "1", "-q", "10.9.0.2")...); ping.ExitCode != 0 {
		t.Error(ping)
	}
	if result := p.Stop(); result.ExitCode != 0 || result.Stdout != "2 frames sent back, 120 bytes\n" {
		t.Error(result)
	}
	tap.Send(lab.Frame(1, 2, "after"))
	if got := tap.Frames(0); len(got) != 0 {
		t.Errorf("the program has ended, and %q came back", got)
	}
}

func TestKilledLeavesNothing(t *testing.T) {
	testenv.NotEmulated(t)
	ns := lab.New(t)
	p := ns.Start("xdp_macswap", "-i", "lo", "-skb")
	p.Await("Ctrl-C ends it", time.Minute)
	if show := ns.Sh("ip link show lo"); !strings.Contains(show, "xdp") {
		t.Errorf("not attached: %s", show)
	}
	p.Signal(syscall.SIGKILL)
	p.Wait(time.Minute)
	if show := ns.Sh("ip link show lo"); strings.Contains(show, "xdp") {
		t.Errorf("left behind: %s", show)
	}
}

func TestCost(t *testing.T) {
	testenv.NotEmulated(t)
	r := lab.New(t).Run("xdp_macswap", "-cost")
	if r.ExitCode != 0 || !strings.HasSuffix(r.Stdout, "ns: XDP_TX.\n") {
		t.Error(r)
	}
}

func TestBadInput(t *testing.T) {
	testenv.NotEmulated(t)
	ns := lab.New(t)
	for args, want := range map[string]string{
		"": "find network device", "-i nonesuch": "nonesuch", "-i lo -type 65536": "16 bits",
	} {
		if r := ns.Run("xdp_macswap", strings.Fields(args)...); r.ExitCode != 1 || !strings.Contains(r.Stderr, want) {
			t.Errorf("%q: %v", args, r)
		}
	}
}
