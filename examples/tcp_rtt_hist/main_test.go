package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/examples/internal/lab"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const port, otherPort = 28573, 28574

// talk sends messages there and back, so that there is a round trip each.
func talk(first, second *lab.Net, host string, port, messages int) {
	address := net.JoinHostPort(host, strconv.Itoa(port))
	var l net.Listener
	second.Do(func() (err error) {
		l, err = net.Listen("tcp", address)
		return err
	})
	first.Do(func() error {
		defer l.Close()
		client, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		defer client.Close()
		server, err := l.Accept()
		if err != nil {
			return err
		}
		defer server.Close()
		b := []byte{1}
		for range messages {
			_, err1 := client.Write(b)
			_, err2 := io.ReadFull(server, b)
			_, err3 := server.Write(b)
			_, err4 := io.ReadFull(client, b)
			if err := errors.Join(err1, err2, err3, err4); err != nil {
				return err
			}
		}
		return nil
	})
}

// histogram is the counts of one address, by the lower end of the slots in usecs.
func histogram(t *testing.T, output, address string) map[int]int {
	t.Helper()
	section := regexp.MustCompile(`(?m)^to = ` + regexp.QuoteMeta(address) + `\n +usecs +: count +distribution\n((?: +\d+ -> \d+ +: \d+ .*\n)+)`)
	m := section.FindStringSubmatch(output)
	if m == nil {
		return nil
	}
	counts := map[int]int{}
	for _, row := range regexp.MustCompile(`(?m)^ +(\d+) -> \d+ +: (\d+) `).FindAllStringSubmatch(m[1], -1) {
		low, err1 := strconv.Atoi(row[1])
		n, err2 := strconv.Atoi(row[2])
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			counts[low] = n
		}
	}
	return counts
}

// The second host sends everything 40 ms late, in a network of the test's own.
func TestVMMeasuresRoundTrips(t *testing.T) {
	testenv.VM(t)
	first, second := lab.Pair(t)
	testenv.NeedFentry(t)
	testenv.NeedProgram(t, "tc")
	second.Sh("tc qdisc add dev eth0 root netem delay 40ms")
	p := first.Start("tcp_rtt_hist", "-port", fmt.Sprint(port))
	p.Await("Ctrl-C prints", time.Minute)
	const messages = 10
	talk(first, second, "10.9.0.2", port, messages)
	talk(first, second, "fd09::2", port, messages)
	talk(first, second, "10.9.0.2", otherPort, messages)
	result := p.Stop()
	if result.ExitCode != 0 {
		t.Error(result)
	}
	for _, host := range []string{"10.9.0.2", "fd09::2", "10.9.0.1", "fd09::1"} {
		sum := 0
		counts := histogram(t, result.Stdout, host)
		for low, n := range counts {
			if sum += n; low < 32768 || low > 524288 {
				t.Errorf("%s: %d packets with %d usecs, where a trip takes 40 ms: %v", host, n, low, result)
			}
		}
		// A message and perhaps the acknowledgement of one; few more at the end.
		if sum < messages || sum > 2*messages+4 {
			t.Errorf("%s: %d packets, of %d messages each way: %v", host, sum, messages, result)
		}
	}
}

func TestSaysWhatIsMissing(t *testing.T) {
	testenv.NotEmulated(t)
	testenv.Live(t)
	r := testenv.Run(t, time.Minute, testenv.Tool(t, "tcp_rtt_hist"), "-port", "65536")
	if r.ExitCode != 1 || !strings.Contains(r.Stderr, "up to 65535") {
		t.Error(r)
	}
	err := bccgo.SupportKfunc()
	if err == nil {
		return
	}
	r = testenv.Run(t, time.Minute, testenv.Tool(t, "tcp_rtt_hist"), "-d", "1s")
	if r.ExitCode != 1 || !strings.Contains(r.Stderr, "tcp_rcv_established") || r.Stdout != "" {
		t.Errorf("%v: %v", err, r)
	}
}
