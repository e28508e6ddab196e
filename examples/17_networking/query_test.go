package main

import (
	"strings"
	"testing"
)

// packet makes an Ethernet packet of an IP header of hlen words from 192.0.2.7,
// a UDP header and a DNS message.
func packet(hlen byte, dns string) []byte {
	ip := make([]byte, 4*int(hlen))
	ip[0] = 4<<4 | hlen
	copy(ip[12:], "\xc0\x00\x02\x07")
	return []byte(strings.Repeat("\x00", ethernetLen) + string(ip) + strings.Repeat("\x00", udpLen) + dns)
}

// head is the header of a DNS query with one question.
const head = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"

func TestParseQuery(t *testing.T) {
	long := "\x3f" + strings.Repeat("a", 63)
	for _, test := range []struct {
		name string
		hlen byte
		dns  string
		want string // "" for no query
	}{
		{"address", 5, head + "\x03www\x07example\x03org\x00\x00\x01\x00\x01", "192.0.2.7 A www.example.org"},
		{"IP options", 15, head + "\x01a\x00\x00\x1c\x00\x01", "192.0.2.7 AAAA a"},
		{"root", 5, head + "\x00\x00\x02\x00\x01", "192.0.2.7 NS ."},
		{"type without a name", 5, head + "\x01a\x00\x01\x01\x00\x01", "192.0.2.7 TYPE257 a"},
		{"odd bytes", 5, head + "\x06\x1b[1m. \x02\\\xff\x00\x00\x10\x00\x01", `192.0.2.7 TXT \027[1m\046\032.\092\255`},
		{"long labels", 5, head + long + long + "\x00\x00\x0f\x00\x01",
			"192.0.2.7 MX " + strings.Repeat("a", 63) + "." + strings.Repeat("a", 63)},
		{"answer", 5, "\x12\x34\x81\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01", ""},
		{"no question", 5, "\x12\x34\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01", ""},
		{"name without end", 5, head + "\x03www", ""},
		{"label without end", 5, head + "\x20www", ""},
		{"reference", 5, head + "\xc0\x0c\x00\x01\x00\x01", ""},
		{"no type", 5, head + "\x01a\x00\x00\x01\x00", ""},
		{"no DNS", 5, head[:11], ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			q, ok := parseQuery(packet(test.hlen, test.dns))
			got := ""
			if ok {
				got = q.from.String() + " " + q.kind + " " + q.name
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func FuzzParseQuery(f *testing.F) {
	f.Add(packet(5, head+"\x03www\x00\x00\x01\x00\x01"))
	f.Add(packet(15, head+"\x3fa"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		q, ok := parseQuery(data)
		for _, c := range []byte(q.kind + q.name) {
			if c <= ' ' || c >= 0x7f {
				t.Fatalf("%q %q (%v): byte %#x would reach the terminal", q.kind, q.name, ok, c)
			}
		}
		if ok && (q.name == "" || !q.from.IsValid()) {
			t.Errorf("incomplete: %+v", q)
		}
	})
}
