package main

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/net/dns/dnsmessage"
)

// answer is a DNS answer: the name asked for and its addresses.
type answer struct {
	question string
	addrs    []netip.Addr
}

// Lengths of headers, and numbers in them.
const (
	etherHeader = 14
	ipv6Header  = 40
	udpHeader   = 8
	protocolUDP = 17
	dnsPort     = 53
)

// udpPayload returns what is in a UDP packet from port 53: packet starts at its
// IP header. Fragments and packets with IPv6 extension headers have none.
func udpPayload(packet []byte) ([]byte, bool) {
	if len(packet) == 0 {
		return nil, false
	}
	switch packet[0] >> 4 {
	case 4:
		length := int(packet[0]&15) * 4
		if length < 20 || len(packet) < length || packet[9] != protocolUDP ||
			binary.BigEndian.Uint16(packet[6:])&0x3fff != 0 {
			return nil, false
		}
		packet = packet[length:]
	case 6:
		if len(packet) < ipv6Header || packet[6] != protocolUDP {
			return nil, false
		}
		packet = packet[ipv6Header:]
	default:
		return nil, false
	}
	if len(packet) < udpHeader || binary.BigEndian.Uint16(packet) != dnsPort {
		return nil, false
	}
	return packet[udpHeader:], true
}

// parseAnswer reads a DNS message. It is no answer when it is damaged, a
// question, an error, or has no addresses.
func parseAnswer(message []byte) (answer, bool) {
	var p dnsmessage.Parser
	header, err := p.Start(message)
	if err != nil || !header.Response || header.RCode != dnsmessage.RCodeSuccess {
		return answer{}, false
	}
	question, err := p.Question()
	if err != nil || p.SkipAllQuestions() != nil {
		return answer{}, false
	}
	a := answer{question: question.Name.String()}
	for {
		addr, err := nextAddr(&p)
		if err != nil {
			// The end, or damage after addresses that are good.
			return a, len(a.addrs) > 0
		}
		if addr.IsValid() {
			a.addrs = append(a.addrs, addr)
		}
	}
}

// nextAddr reads the next record; one without an address gives the zero Addr.
func nextAddr(p *dnsmessage.Parser) (netip.Addr, error) {
	header, err := p.AnswerHeader()
	if err != nil {
		return netip.Addr{}, err
	}
	switch header.Type {
	case dnsmessage.TypeA:
		r, err := p.AResource()
		return netip.AddrFrom4(r.A), err
	case dnsmessage.TypeAAAA:
		r, err := p.AAAAResource()
		return netip.AddrFrom16(r.AAAA), err
	}
	return netip.Addr{}, p.SkipAnswer()
}
