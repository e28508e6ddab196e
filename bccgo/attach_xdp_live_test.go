package bccgo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

const xdpText = `
BPF_ARRAY(seen, u64, 2);

static inline int ours(struct xdp_md *ctx)
{
	u8 *data = (u8 *)(long)ctx->data;

	if (data + 14 > (u8 *)(long)ctx->data_end)
		return 0;
	return data[12] == 0x88 && data[13] == 0xb5;
}

int drop(struct xdp_md *ctx)
{
	if (!ours(ctx))
		return XDP_PASS;
	seen.atomic_increment(0);
	return XDP_DROP;
}

int pass(struct xdp_md *ctx)
{
	if (ours(ctx))
		seen.atomic_increment(1);
	return XDP_PASS;
}
`

// xdpSeen sends frames and checks how many each function saw and how many got
// through.
func xdpSeen(t *testing.T, m *Module, socket *os.File, when string, dropped, passed uint64) {
	t.Helper()
	const frames = 7
	seen := must(Map[int32, uint64](m, "seen"))(t)
	must(0, seen.Zero())(t)
	sendFrames(t, frames, 100)
	got := arrived(t, socket)
	if a, b := must(seen.Lookup(0))(t), must(seen.Lookup(1))(t); a != frames*dropped || b != frames*passed || got != int(frames-a) {
		t.Errorf("%s: %d dropped, %d passed, %d arrived", when, a, b, got)
	}
}

func TestLiveXDP(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, xdpText, nil)
	ownDevices(t)
	socket := arrivals(t)
	xdpSeen(t, m, socket, "before", 0, 0)
	for name, flags := range map[string]XDPFlags{"default": 0, "skb": XDPFlagsSKBMode, "driver": XDPFlagsDrvMode} {
		l := must(m.AttachXDP("far", "drop", &XDPOptions{Flags: flags}))(t)
		shown := ipCommand(t, "link show far")
		if generic := strings.Contains(shown, "xdpgeneric"); generic != (name == "skb") {
			t.Errorf("%s: %s", name, shown)
		}
		xdpSeen(t, m, socket, name, 1, 0)
		if l.Hook() != "xdp" || l.Target() != "far" || l.Function() != "drop" {
			t.Error(l)
		}
		must(0, l.Close())(t)
		xdpSeen(t, m, socket, name+", closed", 0, 0)
	}
	must(m.AttachXDP("far", "pass", nil))(t)
	xdpSeen(t, m, socket, "one that passes", 0, 1)
	must(0, m.RemoveXDP("far", 0))(t)
	xdpSeen(t, m, socket, "removed", 0, 0)
	if none := new(NotAttachedError); !errors.As(m.RemoveXDP("far", 0), &none) {
		t.Error("nothing was removed, and no error said so")
	}
}

func TestLiveXDPReplace(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, xdpText, nil)
	other := loadLive(t, xdpText, nil)
	ownDevices(t)
	socket := arrivals(t)
	replace := &XDPOptions{Flags: XDPFlagsReplace}

	first := must(m.AttachXDP("far", "drop", replace))(t)
	_, err := m.AttachXDP("far", "pass", nil)
	attachFails(t, err, ReasonConflict, "(drop) is attached there already")
	must(m.AttachXDP("far", "pass", replace))(t)
	xdpSeen(t, m, socket, "replaced", 0, 1)
	must(0, first.Close())(t)
	xdpSeen(t, m, socket, "the first link closed", 0, 1)
	if n := len(m.Links()); n != 1 {
		t.Errorf("%d links", n)
	}
	_, err = other.AttachXDP("far", "drop", replace)
	attachFails(t, err, ReasonConflict, "a link of another process holds it")
	if busy := new(BusyError); !errors.As(other.RemoveXDP("far", 0), &busy) || busy.Name != "pass" {
		t.Errorf("remove what another holds: %+v", busy)
	}
	must(0, m.Close())(t)
	must(other.AttachXDP("far", "drop", nil))(t)
	xdpSeen(t, other, socket, "another module", 1, 0)
}

