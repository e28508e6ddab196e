package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/lab"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// group makes a control group of the test's own.
func group(t *testing.T) string {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "ip")
	testenv.NeedProgram(t, "ping")
	return lab.Group(t)
}

// Each second 40 echo requests of 1,028 bytes are sent, four times of what the
// group may: a quarter of them and the burst get through. Answers go out from the
// kernel, and not from a socket of the group.
func TestLimits(t *testing.T) {
	dir := group(t)
	p := testenv.Start(t, testenv.Tool(t, "cgroup_egress_limit"), "-rate", "10280", "-burst", "5140", dir)
	p.Await("Ctrl-C ends it", time.Minute)
	script := `echo $$ > "$0/cgroup.procs" && ip link set lo up && exec ping -q -c 120 -i 0.025 -s 1000 127.0.0.1`
	began := time.Now()
	ping := testenv.Run(t, time.Minute, "unshare", "--net", "sh", "-c", script, dir)
	took := time.Since(began).Seconds()
	result := p.Stop()
	var sent, dropped uint64
	if _, err := fmt.Sscanf(result.Stdout, "sent %d bytes, dropped %d bytes\n", &sent, &dropped); err != nil || result.ExitCode != 0 {
		t.Fatal(result, ping)
	}
	if sent+dropped < 120*1028 {
		t.Errorf("%d bytes in all, of 120 packets of 1,028: %v", sent+dropped, ping)
	}
	if most := 5140 + 10280*took + 1028; float64(sent) > most || sent < 10*1028 {
		t.Errorf("%d bytes got through in %.1f s, %f at the most", sent, took, most)
	}
	if dropped == 0 {
		t.Error("nothing was dropped:", ping)
	}
}

func TestBadInput(t *testing.T) {
	dir := group(t)
	tool := testenv.Tool(t, "cgroup_egress_limit")
	for args, want := range map[string]string{
		"/proc":                  "the directory of a control group (version 2) is needed",
		filepath.Join(dir, "no"): "no such file or directory",
		"-rate 0 " + dir:         "-rate 0",
	} {
		r := testenv.Run(t, time.Minute, append([]string{tool}, strings.Fields(args)...)...)
		if r.ExitCode != 1 || !strings.Contains(r.Stderr, want) {
			t.Errorf("%q: %v", args, r)
		}
	}
	if r := testenv.Run(t, time.Minute, tool); r.ExitCode != 2 || !strings.Contains(r.Stderr, "usage:") {
		t.Error(r)
	}
}
