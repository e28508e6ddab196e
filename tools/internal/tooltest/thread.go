package tooltest

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Thread is a thread of this process that does what it is told to, on one processor.
type Thread struct {
	TID  int
	Comm string

	t    testing.TB
	work chan func()
	done chan struct{}
}

// StartThread starts a thread with a name of its own, which ends with the test.
func StartThread(t testing.TB, cpu int, comm string) *Thread {
	t.Helper()
	th := &Thread{Comm: comm, t: t, work: make(chan func()), done: make(chan struct{})}
	ready := make(chan error)
	go th.loop(cpu, ready)
	if err := <-ready; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		close(th.work)
		<-th.done
	})
	return th
}

// loop never unlocks its thread, which thus ends with it.
func (th *Thread) loop(cpu int, ready chan<- error) {
	runtime.LockOSThread()
	defer close(th.done)
	th.TID = unix.Gettid()
	ready <- th.settle(cpu)
	for f := range th.work {
		f()
		th.done <- struct{}{}
	}
}

func (th *Thread) settle(cpu int) error {
	var set unix.CPUSet
	set.Set(cpu)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("stay on processor %d: %w", cpu, err)
	}
	if err := os.WriteFile(fmt.Sprintf("/proc/self/task/%d/comm", th.TID), []byte(th.Comm), 0); err != nil {
		return fmt.Errorf("name thread %d: %w", th.TID, err)
	}
	return nil
}

// Begin has the thread do something; Wait waits until it is done.
func (th *Thread) Begin(f func()) { th.work <- f }

// Wait waits for the end of what Begin began.
func (th *Thread) Wait() { <-th.done }

// Do is Begin and Wait.
func (th *Thread) Do(f func()) {
	th.Begin(f)
	th.Wait()
}

// Burn keeps the thread's processor busy, for Begin.
func Burn(d time.Duration) func() {
	return func() {
		for begin := time.Now(); time.Since(begin) < d; {
		}
	}
}

// Sched is what the kernel knows of a thread's time.
type Sched struct {
	Ran, Waited time.Duration
	Slices      int64 // how often it got a processor
}

// Sched reads the thread's statistics.
func (th *Thread) Sched() Sched {
	th.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/schedstat", th.TID))
	if err != nil {
		th.t.Fatal(err)
	}
	var s Sched
	if _, err := fmt.Sscan(string(text), (*int64)(&s.Ran), (*int64)(&s.Waited), &s.Slices); err != nil {
		th.t.Fatalf("schedstat %q: %v", text, err)
	}
	return s
}

// Sub is what came after an earlier reading.
func (s Sched) Sub(before Sched) Sched {
	return Sched{s.Ran - before.Ran, s.Waited - before.Waited, s.Slices - before.Slices}
}
