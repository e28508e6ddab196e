package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter, all is seen, by the function as well; and so are loss probes.
func TestVMProbes(t *testing.T) {
	testenv.VM(t)
	a := prepare(t)
	byFunction := tooltest.Start(t, "tcpretrans", "-s", "--json", "--probes", "kprobe")
	withProbes := tooltest.Start(t, "tcpretrans", "-ls", "--json")
	counts := tooltest.Start(t, "tcpretrans", "-lc", "-6")
	again := a.run()
	got, probes := a.lines(tooltest.Stop(t, withProbes).Stdout)
	if !same(got, again) {
		t.Errorf("got\n%v\nwant\n%v", got, again)
	}
	// The function is also called for what cannot be sent, but not by loss probes.
	missed := map[inet.Ends]int{}
	seen, _ := a.lines(tooltest.Stop(t, byFunction).Stdout)
	for _, p := range beyond(again, seen) {
		missed[p.ends]++
	}
	for ends, n := range missed {
		if n > probes[ends] {
			t.Errorf("%d of %v are missing by the function: %v", n, again, seen)
		}
	}
	sum, over6 := 0, len(only(6, again))
	for ends, n := range probes {
		if sum += n; ends.Version == 6 {
			over6 += n
		}
	}
	if n := a.lossProbes(); n == 0 || sum != n {
		t.Errorf("%d loss probes of %d: %v", sum, n, probes)
	}
	counted := 0
	for _, row := range regexp.MustCompile(`(?m)^\[fd09::1\]#.* (\d+)$`).FindAllStringSubmatch(tooltest.Stop(t, counts).Stdout, -1) {
		n, err := strconv.Atoi(row[1])
		if err != nil {
			t.Fatal(err)
		}
		counted += n
	}
	if counted != over6 {
		t.Errorf("%d packets and loss probes over IPv6 were counted, of %d", counted, over6)
	}
}

// beyond are those of all that are not among some, or not as often.
func beyond(all, some []packet) (rest []packet) {
	count := map[packet]int{}
	for _, p := range some {
		count[p]++
	}
	for _, p := range all {
		if count[p]--; count[p] < 0 {
			rest = append(rest, p)
		}
	}
	return rest
}

// lossProbes is how many the host has counted.
func (a *activity) lossProbes() int {
	a.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/netstat", a.first.Pid()))
	if err != nil {
		a.t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	i := slices.Index(strings.Fields(lines[0]), "TCPLossProbes")
	n, err := strconv.Atoi(strings.Fields(lines[1])[i])
	if err != nil {
		a.t.Fatal(err)
	}
	return n
}

func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	a := prepare(t)
	theirs := tooltest.StartTheirs(t, "tcpretrans", "SEQ", "-l", "-s")
	theirCounts := tooltest.StartTheirs(t, "tcpretrans", "Tracing", "-c")
	ours, ourCounts := tooltest.Start(t, "tcpretrans", "-l", "-s"), tooltest.Start(t, "tcpretrans", "-c")
	a.run()
	got, want := tooltest.Stop(t, ours).Stdout, tooltest.StopTheirs(t, theirs)
	our, their := rows(got), rows(want)
	if len(our) == 0 || len(our) != len(their) {
		t.Fatalf("ours:\n%s\nBCC's:\n%s", got, want)
	}
	for i := range our {
		c.Row(our[i]["LADDR:LPORT"], our[i], their[i])
	}
	if !strings.Contains(want, " 6  ::ffff:10.9.0.1:") {
		t.Errorf("BCC's shows mapped addresses as they are:\n%s", want)
	}
	c.Explained("IP, addresses over IPv4 of sockets of IPv6", "ours are of IPv4, as on the wire")
	c.Explained("TIME", "ours is when the packet was sent, BCC's when the line is printed")
	c.Lines("-c", flows(tooltest.Stop(t, ourCounts).Stdout), flows(tooltest.StopTheirs(t, theirCounts)))
}

// asIPv4 has mapped addresses of IPv4 as such.
var asIPv4 = strings.NewReplacer(" 6  ::ffff:", " 4  ", "::ffff:", "")

// rows are the lines about the test's hosts by column, sorted because processors
// mix, without the time.
func rows(out string) []map[string]string {
	var lines []string
	for line := range strings.Lines(asIPv4.Replace(out)) {
		if fields := strings.Fields(line); strings.Contains(line, "10.9.0.1:") || strings.Contains(line, "fd09::1:") {
			lines = append(lines, strings.Join(fields[1:], " "))
		}
	}
	slices.Sort(lines)
	var list []map[string]string
	for _, line := range lines {
		row := map[string]string{}
		for i, name := range []string{"PID", "IP", "LADDR:LPORT", "T>", "RADDR:RPORT", "STATE", "SEQ"} {
			row[name] = strings.Fields(line)[i]
		}
		list = append(list, row)
	}
	return list
}

// flows are the lines of counts, sorted.
func flows(out string) []string {
	list := regexp.MustCompile(`(?m)^\[.*<->.*$`).FindAllString(asIPv4.Replace(out), -1)
	for i, line := range list {
		list[i] = strings.Join(strings.Fields(line), " ")
	}
	slices.Sort(list)
	return list
}
