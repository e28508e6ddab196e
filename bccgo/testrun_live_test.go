package bccgo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// testRunText has a function of each type that can be run: they tell what they
// were handed, and how often they ran.
const testRunText = `
#include <uapi/linux/if_ether.h>

struct swap_t {
	u64 left, right;
};
BPF_ARRAY(runs, u64, 1);

int swap_macs(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	u8 mac[ETH_ALEN];

	runs.increment(0);
	if (data + sizeof(*eth) > end)
		return XDP_DROP;
	__builtin_memcpy(mac, eth->h_source, sizeof(mac));
	__builtin_memcpy(eth->h_source, eth->h_dest, sizeof(mac));
	__builtin_memcpy(eth->h_dest, mac, sizeof(mac));
	return XDP_TX;
}

int grow(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_head(ctx, -16) ? XDP_ABORTED : XDP_PASS;
}

int mark(struct __sk_buff *skb)
{
	skb->mark++;
	return skb->len;
}

int third_argument(struct bpf_raw_tracepoint_args *ctx)
{
	return ctx->args[2] == 77;
}

int swap(struct swap_t *ctx)
{
	u64 left = ctx->left;

	ctx->left = ctx->right;
	ctx->right = left;
	return 7;
}

int probe(struct pt_regs *ctx)
{
	return 0;
}
`

func plainFrame() []byte {
	return append([]byte{1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16, 8, 0}, bytes.Repeat([]byte{0xab}, 50)...)
}

func testRun(t *testing.T, m *Module, function string, o *TestRunOptions) *TestRunResult {
	t.Helper()
	r, err := m.TestRun(function, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLiveTestRunPacket(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, testRunText, nil)
	packet := plainFrame()
	r := testRun(t, m, "swap_macs", &TestRunOptions{Data: packet, Repeat: 1000})
	want := append([]byte{11, 12, 13, 14, 15, 16, 1, 2, 3, 4, 5, 6}, packet[12:]...)
	// An even number of swaps is none.
	if r.Return != 3 || !bytes.Equal(r.Data, packet) || r.Context != nil || r.Duration <= 0 {
		t.Errorf("a thousand times: %+v", r)
	}
	if r := testRun(t, m, "swap_macs", &TestRunOptions{Data: packet}); !bytes.Equal(r.Data, want) {
		t.Errorf("once: %x, want %x", r.Data, want)
	}
	if !bytes.Equal(packet, plainFrame()) {
		t.Error("the caller's packet was changed")
	}
	runs, err := Map[int32, uint64](m, "runs")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := runs.Lookup(0); n != 1001 || err != nil {
		t.Errorf("ran %d times, %v", n, err)
	}
	if r := testRun(t, m, "grow", &TestRunOptions{Data: packet}); r.Return != 2 || len(r.Data) != len(packet)+16 || !bytes.HasSuffix(r.Data, packet) {
		t.Errorf("grown: %+v", r)
	}
	if _, err := m.TestRun("grow", &TestRunOptions{Data: packet, Room: len(packet)}); !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), "Room") {
		t.Errorf("no room: %v", err)
	}
}

// TestLiveTestRunContext hands over a struct __sk_buff, whose third word is the
// mark.
func TestLiveTestRunContext(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, testRunText, nil)
	skb := make([]byte, 192)
	const mark = 8
	binary.NativeEndian.PutUint32(skb[mark:], 41)
	r := testRun(t, m, "mark", &TestRunOptions{Data: plainFrame(), Context: skb})
	if len(r.Context) < mark+4 || binary.NativeEndian.Uint32(r.Context[mark:]) != 42 || int(r.Return) != len(plainFrame()) {
		t.Errorf("as tc: %+v", r)
	}
	if binary.NativeEndian.Uint32(skb[mark:]) != 41 {
		t.Error("the caller's context was changed")
	}
	for third, want := range map[uint64]uint32{77: 1, 78: 0} {
		args := binary.NativeEndian.AppendUint64(make([]byte, 16), third)
		if r := testRun(t, m, "third_argument", &TestRunOptions{Context: args}); r.Return != want || r.Data != nil || r.Context != nil {
			t.Errorf("as raw tracepoint, %d: %+v", third, r)
		}
	}
	pair := binary.NativeEndian.AppendUint64(binary.NativeEndian.AppendUint64(nil, 1), 2)
	r = testRun(t, m, "swap", &TestRunOptions{Type: Syscall, Context: pair})
	want := binary.NativeEndian.AppendUint64(binary.NativeEndian.AppendUint64(nil, 2), 1)
	if r.Return != 7 || !bytes.Equal(r.Context, want) || pair[0] == want[0] {
		t.Errorf("as syscall: %+v", r)
	}
}

func TestLiveTestRunErrors(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, testRunText, nil)
	for _, tt := range []struct {
		function string
		o        *TestRunOptions
		part     string
	}{
		{"mark", nil, "Ethernet header"},
		{"mark", &TestRunOptions{Data: plainFrame()[:13]}, "the data has 13 bytes"},
		{"mark", &TestRunOptions{Data: plainFrame(), Repeat: -1}, "negative"},
		{"third_argument", &TestRunOptions{Data: plainFrame()}, "no packet"},
		{"third_argument", &TestRunOptions{Repeat: 2}, "run once"},
		{"third_argument", &TestRunOptions{Context: make([]byte, 8)}, "context (8 bytes)"},
		{"swap", &TestRunOptions{Type: Syscall, Context: make([]byte, 1<<17)}, "context (131072 bytes)"},
	} {
		if _, err := m.TestRun(tt.function, tt.o); err == nil || !strings.Contains(err.Error(), tt.part) || !strings.Contains(err.Error(), tt.function) {
			t.Errorf("%s: got %v, want %q", tt.function, err, tt.part)
		}
	}
	var lack *UnsupportedError
	if _, err := m.TestRun("probe", nil); !errors.As(err, &lack) {
		t.Errorf("a kprobe: %v", err)
	}
	var unknown *UnknownError
	if _, err := m.TestRun("prob", nil); !errors.As(err, &unknown) || len(unknown.Nearest) == 0 {
		t.Errorf("no function of that name: %v", err)
	}
	if _, err := m.TestRun("mark", &TestRunOptions{Type: ebpf.XDP, Data: plainFrame()}); err == nil {
		t.Error("a function for tc ran as XDP")
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.TestRun("mark", &TestRunOptions{Data: plainFrame()}); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	var none *Module
	if _, err := none.TestRun("mark", nil); err == nil {
		t.Error("no module, no error")
	}
}
