package main

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func TestNames(t *testing.T) {
	n := newNames()
	at := time.Unix(1000, 0)
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	n.add(answer{"one.example.", []netip.Addr{a, b}}, at)
	n.add(answer{"two.example.", []netip.Addr{a}}, at.Add(time.Second))
	for _, test := range []struct {
		addr netip.Addr
		text string
		age  time.Duration
	}{
		{a, "two.example", time.Second}, {b, "one.example", 2 * time.Second},
		{netip.MustParseAddr("127.0.0.1"), "localhost", 0}, {netip.IPv6Loopback(), "localhost", 0},
		{netip.MustParseAddr("127.0.0.2"), "", 0},
	} {
		if text, age := n.find(test.addr, at.Add(2*time.Second)); text != test.text || age != test.age {
			t.Errorf("%v: got %q, %v", test.addr, text, age)
		}
	}
	if _, age := n.find(a, at); age != 0 {
		t.Errorf("an answer noticed late is %v old", age)
	}
}

// The oldest addresses are forgotten, unless they were asked for again.
func TestNamesForget(t *testing.T) {
	n := newNames()
	at := time.Unix(1000, 0)
	addr := func(i int) netip.Addr {
		var raw [4]byte
		binary.BigEndian.PutUint32(raw[:], uint32(10<<24+i))
		return netip.AddrFrom4(raw)
	}
	for i := range maxNames {
		n.add(answer{"x.", []netip.Addr{addr(i)}}, at.Add(time.Duration(i)))
	}
	n.add(answer{"again.", []netip.Addr{addr(0)}}, at.Add(maxNames))
	n.add(answer{"new.", []netip.Addr{addr(maxNames)}}, at.Add(maxNames+1))
	for i, want := range map[int]string{0: "again", 1: "", 2: "x", maxNames: "new"} {
		if text, _ := n.find(addr(i), at.Add(time.Hour)); text != want {
			t.Errorf("address %d: got %q, want %q", i, text, want)
		}
	}
	if len(n.byAddr) != maxNames || len(n.order) > maxNames {
		t.Errorf("%d addresses, %d arrivals", len(n.byAddr), len(n.order))
	}
}

// udp4 and udp6 put a UDP payload into an IP packet.
func udp4(port uint16, payload []byte) []byte {
	packet := make([]byte, 28)
	packet[0], packet[9] = 0x45, protocolUDP
	binary.BigEndian.PutUint16(packet[20:], port)
	return append(packet, payload...)
}

func udp6(port uint16, payload []byte) []byte {
	packet := make([]byte, 48)
	packet[0], packet[6] = 0x60, protocolUDP
	binary.BigEndian.PutUint16(packet[40:], port)
	return append(packet, payload...)
}

func TestUDPPayload(t *testing.T) {
	options := append([]byte{0x46}, udp4(53, []byte("x"))[1:20]...)
	options = append(append(options, 0, 0, 0, 0), udp4(53, []byte("x"))[20:]...)
	fragment := udp4(53, []byte("x"))
	fragment[6] = 0x20
	tcp := udp4(53, []byte("x"))
	tcp[9] = 6
	for name, test := range map[string]struct {
		packet []byte
		want   string
		ok     bool
	}{
		"IPv4": {udp4(53, []byte("x")), "x", true}, "IPv6": {udp6(53, []byte("x")), "x", true},
		"options": {options, "x", true}, "empty": {nil, "", false}, "other port": {udp4(54, nil), "", false},
		"fragment": {fragment, "", false}, "TCP": {tcp, "", false}, "cut": {udp4(53, nil)[:27], "", false},
		"cut IPv6": {udp6(53, nil)[:39], "", false}, "no IP": {make([]byte, 60), "", false},
	} {
		if got, ok := udpPayload(test.packet); string(got) != test.want || ok != test.ok {
			t.Errorf("%s: got %q, %v", name, got, ok)
		}
	}
}

func TestParseAnswer(t *testing.T) {
	six := &dnsmessage.AAAAResource{AAAA: netip.MustParseAddr("2001:db8::1").As16()}
	message, err := dnsReply(1, asked, append(slices.Clone(answers), six)...)
	if err != nil {
		t.Fatal(err)
	}
	want := []netip.Addr{netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("2001:db8::1")}
	if a, ok := parseAnswer(message); !ok || a.question != asked+"." || !slices.Equal(a.addrs, want) {
		t.Errorf("got %+v, %v", a, ok)
	}
	if a, ok := parseAnswer(message[:len(message)-1]); !ok || !slices.Equal(a.addrs, want[:1]) {
		t.Errorf("of a cut message got %+v, %v", a, ok)
	}
	question := slices.Clone(message)
	question[2] &^= 0x80
	failure := slices.Clone(message)
	failure[3] |= 3
	none, err := dnsReply(1, asked)
	if err != nil {
		t.Fatal(err)
	}
	for name, message := range map[string][]byte{"question": question, "failure": failure, "no addresses": none, "empty": nil} {
		if a, ok := parseAnswer(message); ok {
			t.Errorf("%s: got %+v", name, a)
		}
	}
}

func FuzzPacket(f *testing.F) {
	message, err := dnsReply(1, asked, answers...)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(udp4(53, message))
	f.Add(udp6(53, message))
	f.Add(udp4(53, message[:20]))
	f.Fuzz(func(t *testing.T, packet []byte) {
		payload, ok := udpPayload(packet)
		if !ok {
			return
		}
		a, ok := parseAnswer(payload)
		if ok == (len(a.addrs) == 0) {
			t.Errorf("%d addresses, %v", len(a.addrs), ok)
		}
	})
}
