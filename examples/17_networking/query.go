package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
)

// Lengths of headers, that of IP without options.
const (
	ethernetLen = 14
	ipLen       = 20
	udpLen      = 8
	dnsLen      = 12
)

// query is the first question of a DNS query.
type query struct {
	from       netip.Addr
	kind, name string
}

// kinds names the types that programs ask for most.
var kinds = map[uint16]string{
	1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 65: "HTTPS",
}

// parseQuery reads an Ethernet packet with IPv4 and UDP, which the filter has
// checked. It is not ok if there is no whole question in it.
func parseQuery(packet []byte) (q query, ok bool) {
	if len(packet) < ethernetLen+ipLen {
		return q, false
	}
	ip := packet[ethernetLen:]
	q.from = netip.AddrFrom4([4]byte(ip[12:16]))
	start := int(ip[0]&0xf)*4 + udpLen
	if len(ip) < start+dnsLen {
		return q, false
	}
	dns := ip[start:]
	isAnswer, questions := dns[2]&0x80 != 0, binary.BigEndian.Uint16(dns[4:])
	if isAnswer || questions == 0 {
		return q, false
	}
	name, rest, ok := parseName(dns[dnsLen:])
	if !ok || len(rest) < 4 {
		return q, false
	}
	kind := binary.BigEndian.Uint16(rest)
	q.name = name
	if q.kind, ok = kinds[kind]; !ok {
		q.kind = fmt.Sprintf("TYPE%d", kind)
	}
	return q, true
}

// parseName reads a name: labels, each after its length, up to an empty one.
// A first name has no references to earlier ones, whose lengths are above 63.
func parseName(b []byte) (name string, rest []byte, ok bool) {
	var text strings.Builder
	for len(b) > 0 {
		n := int(b[0])
		if n == 0 {
			if text.Len() == 0 {
				return ".", b[1:], true
			}
			return text.String(), b[1:], true
		}
		if n > 63 || len(b) < 1+n {
			return "", nil, false
		}
		if text.Len() > 0 {
			text.WriteByte('.')
		}
		writeLabel(&text, b[1:1+n])
		b = b[1+n:]
	}
	return "", nil, false
}

// writeLabel writes a label as zone files do: bytes that a terminal might take
// for something else, and dots, as backslash and decimal number.
func writeLabel(text *strings.Builder, label []byte) {
	for _, c := range label {
		if c <= ' ' || c >= 0x7f || c == '.' || c == '\\' {
			fmt.Fprintf(text, `\%03d`, c)
		} else {
			text.WriteByte(c)
		}
	}
}
