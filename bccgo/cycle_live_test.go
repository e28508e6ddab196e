package bccgo

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// cyclesEnv is how many cycles TestLiveCycles makes, in place of cycles.
const cyclesEnv = "BCCGO_TEST_CYCLES"

// cycles and, before what is measured, warmUp are how often a module is loaded.
const cycles, warmUp = 60, 20

// holdings are what a process has.
type holdings struct {
	descriptors, goroutines int
	rss                     int // KiB
}

func holdingsNow(t *testing.T) holdings {
	t.Helper()
	debug.FreeOSMemory()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	if err != nil {
		t.Fatal(err)
	}
	return holdings{len(fds), runtime.NumGoroutine(), pages * os.Getpagesize() / 1024}
}

func (h holdings) String() string {
	return fmt.Sprintf("%d descriptors, %d goroutines, %d KiB", h.descriptors, h.goroutines, h.rss)
}

// TestLiveCycles loads, attaches, uses and closes one program again and again,
// which must leave nothing.
func TestLiveCycles(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	foreignHeaders(t)
	b, err := Compile(getppidText, &Options{Defines: me()})
	if err != nil {
		t.Fatal(err)
	}
	n := cycles
	if text := os.Getenv(cyclesEnv); text != "" {
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	for range warmUp {
		cycle(t, b)
	}
	before := holdingsNow(t)
	half := func() holdings {
		for range n / 2 {
			cycle(t, b)
		}
		return holdingsNow(t)
	}
	middle, after := half(), half()
	t.Logf("before: %v; after %d cycles: %v; after %d: %v", before, n/2, middle, n, after)
	// The heap and the stacks of the Go runtime breathe by some hundred KiB. What
	// is read once and kept, such as the kernel's types, comes in one half only.
	const breath = 3 << 10
	grown := min(middle.rss-before.rss, after.rss-middle.rss)
	if after.descriptors != before.descriptors || after.goroutines > before.goroutines || grown > breath {
		t.Errorf("it grew from %v over %v to %v in %d cycles", before, middle, after, n)
	}
}

// cycle loads a program, gets one event through each of its buffers and reads a
// table.
func cycle(t *testing.T, b *Bundle) {
	t.Helper()
	m, err := LoadBundle(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := &StreamOptions{Pages: 8, Immediate: true}
	perf, ring := Stream[getppidEvent](m, "events", o), Stream[getppidEvent](m, "ring", o)
	if err := errors.Join(perf.Err(), ring.Err()); err != nil {
		t.Fatal(err)
	}
	call(1)
	for _, s := range []*EventStream[getppidEvent]{perf, ring} {
		if e := collect(t, s, 1)[0]; e.PID != uint32(os.Getpid()) {
			t.Errorf("an event of %d", e.PID)
		}
	}
	counts, err := Map[uint32, uint64](m, "counts")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := counts.Len(); n != 1 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
}
