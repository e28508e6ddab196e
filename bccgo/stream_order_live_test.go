package bccgo

import (
	"context"
	"encoding/binary"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// TestLiveOrder has two CPUs send into one perf buffer, whose parts are read
// one after the other. With OrderBy the events come by their time, typed and
// raw, and none is missing.
func TestLiveOrder(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	if runtime.NumCPU() < 2 {
		t.Skip("there is one CPU")
	}
	m := loadLive(t, callsText, &Options{Defines: me()})
	const each = 400
	o := &StreamOptions{OrderBy: "when", Latency: 20 * time.Millisecond}

	typed := Stream[parentEvent](m, "parents", o)
	ctx, cancel := context.WithCancel(within(t, 20*time.Second))
	callOnTwo(t, each)
	n, last := 0, uint64(0)
	for e, err := range typed.All(ctx) {
		if err != nil || e.When < last {
			t.Fatalf("%+v after %d, %v", e, last, err)
		}
		last = e.When
		if n++; n == 2*each {
			cancel()
		}
	}
	if c := typed.Ordered(); n != 2*each || c != (OrderCounts{}) {
		t.Errorf("%d events, %+v", n, c)
	}
	if err := typed.Close(); err != nil {
		t.Error(err)
	}

	raw := m.RawStream("parents", o)
	ctx, cancel = context.WithCancel(within(t, 20*time.Second))
	defer cancel()
	callOnTwo(t, each)
	n, last = 0, 0
	cpus := map[int]int{}
	for rec, err := range raw.All(ctx) {
		when := binary.NativeEndian.Uint64(rec.Data)
		if err != nil || when < last {
			t.Fatalf("%d after %d, %v", when, last, err)
		}
		last = when
		cpus[rec.CPU]++
		if n++; n == 2*each {
			cancel()
		}
	}
	if n != 2*each || len(cpus) < 2 {
		t.Errorf("%d events from CPUs %v", n, cpus)
	}
}

// callOnTwo makes calls on two CPUs at the same time.
func callOnTwo(t *testing.T, each int) {
	t.Helper()
	var all sync.WaitGroup
	for _, cpu := range twoCPUs(t) {
		all.Go(func() {
			runtime.LockOSThread() // never unlocked: the thread ends, and so does its affinity
			var set unix.CPUSet
			set.Set(cpu)
			if err := unix.SchedSetaffinity(0, &set); err != nil {
				t.Error(err)
			}
			for range each {
				syscall.Syscall(syscall.SYS_GETPPID, 0, 0, 0)
			}
		})
	}
	all.Wait()
}

func twoCPUs(t *testing.T) []int {
	t.Helper()
	var may unix.CPUSet
	if err := unix.SchedGetaffinity(0, &may); err != nil {
		t.Fatal(err)
	}
	var cpus []int
	for cpu := range 1024 {
		if may.IsSet(cpu) && len(cpus) < 2 {
			cpus = append(cpus, cpu)
		}
	}
	if len(cpus) < 2 {
		t.Skip("this process may use one CPU")
	}
	return cpus
}
