package main

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// leaver is a thread that gives up its CPU when asked, and knows how often it
// left it.
type leaver struct {
	tid  int
	asks chan func()
}

func newLeaver(t *testing.T) *leaver {
	l := &leaver{asks: make(chan func())}
	tid := make(chan int)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the test
		tid <- unix.Gettid()
		for ask := range l.asks {
			ask()
		}
	}()
	l.tid = <-tid
	t.Cleanup(func() { close(l.asks) })
	return l
}

// do runs f on the thread and waits for its end.
func (l *leaver) do(f func()) {
	done := make(chan struct{})
	l.asks <- func() { f(); close(done) }
	<-done
}

// sleep gives up the CPU at least n times.
func (l *leaver) sleep(n int) {
	l.do(func() {
		for range n {
			pause := unix.NsecToTimespec(time.Millisecond.Nanoseconds())
			unix.Nanosleep(&pause, nil)
		}
	})
}

// left returns how often the thread has left a CPU, as the kernel counts it.
func (l *leaver) left(t *testing.T) (n int) {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/self/task/%d/status", l.tid))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	found := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		if name == "voluntary_ctxt_switches" || name == "nonvoluntary_ctxt_switches" {
			count, err := strconv.Atoi(strings.TrimSpace(value))
			if err != nil {
				t.Fatal(err)
			}
			n += count
			found++
		}
	}
	if found != 2 {
		t.Fatalf("%s: %d counts of context switches, want 2", f.Name(), found)
	}
	return n
}

func TestCountsSwitches(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracefs(t)
	testenv.NeedHeaders(t)
	l := newLeaver(t)
	before := l.left(t)
	p := testenv.Start(t, testenv.Tool(t, "16_task_switch"), "-p", fmt.Sprint(l.tid))
	p.Await("Ctrl-C prints", time.Minute)

	traced := l.left(t)
	l.sleep(200)
	least := l.left(t) - traced
	result := p.Stop()
	most := l.left(t) - before

	if result.ExitCode != 0 || !strings.HasPrefix(result.Stdout, "      FROM         TO      COUNT\n") {
		t.Errorf("heading: %v", result)
	}
	row := regexp.MustCompile(`(?m)^ *(\d+) +(\d+) +(\d+)$`)
	var from, to int
	for _, m := range row.FindAllStringSubmatch(result.Stdout, -1) {
		count, err := strconv.Atoi(m[3])
		if err != nil {
			t.Fatal(err)
		}
		switch fmt.Sprint(l.tid) {
		case m[1]:
			from += count
		case m[2]:
			to += count
		default:
			t.Errorf("%q is not about thread %d", m[0], l.tid)
		}
	}
	// The kernel may leave out a few: no BPF program starts on a CPU while
	// another one is at work there.
	least -= least / 10
	if least < 180 || from < least || from > most || to < least || to > most {
		t.Errorf("%d switches from thread %d and %d to it, want %d to %d: %v", from, l.tid, to, least, most, result)
	}
}

// A kernel with kprobes is probed there.
func TestChoosesKprobe(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	if probe, err := bccgo.FirstProbe(probes...); err != nil || !strings.HasPrefix(probe, "kprobe:finish_task_switch") {
		t.Errorf("%s, %v", probe, err)
	}
}
