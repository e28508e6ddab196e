package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo"
)

// subnet is one of the list.
type subnet struct {
	text   string
	prefix netip.Prefix
}

// parseSubnets reads a list with commas between.
func parseSubnets(list string) ([]subnet, error) {
	var subnets []subnet
	for text := range strings.SplitSeq(list, ",") {
		text = strings.TrimSpace(text)
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("subnet %q: want an address and the number of its bits, such as 10.80.0.0/24: %w", text, err)
		}
		subnets = append(subnets, subnet{text, prefix.Masked()})
	}
	return subnets, nil
}

// key is the program's struct subnet.
type key struct {
	Bits    uint32
	Version uint8
	Address [16]uint8 // IPv4 has the first 4
	Unused  [3]uint8
}

func keyOf(p netip.Prefix) key {
	k := key{Bits: 8 + uint32(p.Bits()), Version: 6}
	if p.Addr().Is4() {
		k.Version = 4
	}
	copy(k.Address[:], p.Addr().AsSlice())
	return k
}

// first returns the index of the first subnet that has all addresses of another one
// of the list.
func first(subnets []subnet, inside netip.Prefix) uint32 {
	return uint32(slices.IndexFunc(subnets, func(s subnet) bool {
		return s.prefix.Bits() <= inside.Bits() && s.prefix.Contains(inside.Addr())
	}))
}

// handOver gives the program the subnets.
func handOver(m *bccgo.Module, subnets []subnet) error {
	table, err := bccgo.Map[key, uint32](m, "subnets")
	if err != nil {
		return err
	}
	for _, s := range subnets {
		if err := table.Update(keyOf(s.prefix), first(subnets, s.prefix)); err != nil {
			return fmt.Errorf("hand over the subnet %s: %w", s.text, err)
		}
	}
	return nil
}
