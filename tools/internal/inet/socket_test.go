package inet

import (
	"net/netip"
	"testing"
)

func TestBound(t *testing.T) {
	for _, text := range []string{"127.0.0.1:80", "[2001:db8::1]:443", "0.0.0.0:0", "[::]:1"} {
		b := BoundTo(netip.MustParseAddrPort(text))
		if got := netip.AddrPortFrom(b.Address(), b.Port).String(); got != text {
			t.Errorf("got %s, want %s", got, text)
		}
	}
}

func TestProtocolName(t *testing.T) {
	for number, want := range map[uint16]string{0: "IP", 6: "TCP", 17: "UDP", 262: "MPTCP", 999: "UNKNOWN"} {
		if got := ProtocolName(number); got != want {
			t.Errorf("%d: got %s, want %s", number, got, want)
		}
	}
}

func TestCheckHeaders(t *testing.T) {
	if err := CheckHeaders(true); err != nil {
		t.Error(err)
	}
	if CheckHeaders(false) == nil {
		t.Error("another kernel's headers are taken")
	}
}
