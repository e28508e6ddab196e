package main

import (
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/examples/internal/lab"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestDispatches(t *testing.T) {
	testenv.NotEmulated(t)
	first, second := lab.Pair(t)
	argv := second.In(testenv.Tool(t, "tail_call_dispatcher"), "-i", "eth0", "-skb")
	cmd := exec.Command(argv[0], argv[1:]...)
	orders, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := testenv.StartCmd(t, cmd)
	p.Await("Ctrl-C ends it", time.Minute)
	order := func(text, answer string) {
		t.Helper()
		if _, err := io.WriteString(orders, text+"\n"); err != nil {
			t.Fatal(err)
		}
		p.Await(answer, 10*time.Second)
	}
	send := func(datagrams int) {
		t.Helper()
		first.Do(func() error {
			sent, err := activity.SendDatagrams("10.9.0.2:9", datagrams, 100)
			if sent != datagrams {
				t.Errorf("%d of %d sent", sent, datagrams)
			}
			return err
		})
	}

	send(3)
	order("udp drop", `Now: udp drop\.`)
	send(5)
	order("udp pass", `Now: udp pass\.`)
	send(7)
	order("udp none", `Now: udp none\.`)
	send(2)
	order("icmp drop", `Now: icmp drop\.`)
	if ping := testenv.Run(t, time.Minute, first.In("ping", "-q", "-c", "2", "-i", "0.2", "-W", "1", "10.9.0.2")...); ping.ExitCode == 0 {
		t.Errorf("ICMP is dropped, and: %v", ping)
	}
	order("sctp drop", `"sctp drop": give icmp`)
	order("udp swallow", `give drop, pass or none for udp`)
	if err := orders.Close(); err != nil {
		t.Fatal(err)
	}
	result := p.Stop()
	const want = `PROTOCOL  UNHANDLED     PASSED    DROPPED
icmp              0          0          2
udp               5          7          5
`
	if result.ExitCode != 0 || result.Stdout != want {
		t.Error(result)
	}
}

func TestCost(t *testing.T) {
	testenv.NotEmulated(t)
	r := lab.New(t).Run("tail_call_dispatcher", "-cost")
	lines := strings.Split(r.Stdout, "\n")
	if r.ExitCode != 0 || len(lines) != 4 {
		t.Fatal(r)
	}
	for i, want := range []string{"ns, XDP_PASS", "ns, XDP_PASS", "ns, XDP_DROP"} {
		if !strings.HasSuffix(lines[i], want) {
			t.Errorf("%q does not end with %q", lines[i], want)
		}
	}
}

func TestBadInput(t *testing.T) {
	testenv.NotEmulated(t)
	ns := lab.New(t)
	for _, args := range [][]string{nil, {"-i", "nonesuch"}} {
		if r := ns.Run("tail_call_dispatcher", args...); r.ExitCode != 1 || !strings.Contains(r.Stderr, "find network device") {
			t.Errorf("%q: %v", args, r)
		}
	}
}
