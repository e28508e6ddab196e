package main

import (
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// talker is a connection between two hosts.
type talker struct {
	t              *testing.T
	client, server *net.TCPConn
}

func connect(t *testing.T, first, second *tooltest.Host, addr string) *talker {
	t.Helper()
	client, server := first.Connect(second.Listen(addr))
	return &talker{t, client, server}
}

// talk sends messages there and back.
func (k *talker) talk(messages int) {
	k.t.Helper()
	for range messages {
		pass(k.t, k.client, k.server)
		pass(k.t, k.server, k.client)
	}
}

func pass(t *testing.T, from, to *net.TCPConn) {
	t.Helper()
	if _, err := from.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(to, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}

// info is what the kernel knows of an end of the connection.
func info(t *testing.T, c *net.TCPConn) (i *unix.TCPInfo) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) { i, err = unix.GetsockoptTCPInfo(int(fd), unix.SOL_TCP, unix.TCP_INFO) }); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func (k *talker) serverPort() string { return fmt.Sprint(k.server.LocalAddr().(*net.TCPAddr).Port) }

var (
	section = regexp.MustCompile(`(?m)^((?:All|Local|Remote) Addresse?s?) = (\S+)(?: \[AVG (\d+)\])?\n +([um]secs) +: count +distribution\n((?: +\d+ -> \d+ +: .*\n)+)`)
	row     = regexp.MustCompile(`(?m)^ +(\d+) -> \d+ +: (\d+) `)
)

// histogram is a section that was printed.
type histogram struct {
	header, unit string
	avg          int
	counts       map[int]int // by the lower end of the slot
}

func (h histogram) sum() (n int) {
	for _, c := range h.counts {
		n += c
	}
	return n
}

// histograms are the sections by what follows the header.
func histograms(t *testing.T, stdout string) map[string]histogram {
	t.Helper()
	all := map[string]histogram{}
	for _, m := range section.FindAllStringSubmatch(stdout, -1) {
		h := histogram{header: m[1], unit: m[4], counts: map[int]int{}}
		h.avg, _ = strconv.Atoi(m[3]) // empty without -e
		for _, r := range row.FindAllStringSubmatch(m[5], -1) {
			low, _ := strconv.Atoi(r[1])
			n, _ := strconv.Atoi(r[2])
			if n > 0 {
				h.counts[low] = n
			}
		}
		all[m[2]] = h
	}
	return all
}

// slotOf is the lower end of the slot that a value is in.
func slotOf(v uint32) int {
	low, _ := bccgo.BucketRange(bccgo.Log2Bucket(uint64(v)))
	return int(low)
}

// What a connection's packets find is what the kernel knows.
func TestLive(t *testing.T) {
	testenv.NotEmulated(t)
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "tcp:tcp_probe")
	first, second := tooltest.HostPair(t)
	k4, k6 := connect(t, first, second, "10.9.0.2:0"), connect(t, first, second, "[fd09::2]:0")
	other := connect(t, first, second, "10.9.0.2:0")
	ports := k4.serverPort() + "," + k6.serverPort()
	start := func(args ...string) *testenv.Proc {
		return tooltest.Start(t, "tcprtt", append(args, "--probes", "tracepoint")...)
	}
	// The client's ends have the server's ports as remote ones.
	clients, servers := start("-P", ports, "-B", "-e"), start("-p", ports, "-A", "10.9.0.1")
	before4, before6 := info(t, k4.client).Segs_in, info(t, k6.client).Segs_in
	beforeServer := info(t, k4.server).Segs_in
	for _, k := range []*talker{k4, k6, other} {
		k.talk(20)
	}
	// The next packet finds what the kernel knows now.
	rtt := info(t, k4.client).Rtt
	pass(t, k4.server, k4.client)
	time.Sleep(testenv.Timeout(100 * time.Millisecond)) // for an acknowledgement
	after4, after6 := info(t, k4.client).Segs_in, info(t, k6.client).Segs_in
	afterServer := info(t, k4.server).Segs_in
	r := tooltest.StopNow(t, clients)
	got := histograms(t, r.Stdout)
	h := got["10.9.0.2"]
	if len(got) != 2 || h.sum() != int(after4-before4) || got["fd09::2"].sum() != int(after6-before6) {
		t.Errorf("%d and %d packets came to the clients: %v", after4-before4, after6-before6, r)
	}
	if h.header != "Remote Address" || h.unit != "usecs" || h.counts[slotOf(rtt)] == 0 {
		t.Errorf("the last packet found %d usecs: %v", rtt, r)
	}
	low, high := 1<<30, 0
	for slot := range h.counts {
		low, high = min(low, slot), max(high, 2*slot+1)
	}
	if h.avg < low || h.avg > high {
		t.Errorf("an average of %d is not between %d and %d: %v", h.avg, low, high, r)
	}
	r = tooltest.StopNow(t, servers)
	got = histograms(t, r.Stdout)
	if all := got["*******"]; len(got) != 1 || all.header != "All Addresses" || all.sum() != int(afterServer-beforeServer) {
		t.Errorf("%d packets came to the server: %v", afterServer-beforeServer, r)
	}
}

// Intervals have outputs of their own, with the time of day.
func TestLiveInterval(t *testing.T) {
	testenv.NotEmulated(t)
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "tcp:tcp_probe")
	first, second := tooltest.HostPair(t)
	k := connect(t, first, second, "10.9.0.2:0")
	p := tooltest.Start(t, "tcprtt", "-T", "-m", "-i", "1", "-d", "2", "-p", k.serverPort(), "-a", "10.9.0.2", "--probes", "tracepoint")
	before := info(t, k.server).Segs_in
	k.talk(10)
	time.Sleep(testenv.Timeout(100 * time.Millisecond))
	after := info(t, k.server).Segs_in
	r := p.Wait(time.Minute)
	if r.ExitCode != 0 || len(regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d$`).FindAllString(r.Stdout, -1)) == 0 {
		t.Error(r)
	}
	h := histograms(t, r.Stdout)["*******"]
	if h.unit != "msecs" || h.sum() != int(after-before) || strings.Count(r.Stdout, "= ***") != 1 {
		t.Errorf("%d packets came in the first second: %v", after-before, r)
	}
}
