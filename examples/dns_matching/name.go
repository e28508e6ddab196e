package main

import (
	"fmt"
	"slices"
	"strings"
)

// labels is a name as queries have it, in lower case, for the table's key.
type labels struct {
	Labels [64]byte
}

// encode makes labels of a name with dots.
func encode(name string) (l labels, err error) {
	var b []byte
	for label := range strings.SplitSeq(strings.ToLower(strings.TrimSuffix(name, ".")), ".") {
		if len(label) == 0 || len(label) > 63 {
			return l, fmt.Errorf("%q is no name: between dots are 1 to 63 letters", name)
		}
		b = append(append(b, byte(len(label))), label...)
	}
	if len(b) >= len(l.Labels) { // the empty label at the end has no room
		return l, fmt.Errorf("%q is too long: names of up to %d letters can be matched", name, len(l.Labels)-2)
	}
	copy(l.Labels[:], b)
	return l, nil
}

// query is a packet that asks for the IPv4 address of a name.
func query(name string) ([]byte, error) {
	l, err := encode(name)
	if err != nil {
		return nil, err
	}
	end := slices.Index(l.Labels[:], 0) + 1
	packet := make([]byte, 14+20+8+12)
	packet[12] = 0x08 // IPv4
	ip := packet[14:]
	ip[0], ip[9] = 0x45, 17                                // UDP
	ip[20+3] = 53                                          // to the port of DNS
	ip[20+8+2], ip[20+8+5] = 1, 1                          // recursive, one question
	return append(append(packet, l.Labels[:end]...), 0, 1, // for an address
		0, 1), nil // of the internet
}
