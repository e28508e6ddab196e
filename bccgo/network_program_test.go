package bccgo

import (
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

func TestWhatLacks(t *testing.T) {
	frags := loadAs{typ: XDP, flags: unix.BPF_F_XDP_HAS_FRAGS}
	for _, c := range []struct {
		as      loadAs
		running kernelVersion
		want    string
	}{
		{loadAs{typ: XDP}, linux(4, 7), "came with Linux 4.8, and this is 4.7"},
		{loadAs{typ: XDP}, linux(4, 8), ""},
		{loadAs{typ: XDP}, linux(4, 8) + 12, ""},
		{frags, linux(5, 17), "packets in several buffers are not available: they came with Linux 5.18"},
		{frags, linux(4, 4), "4.8"},
		{frags, linux(5, 18), ""},
		{loadAs{typ: ebpf.SkLookup}, linux(5, 8), "5.9"},
		{loadAs{typ: ebpf.SkSKB, since: linux(5, 13)}, linux(5, 10), "functions at sk_skb_verdict are not available: they came with Linux 5.13"},
		{loadAs{typ: ebpf.SkSKB, since: linux(5, 13)}, linux(4, 12), "SkSKB are not available: they came with Linux 4.14"},
		{loadAs{typ: LWTXmit}, linux(4, 9), "LWTXmit are not available: they came with Linux 4.10"},
		{loadAs{typ: LWTSeg6Local}, linux(4, 17), "4.18"},
		{loadAs{typ: ebpf.Kprobe}, linux(4, 0), ""},
	} {
		lack := whatLacks("sk_skb_verdict", c.as, c.running, unix.EINVAL)
		if (lack == nil) != (c.want == "") || lack != nil && !strings.Contains(lack.Error(), c.want) {
			t.Errorf("%v on %v: %v, want %q", c.as, c.running, lack, c.want)
		}
	}
}

func TestXDPActions(t *testing.T) {
	for a, want := range map[XDPAction]string{
		XDPAborted: "XDP_ABORTED", XDPDrop: "XDP_DROP", XDPPass: "XDP_PASS", XDPTX: "XDP_TX", XDPRedirect: "XDP_REDIRECT",
		9: "XDP action 9",
	} {
		if a.String() != want {
			t.Errorf("%d is %v, want %s", a, a, want)
		}
	}
}
