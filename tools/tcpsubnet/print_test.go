package main

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func parsed(t *testing.T, list string) []subnet {
	t.Helper()
	subnets, err := parseSubnets(list)
	if err != nil {
		t.Fatal(err)
	}
	return subnets
}

func TestPrint(t *testing.T) {
	now := time.Date(2026, 11, 23, 5, 6, 7, 0, time.UTC)
	sent := []uint64{1535, 0, 3 << 20, 1535}
	for _, test := range []struct {
		unit string
		json bool
		want string
	}{
		{"B", false, "[11/23/26 05:06:07]\nfd09::/16             3145728\n10.0.0.0/8              1535\n0.0.0.0/0               1535\n"},
		{"b", false, "[11/23/26 05:06:07]\nfd09::/16             25165824\n10.0.0.0/8             12280\n0.0.0.0/0              12280\n"},
		{"k", false, "[11/23/26 05:06:07]\nfd09::/16              24576\n10.0.0.0/8                11\n0.0.0.0/0                 11\n"},
		{"m", false, "[11/23/26 05:06:07]\nfd09::/16                 24\n10.0.0.0/8                 0\n0.0.0.0/0                  0\n"},
		{"K", false, "[11/23/26 05:06:07]\nfd09::/16               3072\n10.0.0.0/8                 1\n0.0.0.0/0                  1\n"},
		{"M", true, `{"date":"11/23/26","time":"05:06:07","entries":{"0.0.0.0/0":0.0014638900756835938,"10.0.0.0/8":0.0014638900756835938,"fd09::/16":3}}` + "\n"},
	} {
		got := tooltest.Printed(t, toolkit.Common{JSON: test.json}, func(s *toolkit.Session) error {
			p := &printer{s: s, subnets: parsed(t, "10.0.0.0/8,127.0.0.1/32,fd09::/16,0.0.0.0/0"), unit: units[test.unit]}
			return p.print(sent, now)
		})
		if got != test.want {
			t.Errorf("%s: got\n%swant\n%s", test.unit, got, test.want)
		}
	}
}

// An address belongs to the first subnet that has it, which the longest one tells.
func TestFirst(t *testing.T) {
	subnets := parsed(t, "10.1.2.3/16, 10.0.0.0/8,10.1.2.0/24,fd09::/16,::/0,0.0.0.0/0,10.0.0.0/8")
	var got []uint32
	for _, s := range subnets {
		got = append(got, first(subnets, s.prefix))
	}
	if want := []uint32{0, 1, 0, 3, 4, 5, 1}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestKeys(t *testing.T) {
	for text, want := range map[string]key{
		"10.1.2.0/24": {Bits: 32, Version: 4, Address: [16]uint8{10, 1, 2}},
		"::/0":        {Bits: 8, Version: 6},
		"fd09::1/128": {Bits: 136, Version: 6, Address: [16]uint8{0xfd, 9, 15: 1}},
	} {
		if got := keyOf(netip.MustParsePrefix(text)); got != want {
			t.Errorf("%s: got %+v", text, got)
		}
	}
}

func TestRefusedFlags(t *testing.T) {
	for args, want := range map[string]string{
		"10.0.0.0":                   `subnet "10.0.0.0": want an address and the number of its bits`,
		"10.0.0.0/33":                `subnet "10.0.0.0/33": `,
		"10.0.0/8":                   `subnet "10.0.0/8": `,
		"10.0.0.0/8,":                `subnet "": `,
		"10.0.0.0/8 11.0.0.0/8":      `unexpected argument "11.0.0.0/8"`,
		"-f x":                       `--format "x": want one of b, k, m, B, K, M`,
		"-i 0":                       "--interval 0: want a number of seconds above 0",
		"-i x":                       "--interval x: ",
		"--netns-id 1 --pid-netns 1": "--netns-id and --pid-netns: give one of them",
		"--probes magic":             `--probes "magic"`,
	} {
		tooltest.Refused(t, tool(), want, strings.Fields(args)...)
	}
}
