package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/lab"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// Ports of the tests alone: the tracepoint tells of all network namespaces.
const port, otherPort = 28473, 28474

// established is how long the tests' connections last.
const established = 150 * time.Millisecond

// connect makes a connection to a server of the second host, which the client
// closes first, and returns its ends.
func connect(first, second *lab.Net, host string, port int) (client, server string) {
	var l net.Listener
	address := net.JoinHostPort(host, strconv.Itoa(port))
	second.Do(func() (err error) {
		l, err = net.Listen("tcp", address)
		return err
	})
	first.Do(func() error {
		defer l.Close()
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		client, server = conn.LocalAddr().String(), conn.RemoteAddr().String()
		time.Sleep(established)
		there, err := l.Accept()
		if err != nil {
			return err
		}
		closeErr := conn.Close()
		_, err = io.ReadAll(there) // waits for the client's end
		return errors.Join(closeErr, err, there.Close())
	})
	return client, server
}

// history lists the states of a socket from ESTABLISHED on, after checking each row
// for the one before, and how long that was. Before, not all kernels know both ends.
func history(t *testing.T, rows [][]string, local, remote string) (states []string, lasted float64) {
	t.Helper()
	for _, row := range rows {
		if row[2] != local || row[3] != remote || row[5] == "SYN_RECV" {
			continue
		}
		if len(states) > 0 && states[len(states)-1] != row[4] {
			t.Errorf("%q does not follow %q", row, states)
		}
		states = append(states, row[5])
		if row[4] == "ESTABLISHED" {
			var err error
			if lasted, err = strconv.ParseFloat(row[6], 64); err != nil {
				t.Error(err)
			}
		}
	}
	return states, lasted
}

func TestShowsChanges(t *testing.T) {
	first, second := lab.Pair(t)
	testenv.NeedTracepoint(t, "sock:inet_sock_set_state")
	p := first.Start("tcp_states", "-port", fmt.Sprint(port))
	p.Await("Ctrl-C ends it", time.Minute)
	var ends [][2]string
	for _, host := range []string{"10.9.0.2", "fd09::2"} {
		connect(first, second, host, otherPort)
		client, server := connect(first, second, host, port)
		ends = append(ends, [2]string{client, server})
	}
	result := p.Stop()

	var rows [][]string
	for line := range strings.Lines(result.Stdout) {
		if rows = append(rows, strings.Fields(line)); len(rows[len(rows)-1]) != 7 {
			t.Errorf("%q has not 7 columns", line)
		}
	}
	if result.ExitCode != 0 || len(rows) == 0 || !slices.Equal(rows[0], []string{"PID", "TASK", "LOCAL", "REMOTE", "FROM", "TO", "MS"}) || t.Failed() {
		t.Fatal(result)
	}
	if strings.Contains(result.Stdout, fmt.Sprint(otherPort)) {
		t.Errorf("another port: %v", result)
	}
	if n := strings.Count(result.Stdout, "LISTEN       SYN_RECV "); n != 2 {
		t.Errorf("the server was connected to 2 times, and %d times by what is shown: %v", n, result)
	}
	// The client's port is chosen after the first change.
	own := regexp.MustCompile(fmt.Sprintf(`(?m)^%-7d .* CLOSE +SYN_SENT`, os.Getpid()))
	if n := len(own.FindAllString(result.Stdout, -1)); n != 2 {
		t.Errorf("the test connected 2 times, and %d times by what is shown: %v", n, result)
	}
	for _, e := range ends {
		checkStates(t, rows, e[0], e[1], []string{"ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "CLOSE"})
		checkStates(t, rows, e[1], e[0], []string{"ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
	}
}

func checkStates(t *testing.T, rows [][]string, local, remote string, want []string) {
	t.Helper()
	states, lasted := history(t, rows, local, remote)
	if !slices.Equal(states, want) {
		t.Errorf("%s to %s went through %q, want %q, in %q", local, remote, states, want, rows)
	}
	if least := float64(established / time.Millisecond); lasted < least || lasted > least+5000 {
		t.Errorf("%s to %s was established for %v ms, want %v", local, remote, lasted, least)
	}
}

func TestBadInput(t *testing.T) {
	testenv.NotEmulated(t)
	if r := lab.New(t).Run("tcp_states", "-port", "65536"); r.ExitCode != 1 || !strings.Contains(r.Stderr, "up to 65535") {
		t.Error(r)
	}
}
