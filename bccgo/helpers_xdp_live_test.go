package bccgo

import (
	"bytes"
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// xdpHelpers are the helpers of XDP functions, each with what is right.
var xdpHelpers = map[string]func(*testing.T, *helpers){
	"bpf_xdp_adjust_head": func(t *testing.T, h *helpers) {
		before := bytes.Clone(h.packet)
		h.run(t)
		h.is(t, 0, 72)
		if len(h.packet) != 72 || !bytes.Equal(h.packet[8:], before) {
			t.Errorf("% x\nbecame\n% x", before, h.packet)
		}
	},
	"bpf_xdp_adjust_tail": func(t *testing.T, h *helpers) {
		before := bytes.Clone(h.packet)
		h.run(t)
		h.is(t, 0, 72, 0, 32)
		if !bytes.Equal(h.packet, before[:32]) {
			t.Errorf("% x\nbecame\n% x", before, h.packet)
		}
	},
	"bpf_xdp_adjust_meta": func(t *testing.T, h *helpers) {
		before := bytes.Clone(h.packet)
		h.run(t)
		h.is(t, 0, 8, 4711, -int64(unix.EACCES))
		// A test run gives back what is before the packet, too.
		note := binary.NativeEndian.AppendUint32(nil, 4711)
		if !bytes.HasPrefix(h.packet, note) || !bytes.Equal(h.packet[8:], before) {
			t.Errorf("% x\nbecame\n% x", before, h.packet)
		}
	},
	"bpf_xdp_get_buff_len": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 64)
		h.packet = append(datagram(), make([]byte, 900)...)
		h.run(t)
		h.is(t, 964)
	},
	"bpf_xdp_load_bytes": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0x0a000001, 0, -int64(unix.EINVAL))
	},
	"bpf_xdp_store_bytes": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0, -int64(unix.EINVAL))
		h.holds(t, 22, 3, 17)
	},
}

func TestLiveXDPHelpers(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	h := loadHelpers(t, "xdp.c", XDP)
	for item, check := range xdpHelpers {
		t.Run(item, func(t *testing.T) {
			h.need(t, item)
			h.packet = datagram()
			check(t, h)
			if h.ret != xdpPass {
				t.Errorf("verdict %d", h.ret)
			}
		})
	}
}
