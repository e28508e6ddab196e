package main

import (
	"strings"
	"testing"
)

// packet4 is a packet from 10.0.0.1:80 to 10.0.0.2:4660, with 4 bytes of options
// in its header of IP and 4 in that of TCP.
var packet4 = strings.Join([]string{
	"\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00",
	"\x46\x00\x00\x40\x00\x00\x00\x00\x40\x06\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02\x01\x01\x01\x01",
	"\x00\x50\x12\x34\x00\x00\x00\x00\x00\x00\x00\x00\x60\x10\x00\x00\x00\x00\x00\x00\x01\x01\x01\x01",
	"HTTP/1.1 200 OK\r\nServer: x\r\n",
}, "")

func TestParseMessage(t *testing.T) {
	m, ok := parseMessage([]byte(packet4))
	if !ok || m.from.String() != "10.0.0.1:80" || m.to.String() != "10.0.0.2:4660" || m.line != "HTTP/1.1 200 OK" {
		t.Errorf("%+v, %t", m, ok)
	}
	for n := range len(packet4) - len("HTTP/1.1 200 OK\r\nServer: x\r\n") + 1 {
		if m, ok := parseMessage([]byte(packet4[:n])); ok {
			t.Errorf("%d bytes are no message: %+v", n, m)
		}
	}
}

func TestFirstLine(t *testing.T) {
	for text, want := range map[string]string{
		"GET / HTTP/1.1\r\nHost: x": "GET / HTTP/1.1", "GET /cut": "GET /cut", "GET \x1b[2J\xff\"": `GET \x1b[2J\xff\"`, "": "",
	} {
		if got := firstLine([]byte(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzParseMessage(f *testing.F) {
	f.Add([]byte(packet4))
	f.Add([]byte(strings.Repeat("\x60", 100)))
	f.Fuzz(func(t *testing.T, packet []byte) {
		m, ok := parseMessage(packet)
		for _, c := range []byte(m.line) {
			if c < ' ' || c > '~' {
				t.Errorf("%q is printed", m.line)
			}
		}
		if ok && !(m.from.IsValid() && m.to.IsValid()) {
			t.Errorf("a message without addresses: %+v", m)
		}
	})
}
