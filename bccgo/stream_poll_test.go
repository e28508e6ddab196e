package bccgo

import (
	"errors"
	"io"
	"testing"
	"time"
)

// polled is a module with fake perf buffers for its polls.
func polled(t *testing.T, call func(Record) error, n int) (*Module, []*fakeSource) {
	t.Helper()
	m := &Module{reserved: make(map[string]bool), streams: make(map[io.Closer]struct{})}
	var sources []*fakeSource
	for range n {
		s, src := fakeStream("b", nil)
		s.raw.module = m
		if err := m.perfPolled.OnRaw(s.raw, call); err != nil {
			t.Fatal(err)
		}
		sources = append(sources, src)
	}
	return m, sources
}

func TestPollTimeout(t *testing.T) {
	for _, n := range []int{1, 3} {
		m, _ := polled(t, func(Record) error { return errors.New("called") }, n)
		for _, timeout := range []time.Duration{0, 30 * time.Millisecond} {
			start := time.Now()
			if err := m.PerfBufferPoll(timeout); err != nil || time.Since(start) < timeout {
				t.Errorf("%d buffers: a poll of %v returned %v after %v", n, timeout, err, time.Since(start))
			}
		}
		if err := m.PerfBufferConsume(); err != nil {
			t.Error(err)
		}
	}
}

func TestPollDelivers(t *testing.T) {
	got := 0
	m, src := polled(t, func(Record) error { got++; return nil }, 2)
	src[1].send(event(1, 1))
	if err := m.PerfBufferPoll(-1); err != nil || got != 1 {
		t.Errorf("%v, %d events", err, got)
	}
	for range 2 * atOnce {
		src[0].send(event(1, 1))
	}
	if err := m.PerfBufferConsume(); err != nil || got != 1+2*atOnce {
		t.Errorf("%v, %d events", err, got)
	}
}

func TestPollErrors(t *testing.T) {
	var m *Module
	for name, err := range map[string]error{
		"nil": m.PerfBufferPoll(0), "nil ring": m.RingBufferConsume(),
		"none open": new(Module).RingBufferPoll(0), "none open, consume": new(Module).PerfBufferConsume(),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := new(Module).RingBufferPoll(0); !errors.Is(err, ErrNoBuffer) {
		t.Errorf("none open: %v", err)
	}
	if err := (&Module{closed: true}).RingBufferPoll(0); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	enough := errors.New("enough")
	m, src := polled(t, func(Record) error { return enough }, 1)
	src[0].send(event(1, 1))
	if err := m.PerfBufferPoll(-1); !errors.Is(err, enough) {
		t.Errorf("a function's error: %v", err)
	}
}

// TestPollInside polls from a function that a poll calls.
func TestPollInside(t *testing.T) {
	var m *Module
	var inner error
	m, src := polled(t, func(Record) error { inner = m.PerfBufferPoll(0); return nil }, 1)
	src[0].send(event(1, 1))
	if err := m.PerfBufferPoll(-1); err != nil || !errors.Is(inner, ErrStreamBusy) {
		t.Errorf("%v, inside %v", err, inner)
	}
}

// TestPollPanics goes on after a function that panics.
func TestPollPanics(t *testing.T) {
	got := 0
	m, src := polled(t, func(Record) error {
		if got++; got == 1 {
			panic("first")
		}
		return nil
	}, 2)
	src[0].send(event(1, 1))
	src[0].send(event(2, 2))
	func() {
		defer func() {
			if p := recover(); p != "first" {
				t.Errorf("recovered %v", p)
			}
		}()
		_ = m.PerfBufferPoll(-1)
	}()
	if err := m.PerfBufferPoll(-1); err != nil || got != 2 {
		t.Errorf("%v, %d events", err, got)
	}
	for s := range m.streams {
		t.Errorf("left: %v", s)
	}
}

// TestPollClosed closes the module under a poll.
func TestPollClosed(t *testing.T) {
	for _, n := range []int{1, 2} {
		m, src := polled(t, func(Record) error { return nil }, n)
		done := make(chan error)
		go func() { done <- m.PerfBufferPoll(-1) }()
		time.Sleep(10 * time.Millisecond)
		m.mu.Lock()
		m.closed = true
		m.mu.Unlock()
		for _, f := range src {
			f.close()
		}
		if err := <-done; !errors.Is(err, ErrClosed) {
			t.Errorf("%d buffers: %v", n, err)
		}
	}
}