// What was left on a device without a link can be replaced and removed.
func TestLiveXDPWithoutLink(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, xdpText, nil)
	ownDevices(t)
	socket := arrivals(t)
	attach := func(function string, flags XDPFlags) *deviceXDP {
		t.Helper()
		conn, d, err := findDevice("far")
		if err != nil {
			t.Fatal(err)
		}
		return must(setXDP(conn, d, must(m.program(function, XDP))(t), flags))(t).(*deviceXDP)
	}
	for _, flags := range []XDPFlags{0, XDPFlagsSKBMode} {
		x := attach("drop", flags)
		xdpSeen(t, m, socket, "set", 1, 0)
		must(0, x.Close())(t)
		xdpSeen(t, m, socket, "closed", 0, 0)
	}

	left := attach("drop", 0)
	var err error
	for _, o := range []*XDPOptions{nil, {Flags: XDPFlagsUpdateIfNoExist}} {
		_, err = m.AttachXDP("far", "pass", o)
		attachFails(t, err, ReasonConflict, "XDPFlagsReplace")
	}
	must(m.AttachXDP("far", "pass", &XDPOptions{Flags: XDPFlagsReplace}))(t)
	xdpSeen(t, m, socket, "replaced", 0, 1)
	must(0, m.RemoveXDP("far", 0))(t)
	must(0, left.Close())(t) // it is gone: nothing to do

	left = attach("drop", 0)
	must(0, m.RemoveXDP("far", 0))(t)
	xdpSeen(t, m, socket, "removed", 0, 0)
	second := attach("pass", 0)
	must(0, left.Close())(t)
	xdpSeen(t, m, socket, "the other one closed", 0, 1)
	ipCommand(t, "link del far")
	must(0, second.Close())(t)
}

func TestLiveXDPFrags(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, xdpText, nil)
	ownDevices(t)
	ipCommand(t, "link set near mtu 9000")
	ipCommand(t, "link set far mtu 9000")
	native := XDPOptions{Flags: XDPFlagsDrvMode}
	_, err := m.AttachXDP("far", "drop", &native)
	if err == nil || !strings.Contains(err.Error(), "XDPOptions.Frags") {
		t.Errorf("a large MTU without Frags: %v", err)
	}
	native.Frags = true
	must(m.AttachXDP("far", "drop", &native))(t)
	seen := must(Map[int32, uint64](m, "seen"))(t)
	sendFrames(t, 3, 8000)
	if got := arrived(t, arrivals(t)); got != 0 || must(seen.Lookup(0))(t) != 3 {
		t.Errorf("%d arrived", got)
	}
}

func TestLiveXDPPin(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, xdpText, nil)
	path := filepath.Join(bpffs(t), "link")
	ownDevices(t)
	l := must(m.AttachXDP("far", "drop", nil))(t)
	if err := l.Pin(filepath.Join(t.TempDir(), "link")); err == nil || !strings.Contains(err.Error(), "mount -t bpf") {
		t.Errorf("pin in another file system: %v", err)
	}
	must(0, l.Pin(path))(t)
	must(0, m.Close())(t)
	socket := arrivals(t)
	sendFrames(t, 3, 100)
	if n := arrived(t, socket); n != 0 {
		t.Errorf("pinned, and %d frames got through", n)
	}
	must(0, os.Remove(path))(t)
	// The kernel lets go of a link a moment after its file.
	for end := time.Now().Add(10 * time.Second); strings.Contains(ipCommand(t, "link show far"), "xdp"); {
		if time.Now().After(end) {
			t.Fatal("the pin is gone, and the program stays")
		}
		time.Sleep(10 * time.Millisecond)
	}
	sendFrames(t, 3, 100)
	if n := arrived(t, socket); n != 3 {
		t.Errorf("%d frames got through after the pin is gone", n)
	}
}

func TestLiveXDPRefusals(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, xdpText, nil)
	ownDevices(t)
	_, err := m.AttachXDP("fat", "drop", nil)
	attachFails(t, err, ReasonAbsent, "find network device fat")
	var refused *AttachError
	if !errors.As(err, &refused) || len(refused.Nearest()) != 1 || refused.Nearest()[0] != "far" {
		t.Errorf("nearest: %v", err)
	}
	if absent := new(UnknownDeviceError); !errors.As(m.RemoveXDP("fat", 0), &absent) || absent.Device != "fat" {
		t.Error("a program was removed from a device that does not exist")
	}
	_, err = m.AttachXDP("lo", "drop", &XDPOptions{Flags: XDPFlagsDrvMode})
	attachFails(t, err, ReasonUnsupported, "use XDPFlagsSKBMode")
	_, err = m.AttachXDP("far", "drop", &XDPOptions{Flags: XDPFlagsHWMode})
	attachFails(t, err, ReasonUnsupported, "offloaded")
	_, err = m.AttachXDP("far", "drop", &XDPOptions{Flags: XDPFlagsHWMode | XDPFlagsSKBMode})
	attachFails(t, err, ReasonOther, "one of the modes")
	_, err = m.AttachXDP("far", "drop", &XDPOptions{Flags: 1 << 9})
	attachFails(t, err, ReasonOther, "no such flags")
	_, err = m.AttachXDP("far", "dorp", nil)
	if unknown := new(UnknownError); !errors.As(err, &unknown) || unknown.Nearest[0] != "drop" {
		t.Error(err)
	}
	if _, err := (*Module)(nil).AttachXDP("far", "drop", nil); err == nil {
		t.Error("no module has attached a function")
	}
	if strings.Contains(ipCommand(t, "link show"), "xdp") || len(m.Links()) != 0 {
		t.Error("something was left:", ipCommand(t, "link show"))
	}
}
