package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// slowHosts are two hosts of which the second sends everything 40 ms late.
func slowHosts(t *testing.T) (first, second *tooltest.Host) {
	t.Helper()
	testenv.NeedProgram(t, "tc")
	first, second = tooltest.HostPair(t)
	second.Sh("tc qdisc add dev eth0 root netem delay 40ms")
	return first, second
}

// The delay is seen by either kind of probe, at the addresses that have it.
func TestVM(t *testing.T) {
	testenv.VM(t)
	first, second := slowHosts(t)
	k4, k6 := connect(t, first, second, "10.9.0.2:0"), connect(t, first, second, "[fd09::2]:0")
	ports := k4.serverPort() + "," + k6.serverPort()
	byTracepoint := tooltest.Start(t, "tcprtt", "-b", "-e", "-m", "-p", ports)
	byFunction := tooltest.Start(t, "tcprtt", "-b", "-e", "-m", "-p", ports, "--probes", "kprobe")
	v6 := tooltest.Start(t, "tcprtt", "-6", "-P", ports, "--probes", "kprobe")
	before := info(t, k6.client).Segs_in
	k4.talk(10)
	k6.talk(10)
	time.Sleep(testenv.Timeout(100 * time.Millisecond))
	after := info(t, k6.client).Segs_in
	a, b := tooltest.StopNow(t, byTracepoint), tooltest.StopNow(t, byFunction)
	got, same := histograms(t, a.Stdout), histograms(t, b.Stdout)
	for _, addr := range []string{"10.9.0.2", "fd09::2"} {
		h := got[addr]
		if h.header != "Local Address" || h.unit != "msecs" || !maps.Equal(h.counts, same[addr].counts) || h.avg != same[addr].avg {
			t.Errorf("the tracepoint and the function differ: %v\n%v", a, b)
		}
		if low := slices.Min(slices.Collect(maps.Keys(h.counts))); low < 32 || h.avg < 40 || h.avg > 400 {
			t.Errorf("%s: 40 ms late, but got %+v", addr, h)
		}
	}
	r := tooltest.StopNow(t, v6)
	if all := histograms(t, r.Stdout); len(all) != 1 || all["*******"].sum() != int(after-before) {
		t.Errorf("%d packets came: %v", after-before, r)
	}
}

func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	first, second := slowHosts(t)
	k := connect(t, first, second, "10.9.0.2:0")
	args := []string{"-B", "-e", "-p", k.serverPort()}
	theirs := tooltest.StartTheirs(t, "tcprtt", "Tracing", args...)
	ours := tooltest.Start(t, "tcprtt", args...)
	k.talk(20)
	time.Sleep(testenv.Timeout(200 * time.Millisecond))
	got, want := tooltest.StopNow(t, ours).Stdout, tooltest.StopTheirs(t, theirs)
	want = strings.Replace(want, "Remote Addres =", "Remote Address =", 1)
	our, their := histograms(t, got)["10.9.0.1"], histograms(t, want)["10.9.0.1"]
	if our.sum() == 0 {
		t.Fatalf("ours:\n%s\nBCC's:\n%s", got, want)
	}
	c.Row("10.9.0.1", our.fields(), their.fields())
	c.Explained("Remote Address", "BCC's 0.26 misspells it")
}

// fields are a histogram's counts by slot, and the rest.
func (h histogram) fields() map[string]string {
	f := map[string]string{"AVG": fmt.Sprint(h.avg), "header": h.header, "unit": h.unit}
	for low, n := range h.counts {
		f[fmt.Sprint("from ", low)] = fmt.Sprint(n)
	}
	return f
}
