package main

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
}

// counts are the numbers that the program prints.
type counts struct{ sent, arrived, refused, lost uint64 }

// trace runs the program while a process copies n bytes, one a read and one a
// write. A program that is held does not read until the process has ended.
func trace(t *testing.T, n int, held bool, args ...string) counts {
	t.Helper()
	copying := exec.Command("sh", "-c", fmt.Sprintf("read go; exec dd if=/dev/zero of=/dev/null bs=1 count=%d status=none", n))
	in, err := copying.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	dd := testenv.StartCmd(t, copying)
	p := testenv.Start(t, append([]string{testenv.Tool(t, "trace_perf_output"), "-p", strconv.Itoa(dd.Pid())}, args...)...)
	p.Await("Ctrl-C ends it", time.Minute)
	if held {
		p.Signal(syscall.SIGSTOP)
	}
	if _, err := in.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
	if result := dd.Wait(time.Minute); result.ExitCode != 0 {
		t.Fatalf("dd: %v", result)
	}
	if held {
		p.Signal(syscall.SIGCONT)
	}

	result := p.Stop()
	var c counts
	_, err = fmt.Sscanf(result.Stdout, "%d sent, %d arrived; %d found no room, of which %d are known as lost\n",
		&c.sent, &c.arrived, &c.refused, &c.lost)
	if err != nil || result.ExitCode != 0 || c.sent != c.arrived {
		t.Fatalf("%v: %v", err, result)
	}
	// Apart from copying dd starts and ends, which takes far fewer calls.
	if low, all := uint64(2*n), c.sent+c.refused; all < low || all > low+1000 {
		t.Errorf("%d records for %d calls of read and write: %v", all, low, result)
	}
	return c
}

func TestEveryRecordArrives(t *testing.T) {
	needs(t)
	// 1 MiB holds them all, however slowly they are read.
	if c := trace(t, 5_000, false); c.refused != 0 || c.lost != 0 {
		t.Errorf("%+v: want none lost", c)
	}
}

func TestLossesAreCounted(t *testing.T) {
	needs(t)
	// A page holds some 100 records. The kernel reports losses with the next
	// record that finds room: not the last.
	c := trace(t, 5_000, true, "-m", "1")
	if c.sent == 0 || c.lost == 0 || c.lost > c.refused {
		t.Errorf("%+v: want some sent, some refused, and at most those reported", c)
	}
}

func TestNeedsAProcess(t *testing.T) {
	needs(t)
	result := testenv.Run(t, time.Minute, testenv.Tool(t, "trace_perf_output"))
	if result.ExitCode != 1 || !strings.Contains(result.Stderr, "-p PID") {
		t.Errorf("%v", result)
	}
}
