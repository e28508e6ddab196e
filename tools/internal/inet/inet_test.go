package inet

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

func TestEnds(t *testing.T) {
	for _, test := range []struct {
		local, remote string
		version       uint32
	}{
		{"10.0.0.2:50123", "192.0.2.7:443", 4},
		{"[fe80::2]:0", "[2001:db8::1]:22", 6},
		{"[::ffff:10.0.0.2]:1", "[::ffff:192.0.2.7]:2", 6},
	} {
		local, remote := netip.MustParseAddrPort(test.local), netip.MustParseAddrPort(test.remote)
		e := EndsOf(local, remote)
		if e.Local() != local.Addr() || e.Remote() != remote.Addr() || e.Lport != local.Port() || e.Rport != remote.Port() || e.Version != test.version {
			t.Errorf("%v, %v: %+v", local, remote, e)
		}
	}
}

// parsed is the filter that flags make.
func parsed(t *testing.T, args ...string) (*Filter, error) {
	t.Helper()
	f := new(Filter)
	app := &cli.App{
		Flags:  append(f.FamilyFlags(), f.LocalPortsFlag("localport", "L"), f.RemotePortsFlag("remoteport", "D")),
		Action: func(*cli.Context) error { return nil },
	}
	if err := app.Run(append([]string{"test"}, args...)); err != nil {
		t.Fatal(err)
	}
	return f, f.Check()
}

func TestFilter(t *testing.T) {
	for args, want := range map[string]string{
		"":                   "map[]",
		"-4":                 "map[IP_VERSION:4]",
		"--ipv6":             "map[IP_VERSION:6]",
		"-L 80":              "map[LOCAL_PORTS:]",
		"-D 80,443 -L 65535": "map[LOCAL_PORTS: REMOTE_PORTS:]",
		"-L 0":               "--localport \"0\": want numbers from 1 to 65535",
		"-D 65536":           "--remoteport \"65536\": want numbers",
		"-D http":            "--remoteport \"http\": want numbers",
		"-L ,":               "--localport \",\": want numbers",
		"-4 -6":              "--ipv4 and --ipv6: give one of them",
	} {
		f, err := parsed(t, strings.Fields(args)...)
		if err != nil {
			if want == "" || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%q: %v, want %s", args, err, want)
			}
			continue
		}
		defines := map[string]string{}
		f.Define(defines)
		if got := fmt.Sprint(defines); got != want {
			t.Errorf("%q: %s, want %s", args, got, want)
		}
	}
}

func TestColumns(t *testing.T) {
	type row struct{ name, value string }
	var c Columns[row]
	c.Add(true, "NAME", 6, func(r *row) string { return r.name })
	c.Add(false, "NOT", 6, func(*row) string { return "" })
	c.Add(true, "VALUE", -7, func(r *row) string { return r.value })
	c.Add(true, "NAME", 0, func(r *row) string { return r.name })
	r := &row{`a,"b"`, "12"}
	for got, want := range map[string]string{
		c.Heading():    "NAME     VALUE NAME",
		c.Row(r):       `a,"b"       12 a,"b"`,
		c.CSVHeading(): "NAME,VALUE,NAME",
		c.CSVRow(r):    `"a,""b""",12,"a,""b"""`,
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSince(t *testing.T) {
	var s Since
	for _, test := range []struct {
		ktime uint64
		want  string
	}{{5e9, "0.000"}, {5e9 + 1234e6, "1.234"}, {5e9 - 1e6, "-0.001"}} {
		if got := s.Stamp(test.ktime); got != test.want {
			t.Errorf("%d: %s, want %s", test.ktime, got, test.want)
		}
	}
}
