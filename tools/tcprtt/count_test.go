package main

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestHistograms(t *testing.T) {
	a4, a6 := netip.MustParseAddr("10.9.0.2"), netip.MustParseAddr("fd09::2")
	parts := []part{{a6, 40123 * time.Microsecond, []uint64{1}}, {a4, 7 * time.Microsecond, []uint64{2}}}
	for _, test := range []struct {
		o     options
		parts []part
		want  hist.Histograms
	}{
		{options{}, []part{{counts: []uint64{3}}}, hist.Histograms{Label: "usecs", Header: "All Addresses",
			Sections: []bccgo.Section{{Key: "*******", Counts: []uint64{3}}}}},
		{options{byLocal: true}, parts, hist.Histograms{Label: "usecs", Header: "Local Address",
			Sections: []bccgo.Section{{Key: "10.9.0.2", Counts: []uint64{2}}, {Key: "fd09::2", Counts: []uint64{1}}}}},
		{options{byRemote: true, extension: true, milliseconds: true}, parts, hist.Histograms{Label: "msecs", Header: "Remote Address",
			Sections: []bccgo.Section{{Key: "10.9.0.2 [AVG 0]", Counts: []uint64{2}}, {Key: "fd09::2 [AVG 40]", Counts: []uint64{1}}}}},
	} {
		if got := test.o.histograms(test.parts); !reflect.DeepEqual(*got, test.want) {
			t.Errorf("got %+v\nwant %+v", *got, test.want)
		}
	}
}

func TestRefusedFlags(t *testing.T) {
	for args, want := range map[string]string{
		"-4 -6":          "--ipv4 and --ipv6: give one of them",
		"-b -B":          "--byladdr and --byraddr: give one of them",
		"-i 0":           "--interval 0: want a number of seconds above 0",
		"-i x":           "--interval x: ",
		"-d -1":          "--duration -1: cannot be less than 0",
		"-p 0":           `--lport "0": want numbers from 1 to 65535`,
		"-P 65536":       `--rport "65536": want numbers from 1 to 65535`,
		"-a 10.9.0":      `--laddr "10.9.0": want an address of IPv4 or IPv6`,
		"-A fe80::1%lo":  `--raddr "fe80::1%lo": want an address`,
		"1":              `unexpected argument "1"`,
		"--probes magic": `--probes "magic": want tracepoint, kprobe or auto`,
	} {
		tooltest.Refused(t, tool(), want, strings.Fields(args)...)
	}
}
