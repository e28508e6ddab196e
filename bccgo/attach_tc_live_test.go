package bccgo

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/internal/testenv"
)

// The functions count what they see of port 9, and let the rest pass.
const tcText = `
#include <uapi/linux/if_ether.h>
#include <uapi/linux/ip.h>
#include <uapi/linux/in.h>
#include <uapi/linux/pkt_cls.h>

BPF_ARRAY(seen, u64, 4);

static inline int ours(struct __sk_buff *skb)
{
	return skb->protocol == bpf_htons(ETH_P_IP) &&
	       load_byte(skb, ETH_HLEN + offsetof(struct iphdr, protocol)) == IPPROTO_UDP &&
	       load_half(skb, ETH_HLEN + sizeof(struct iphdr) + 2) == 9;
}

int count(struct __sk_buff *skb)
{
	if (ours(skb))
		seen.atomic_increment(0);
	return TC_ACT_UNSPEC;
}

int shot(struct __sk_buff *skb)
{
	if (!ours(skb))
		return TC_ACT_UNSPEC;
	seen.atomic_increment(1);
	return TC_ACT_SHOT;
}

int class(struct __sk_buff *skb)
{
	if (ours(skb))
		seen.atomic_increment(2);
	return 0;
}
`

// tcSeen sends datagrams over lo and checks how many each function saw and how
// many got through.
func tcSeen(t *testing.T, m *Module, when string, counted, shot uint64) {
	t.Helper()
	const datagrams = 5
	seen := must(Map[int32, uint64](m, "seen"))(t)
	must(0, seen.Zero())(t)
	to := must(net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}))(t)
	defer to.Close()
	for range datagrams {
		if _, err := to.WriteTo([]byte("x"), to.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	got := 0
	for ; ; got++ {
		must(0, to.SetReadDeadline(time.Now().Add(40*time.Millisecond)))(t)
		if _, _, err := to.ReadFrom(make([]byte, 9)); errors.Is(err, os.ErrDeadlineExceeded) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	a, b := must(seen.Lookup(0))(t), must(seen.Lookup(1))(t)
	if a != datagrams*counted || b != datagrams*shot || got != int(datagrams*(1-shot)) {
		t.Errorf("%s: %d counted, %d shot, %d arrived", when, a, b, got)
	}
}

// haveTCX tells whether this kernel holds functions at tc by links.
func haveTCX(t *testing.T) bool {
	t.Helper()
	return kernelVersion(must(probe.VersionCode())(t)) >= linux(6, 6)
}

func TestLiveTC(t *testing.T) {
	testenv.Live(t)
	testenv.NeedProgram(t, "tc")
	m := loadLive(t, tcText, nil)
	ownDevices(t)
	for _, o := range []*TCOptions{nil, {Clsact: true}, {Priority: 3, Handle: 7}} {
		for _, d := range []TCDirection{Ingress, Egress} {
			when := fmt.Sprintf("%+v %v", o, d)
			counting := must(m.AttachTC("lo", d, "count", o))(t)
			tcSeen(t, m, when, 1, 0)
			must(0, counting.Close())(t)
			tcSeen(t, m, when+", closed", 0, 0)
			shooting := must(m.AttachTC("lo", d, "shot", o))(t)
			tcSeen(t, m, when, 0, 1)
			if shooting.Target() != "lo" || shooting.Hook() != "tc "+d.String() {
				t.Error(shooting)
			}
			must(0, m.DetachTC("lo", d, ""))(t)
			tcSeen(t, m, when+", detached", 0, 0)
			if none := new(NotAttachedError); !errors.As(m.DetachTC("lo", d, "shot"), &none) {
				t.Error("detached what was not attached")
			}
		}
	}
	first := must(m.AttachTC("lo", Ingress, "count", &TCOptions{Clsact: true}))(t)
	must(m.AttachTC("lo", Egress, "count", &TCOptions{Clsact: true}))(t)
	must(0, first.Close())(t)
	must(0, m.DetachTC("lo", Egress, "count"))(t)
	if left := output(t, "tc", "qdisc show dev lo"); strings.Contains(left, "clsact") {
		t.Error("left:", left)
	}
}

// The order decides whether a function sees what another one drops.
func TestLiveTCOrder(t *testing.T) {
	testenv.Live(t)
	testenv.NeedProgram(t, "tc")
	m := loadLive(t, tcText, nil)
	ownDevices(t)
	shooting := must(m.AttachTC("lo", Ingress, "shot", nil))(t)
	last := must(m.AttachTC("lo", Ingress, "count", nil))(t)
	if haveTCX(t) { // filters have another order
		tcSeen(t, m, "last", 0, 1)
	}
	must(0, last.Close())(t)
	_, err := m.AttachTC("lo", Ingress, "count", &TCOptions{First: true})
	if haveTCX(t) {
		must(0, err)(t)
		tcSeen(t, m, "first", 1, 1)
		must(0, m.DetachTC("lo", Ingress, "count"))(t)
	} else {
		attachFails(t, err, ReasonUnsupported, "Linux 6.6")
	}
	must(0, shooting.Close())(t)

	must(m.AttachTC("lo", Ingress, "shot", &TCOptions{Priority: 10}))(t)
	must(m.AttachTC("lo", Ingress, "count", &TCOptions{Priority: 20}))(t)
	tcSeen(t, m, "priority 20", 0, 1)
	must(m.AttachTC("lo", Ingress, "count", &TCOptions{Priority: 5}))(t)
	tcSeen(t, m, "priority 5", 1, 1)
	must(m.AttachTC("lo", Ingress, "class", &TCOptions{Priority: 2, Classify: true}))(t)
	tcSeen(t, m, "with one that classifies", 1, 1)
	seen := must(Map[int32, uint64](m, "seen"))(t)
	if n := must(seen.Lookup(2))(t); n != 5 {
		t.Errorf("the one that classifies saw %d packets", n)
	}
	_, err = m.AttachTC("lo", Ingress, "count", &TCOptions{Priority: 5, Handle: 1})
	attachFails(t, err, ReasonConflict, "priority 5 and handle 1")
	_, err = m.AttachTC("lo", Ingress, "count", &TCOptions{Clsact: true, First: true})
	attachFails(t, err, ReasonOther, "TCOptions.Priority")
}

// A qdisc that another has made stays.
func TestLiveTCForeignQdisc(t *testing.T) {
	testenv.Live(t)
	testenv.NeedProgram(t, "tc")
	m := loadLive(t, tcText, nil)
	ownDevices(t)
	output(t, "tc", "qdisc add dev lo clsact")
	l := must(m.AttachTC("lo", Egress, "shot", &TCOptions{Clsact: true}))(t)
	tcSeen(t, m, "attached", 0, 1)
	must(0, l.Close())(t)
	tcSeen(t, m, "closed", 0, 0)
	if left := output(t, "tc", "qdisc show dev lo"); !strings.Contains(left, "clsact") {
		t.Error("a qdisc of another program is gone:", left)
	}
	output(t, "tc", "qdisc del dev lo clsact")

	output(t, "tc", "qdisc add dev lo ingress")
	_, err := m.AttachTC("lo", Egress, "shot", &TCOptions{Clsact: true})
	attachFails(t, err, ReasonOther, "qdisc ingress")

	must(m.AttachTC("far", Egress, "shot", &TCOptions{Clsact: true}))(t)
	l = must(m.AttachTC("far", Ingress, "shot", nil))(t)
	ipCommand(t, "link del far")
	must(0, m.DetachTC("far", Egress, ""))(t)
	must(0, l.Close())(t)
}

func TestLiveTCPin(t *testing.T) {
	testenv.Live(t)
	testenv.NeedProgram(t, "tc")
	m := loadLive(t, tcText, nil)
	path := filepath.Join(bpffs(t), "link")
	ownDevices(t)
	l := must(m.AttachTC("lo", Ingress, "count", &TCOptions{Clsact: true}))(t)
	if lack := new(UnsupportedError); !errors.As(l.Pin(path), &lack) {
		t.Error("a filter was pinned")
	}
	must(0, l.Close())(t)
	if !haveTCX(t) {
		return
	}
	l = must(m.AttachTC("lo", Ingress, "count", nil))(t)
	must(0, l.Pin(path))(t)
	must(0, l.Close())(t)
	tcSeen(t, m, "pinned", 1, 0)
}

// A killed process leaves its filters, which CleanTC removes, those alone. Links
// go with the process.
func TestLiveTCClean(t *testing.T) {
	testenv.Live(t)
	if os.Getenv("BCCGO_TEST_LEAVE") != "" {
		leave(t)
	}
	m := loadLive(t, tcText, nil)
	ownDevices(t)
	cmd := exec.Command("/proc/self/exe", "-test.run", "^TestLiveTCClean$")
	cmd.Env = append(os.Environ(), "BCCGO_TEST_LEAVE=1", "TMPDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the process was to be killed: %v\n%s", err, out)
	}
	tcSeen(t, m, "a process was killed", 0, 0)
	if left := output(t, "tc", "filter show dev lo egress"); !strings.Contains(left, ":count") {
		t.Error("the killed process left no filter:", left)
	}
	if left := ipCommand(t, "link show far"); strings.Contains(left, "xdp") {
		t.Error("the killed process left an XDP program:", left)
	}

	must(m.AttachTC("lo", Egress, "count", &TCOptions{Clsact: true}))(t)
	if n := must(CleanTC("lo"))(t); n != 2 {
		t.Errorf("%d filters removed, want 2", n)
	}
	tcSeen(t, m, "the filter of a process that runs", 1, 0)
	must(0, m.DetachTC("lo", Egress, "count"))(t)
	if n := must(CleanTC("lo"))(t); n != 0 {
		t.Errorf("%d filters removed, want none", n)
	}
	if n, err := CleanTC("l0"); err == nil {
		t.Errorf("a device that does not exist: %d filters", n)
	}
}

// leave attaches in each way and has the process killed.
func leave(t *testing.T) {
	t.Helper()
	m := must(Load(tcText+"int none(struct xdp_md *ctx) { return XDP_DROP; }", nil))(t)
	must(m.AttachTC("lo", Ingress, "count", &TCOptions{Clsact: true}))(t)
	must(m.AttachTC("lo", Egress, "count", &TCOptions{Priority: 4}))(t)
	if haveTCX(t) {
		must(m.AttachTC("lo", Ingress, "shot", nil))(t)
	}
	must(m.AttachXDP("far", "none", nil))(t)
	must(0, syscall.Kill(os.Getpid(), syscall.SIGKILL))(t)
	select {}
}

func TestLiveTCRefusals(t *testing.T) {
	testenv.Live(t)
	testenv.NeedProgram(t, "tc")
	m := loadLive(t, tcText, nil)
	ownDevices(t)
	_, err := m.AttachTC("l0", Ingress, "count", nil)
	attachFails(t, err, ReasonAbsent, "find network device l0")
	_, err = m.AttachTC("lo", Ingress, "cuont", nil)
	if unknown := new(UnknownError); !errors.As(err, &unknown) || unknown.Nearest[0] != "count" {
		t.Error(err)
	}
	if _, err := (*Module)(nil).AttachTC("lo", Ingress, "count", nil); err == nil {
		t.Error("no module has attached a function")
	}
	l, err := m.AttachTC("lo", Ingress, "count", &TCOptions{Action: true})
	if err == nil {
		tcSeen(t, m, "as an action", 1, 0)
		must(0, l.Close())(t)
	} else {
		attachFails(t, err, ReasonUnsupported, "CONFIG_NET_ACT_BPF")
	}
	if left := output(t, "tc", "qdisc show dev lo"); strings.Contains(left, "clsact") {
		t.Error("left:", left)
	}
}

func TestTCMark(t *testing.T) {
	k := must(newTCMark("f", true))(t)
	if got, ok := parseTCMark(k.String()); !ok || got != k || !got.alive() {
		t.Errorf("%+v of %q", got, k)
	}
	k.start = "1"
	if k.alive() {
		t.Error("a later process of the same number is taken for the one that left")
	}
	for _, other := range []string{"", "bccgo", "prog.o:[classifier]", "bccgo:x:1:1:true:f", "bccgo:0:1:1:true:f",
		"bccgo:1:1:x:true:f", "bccgo:1:1:1:x:f", "bccgo:1:1:1:true:f:g"} {
		if got, ok := parseTCMark(other); ok {
			t.Errorf("%q is taken for %+v", other, got)
		}
	}
}
