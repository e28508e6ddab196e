package main

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter all is seen, by either kind of probe.
func TestVM(t *testing.T) {
	testenv.VM(t)
	first, second := tooltest.HostPair(t)
	byFentry := tooltest.Start(t, "tcpsubnet", "--json", list)
	byKprobes := tooltest.Start(t, "tcpsubnet", "--json", "-i", "1000", "--probes", "kprobe", list)
	want := sums(t, first, second)
	for _, p := range []*testenv.Proc{byFentry, byKprobes} {
		if got := total(t, tooltest.StopNow(t, p).Stdout); !maps.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	first, second := tooltest.HostPair(t)
	v4 := "10.9.0.2/32,10.9.1.128/25,10.9.0.0/16"
	theirs := tooltest.StartTheirs(t, "tcpsubnet", "Tracing", "-i", "1000", "-f", "k", v4)
	ours := tooltest.Start(t, "tcpsubnet", "-i", "1000", "-f", "k", v4)
	want := sums(t, first, second)
	got, their := tooltest.StopNow(t, ours).Stdout, tooltest.StopTheirs(t, theirs)
	rows := regexp.MustCompile(`(?m)^(10\.9\.\S+) +(\d+)$`)
	for _, out := range []string{got, their} {
		if len(rows.FindAllString(out, -1)) != 3 {
			t.Fatalf("ours:\n%s\nBCC's:\n%s", got, their)
		}
	}
	for i, m := range rows.FindAllStringSubmatch(got, -1) {
		t := rows.FindAllStringSubmatch(their, -1)[i]
		c.Row(fmt.Sprint("row ", i+1), map[string]string{"subnet": m[1], "Kbits": m[2]}, map[string]string{"subnet": t[1], "Kbits": t[2]})
	}
	if first := fmt.Sprint(int(want["10.9.1.128/25"] * 8 / 1024)); !strings.Contains(got, first) {
		t.Errorf("no %s in\n%s", first, got)
	}
	c.Explained("subnets of IPv6", "BCC's has none")
}
