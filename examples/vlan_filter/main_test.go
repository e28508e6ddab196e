package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/lab"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// texts are what frames carry.
func texts(frames [][]byte) (all []string) {
	for _, f := range frames {
		all = append(all, string(bytes.TrimRight(f[14:], "\x00")))
	}
	return all
}

func TestFilters(t *testing.T) {
	first, second := lab.Pair(t)
	from := first.Tap("eth0", lab.EtherType)
	to := second.Tap("eth0", lab.EtherType) // has what the filter lets through, without tags
	p := second.Start("vlan_filter", "-i", "eth0", "-allow", "10,4094")
	p.Await("Ctrl-C ends it", time.Minute)
	const priority = 5 << 13
	from.Send(lab.Frame(1, 2, "10a", 10), lab.Frame(1, 2, "20", 20), lab.Frame(1, 2, "no tag"), lab.Frame(1, 2, "4094", 4094),
		lab.Frame(1, 2, "11", 11), lab.Frame(1, 2, "10b", priority|10), lab.Frame(1, 2, "20b", priority|20), lab.Frame(1, 2, "10 in 20", 20, 10))
	if got, want := texts(to.Frames(3)), []string{"10a", "4094", "10b"}; !slices.Equal(got, want) {
		t.Errorf("%q got through, want %q", got, want)
	}
	result := p.Stop()
	const want = `VLAN         PASSED    DROPPED
none              0          1
10                2          0
11                0          1
20                0          3
4094              1          0
`
	if result.ExitCode != 0 || result.Stdout != want {
		t.Error(result)
	}
	from.Send(lab.Frame(1, 2, "after", 20))
	if got := texts(to.Frames(1)); !slices.Equal(got, []string{"after"}) {
		t.Errorf("the program has ended, and %q got through", got)
	}
}

func TestCost(t *testing.T) {
	testenv.NotEmulated(t)
	ns := lab.New(t)
	for vlans, want := range map[string]string{"0": "ns, and passes.\n", "5": "ns, and is dropped.\n"} {
		if r := ns.Run("vlan_filter", "-cost", "-allow", vlans); r.ExitCode != 0 || !strings.HasSuffix(r.Stdout, want) {
			t.Errorf("-allow %s: %v", vlans, r)
		}
	}
}

func TestBadInput(t *testing.T) {
	testenv.NotEmulated(t)
	ns := lab.New(t)
	for args, want := range map[string]string{
		"": "find network device", "-i nonesuch": "nonesuch", "-i lo -allow 4095": "from 0 to 4094", "-i lo -allow 1,,2": "from 0 to 4094",
	} {
		if r := ns.Run("vlan_filter", strings.Fields(args)...); r.ExitCode != 1 || !strings.Contains(r.Stderr, want) {
			t.Errorf("%q: %v", args, r)
		}
	}
}
