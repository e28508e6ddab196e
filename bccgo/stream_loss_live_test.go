package bccgo

import (
	"context"
	"errors"
	"runtime"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// TestLiveLossAtTheEnd fills a perf buffer beyond its size and sends nothing
// after. What was read and what was lost must make up all.
func TestLiveLossAtTheEnd(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	for name, read := range map[string]func(context.Context, *EventStream[streamEvent]) int{
		"alone": readAlone, "group": readGroup,
	} {
		t.Run(name, func(t *testing.T) {
			m := loadLive(t, streamText, &Options{Defines: me(), FileName: "stream.c"})
			perCPU := make(map[int]uint64)
			s := Stream[streamEvent](m, "events", &StreamOptions{
				Pages:  2,
				OnLost: func(cpu int, n uint64) { perCPU[cpu] += n },
			})
			if err := s.Err(); err != nil {
				t.Fatal(err)
			}
			const calls = 1000
			for range 2 {
				overflow(t, calls)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			seen := read(ctx, s)
			lost := s.Lost()
			if lost.Total == 0 || seen+int(lost.Total) != 2*calls || lost.AtLeast {
				t.Errorf("%d of %d events came, and %+v were lost", seen, 2*calls, lost)
			}
			for cpu, n := range lost.PerCPU {
				if perCPU[cpu] != n {
					t.Errorf("CPU %d: OnLost was told of %d, Lost of %d", cpu, perCPU[cpu], n)
				}
			}
		})
	}
}

// TestLiveLossInBetween waits for news of a loss without any event after it.
func TestLiveLossInBetween(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := loadLive(t, streamText, &Options{Defines: me(), FileName: "stream.c"})
	ctx, cancel := context.WithCancel(within(t, 20*time.Second))
	s := Stream[streamEvent](m, "events", &StreamOptions{
		Pages:  2,
		OnLost: func(int, uint64) { cancel() },
	})
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	const calls = 1000
	overflow(t, calls)
	if seen := readAlone(ctx, s); seen+int(s.Lost().Total) != calls {
		t.Errorf("%d of %d events came, and %+v were lost", seen, calls, s.Lost())
	}
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Error("the loss was only told at the end")
	}
}

// overflow makes calls on one CPU.
func overflow(t *testing.T, calls int) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		t.Fatal(err)
	}
	for cpu := range 1024 {
		if before.IsSet(cpu) {
			one.Set(cpu)
			break
		}
	}
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		t.Fatal(err)
	}
	for range calls {
		syscall.Syscall(syscall.SYS_GETPPID, 0, 0, 0)
	}
	if err := unix.SchedSetaffinity(0, &before); err != nil {
		t.Fatal(err)
	}
}

func readAlone(ctx context.Context, s *EventStream[streamEvent]) int {
	n := 0
	for range s.All(ctx) {
		n++
	}
	return n
}

func readGroup(ctx context.Context, s *EventStream[streamEvent]) int {
	n := 0
	g := NewGroup(nil)
	_ = On(g, s, func(*streamEvent) error { n++; return nil })
	_ = g.Run(ctx)
	return n
}
