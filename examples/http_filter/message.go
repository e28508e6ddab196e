package main

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"
)

// Lengths of headers, and where their lengths are in them.
const (
	ethernetLen = 14
	ip4Len      = 20
	ip6Len      = 40
	tcpLen      = 20
)

// message is the beginning of an HTTP message.
type message struct {
	from, to netip.AddrPort
	line     string
}

// parseMessage reads an Ethernet packet with TCP. Anybody may have sent it, so
// every length is checked. It is not ok if there is no line in it.
func parseMessage(packet []byte) (m message, ok bool) {
	if len(packet) < ethernetLen+ip4Len {
		return m, false
	}
	ip := packet[ethernetLen:]
	var from, to netip.Addr
	start := int(ip[0]&0xf) * 4
	switch {
	case ip[0]>>4 == 4:
		from, to = netip.AddrFrom4([4]byte(ip[12:16])), netip.AddrFrom4([4]byte(ip[16:20]))
	case ip[0]>>4 == 6 && len(ip) >= ip6Len:
		from, to = netip.AddrFrom16([16]byte(ip[8:24])), netip.AddrFrom16([16]byte(ip[24:40]))
		start = ip6Len
	default:
		return m, false
	}
	if len(ip) < start+tcpLen {
		return m, false
	}
	tcp := ip[start:]
	data := int(tcp[12]>>4) * 4
	if data < tcpLen || len(tcp) <= data {
		return m, false
	}
	m.from = netip.AddrPortFrom(from, binary.BigEndian.Uint16(tcp))
	m.to = netip.AddrPortFrom(to, binary.BigEndian.Uint16(tcp[2:]))
	m.line = firstLine(tcp[data:])
	return m, true
}

// firstLine is the first line of a text, without its end, and odd bytes in it as
// Go writes them.
func firstLine(text []byte) string {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	quoted := strconv.QuoteToASCII(string(bytes.TrimSuffix(line, []byte("\r"))))
	return quoted[1 : len(quoted)-1]
}
