package bccgo

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"
)

// overCtx is a context that is over.
func overCtx(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// TestReadTwoAtOnce reads one stream from two goroutines: one of them gets the
// events, the other an error.
func TestReadTwoAtOnce(t *testing.T) {
	s, src := fakeStream("b", nil)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	reading := make(chan struct{})
	all.Go(func() {
		for range s.All(ctx) {
			close(reading)
		}
	})
	src.send(event(1, 1))
	<-reading
	if err := s.Each(ctx, func(*fakeEvent) error { return nil }); !errors.Is(err, ErrStreamBusy) {
		t.Errorf("Each: %v", err)
	}
	g := NewGroup(nil)
	if err := g.Add(s); err != nil {
		t.Fatal(err)
	}
	for got, err := range g.All(ctx) {
		if got != nil || !errors.Is(err, ErrStreamBusy) {
			t.Errorf("group: %v, %v", got, err)
		}
	}
	if err := s.Err(); err != nil {
		t.Errorf("the reader was disturbed: %v", err)
	}
}

// TestReadAfterClose closes streams before, during and after a read, and twice.
func TestReadAfterClose(t *testing.T) {
	for name, o := range map[string]*StreamOptions{"straight": nil, "ordered": {OrderBy: "when"}} {
		s, src := fakeStream("b", o)
		done := make(chan error)
		started := make(chan struct{}, 1)
		src.send(event(1, 1))
		go func() {
			done <- s.Each(t.Context(), func(*fakeEvent) error { started <- struct{}{}; return nil })
		}()
		<-started
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := <-done; err != nil {
			t.Errorf("%s: the read that was closed: %v", name, err)
		}
		if err := s.Each(t.Context(), func(*fakeEvent) error { return nil }); !errors.Is(err, ErrStreamClosed) {
			t.Errorf("%s: a read after that: %v", name, err)
		}
	}
	s, _ := fakeStream("b", nil)
	s.raw.module.closed = true
	s.raw.closed.Store(true)
	for _, err := range s.All(t.Context()) {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("a closed module: %v", err)
		}
	}
}

// TestReadNothing uses streams and groups that are none.
func TestReadNothing(t *testing.T) {
	var none *EventStream[fakeEvent]
	var raw *RawEventStream
	for name, s := range map[string]GroupStream{"nil": none, "zero": new(EventStream[fakeEvent]), "nil raw": raw, "zero raw": new(RawEventStream)} {
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Errorf("%s: Close: %v", name, err)
		}
		if s.Err() == nil || s.Lost().Total != 0 {
			t.Errorf("%s: Err %v, Lost %v", name, s.Err(), s.Lost())
		}
		if g := NewGroup(nil); g.Add(s) == nil || g.Run(t.Context()) == nil {
			t.Errorf("%s: a group takes it", name)
		}
	}
	if err := none.Each(t.Context(), nil); err == nil || none.CPU() != -1 || len(raw.Record().Data) != 0 {
		t.Errorf("Each: %v, CPU %d", err, none.CPU())
	}
	if _, err := raw.Decode(Record{}); err == nil {
		t.Error("a nil stream decodes")
	}
	var g *Group
	if g.Add() != nil || g.Run(t.Context()) == nil || g.Close() != nil || g.Ordered() != (OrderCounts{}) {
		t.Error("nil group")
	}
	if err := NewGroup(nil).Run(t.Context()); !errors.Is(err, errNoStreams) {
		t.Errorf("empty group: %v", err)
	}
	if err := On(g, none, nil); err == nil {
		t.Error("nil group, stream and function")
	}
	if err := NewGroup(nil).Add(nil); err == nil {
		t.Error("Add(nil)")
	}
}

// TestReadShort goes on after an event that is too short, wherever the caller
// does.
func TestReadShort(t *testing.T) {
	fill := func() *EventStream[fakeEvent] {
		s, src := fakeStream("b", nil)
		src.send(event(1, 1))
		src.send(Record{Data: make([]byte, 15)})
		src.send(event(2, 2))
		return s
	}
	var short *ShortEventError
	check := func(name string, err error) {
		if !errors.As(err, &short) || *short != (ShortEventError{"b", 16, 15}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, seen, ctx := fill(), 0, overCtx(t)
	for _, err := range s.All(ctx) {
		if seen++; seen == 2 {
			check("All", err)
		} else if err != nil {
			t.Error(err)
		}
	}
	if seen != 3 || s.Err() != nil {
		t.Errorf("All: %d elements, Err %v", seen, s.Err())
	}
	count := func(*fakeEvent) error { seen++; return nil }
	s = fill()
	check("Each", s.Each(ctx, count))
	if err := s.Each(ctx, count); err != nil || seen != 5 {
		t.Errorf("Each again: %v, %d", err, seen)
	}
	g := NewGroup(nil)
	if err := On(g, fill(), count); err != nil {
		t.Fatal(err)
	}
	check("Run", g.Run(ctx))
	if err := g.Run(ctx); err != nil || seen != 7 {
		t.Errorf("Run again: %v, %d", err, seen)
	}
}

// TestGroupGoesOn ends a group's run by an error and by a panic at every event.
// Each event must be delivered once, and streams must stay usable.
func TestGroupGoesOn(t *testing.T) {
	for name, o := range map[string]*GroupOptions{"as they come": nil, "ordered": {OrderBy: "when"}} {
		g := NewGroup(o)
		var got []uint64
		enough := errors.New("enough")
		for i := range uint64(3) {
			s, src := fakeStream("b", nil)
			for at := range uint64(5) {
				src.send(event(3*at+i, i))
			}
			err := On(g, s, func(e *fakeEvent) error {
				if got = append(got, e.When); len(got)%2 == 0 {
					panic(enough)
				}
				return enough
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for range 15 {
			if err := runAnd(t, g); !errors.Is(err, enough) {
				t.Fatalf("%s: after %v: %v", name, got, err)
			}
		}
		if err := g.Run(overCtx(t)); err != nil || len(got) != 15 {
			t.Errorf("%s: %v after %v", name, err, got)
		}
		if o != nil && !slices.IsSorted(got) {
			t.Errorf("%s: %v", name, got)
		}
		slices.Sort(got)
		if got = slices.Compact(got); len(got) != 15 {
			t.Errorf("%s: %v", name, got)
		}
		if err := g.Close(); err != nil {
			t.Error(err)
		}
		if err := g.Run(t.Context()); !errors.Is(err, ErrStreamClosed) {
			t.Errorf("%s: run after close: %v", name, err)
		}
	}
}

// runAnd runs a group and turns a panic into an error.
func runAnd(t *testing.T, g *Group) (err error) {
	defer func() {
		if p, ok := recover().(error); ok {
			err = p
		}
	}()
	return g.Run(overCtx(t))
}

// TestGroupLosesAndCloses tells of losses and leaves out what was closed.
func TestGroupLosesAndCloses(t *testing.T) {
	var lost []uint64
	one, src := fakeStream("one", &StreamOptions{OnLost: func(cpu int, n uint64) { lost = append(lost, uint64(cpu), n) }})
	two, src2 := fakeStream("two", nil)
	g := NewGroup(nil)
	var got []uint64
	take := func(e *fakeEvent) error { got = append(got, e.When); return nil }
	if err := errors.Join(On(g, one, take), On(g, two, take)); err != nil {
		t.Fatal(err)
	}
	if err := On(g, one, take); !errors.Is(err, ErrStreamBusy) {
		t.Errorf("adding twice: %v", err)
	}
	g.err = nil
	src.send(event(1, 0))
	src.send(Record{CPU: 3, lost: 7})
	src2.send(event(2, 0))
	if err := two.Close(); err != nil {
		t.Fatal(err)
	}
	if err := g.Run(overCtx(t)); err != nil || !slices.Equal(got, []uint64{1}) || !slices.Equal(lost, []uint64{3, 7}) || one.Lost().PerCPU[3] != 7 {
		t.Errorf("%v, events %v, lost %v and %v", err, got, lost, one.Lost())
	}
	if src.settled == 0 {
		t.Error("the kernel was not asked for losses at the end")
	}
}

// TestGroupWaits delivers from several streams as events come, without a call
// for each at hand.
func TestGroupWaits(t *testing.T) {
	g := NewGroup(nil)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	const n = 200
	var sources []*fakeSource
	left := 3 * n
	for range 3 {
		s, src := fakeStream("b", nil)
		next := uint64(0)
		err := On(g, s, func(e *fakeEvent) error {
			if e.When != next {
				t.Errorf("got %d, want %d", e.When, next)
			}
			next++
			if left--; left == 0 {
				cancel()
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, src)
	}
	var all sync.WaitGroup
	for _, src := range sources {
		all.Go(func() {
			for at := range uint64(n) {
				src.send(event(at, 0))
				if at%16 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	if err := g.Run(ctx); err != nil || left != 0 {
		t.Errorf("%v, %d left", err, left)
	}
	all.Wait()
}

// TestReadPanics goes on after loops whose bodies panic.
func TestReadPanics(t *testing.T) {
	for name, o := range map[string]*StreamOptions{"straight": nil, "ordered": {OrderBy: "when"}} {
		s, src := fakeStream("b", o)
		for at := range uint64(3) {
			src.send(event(at, 0))
		}
		for _, read := range []func(){
			func() {
				for range s.All(overCtx(t)) {
					panic("body")
				}
			},
			func() { _ = s.Each(overCtx(t), func(*fakeEvent) error { panic("body") }) },
		} {
			func() {
				defer func() {
					if p := recover(); p != "body" {
						t.Errorf("%s: recovered %v", name, p)
					}
				}()
				read()
			}()
		}
		var got []uint64
		for e, err := range s.All(overCtx(t)) {
			if err != nil {
				t.Error(err)
			}
			got = append(got, e.When)
		}
		if !slices.Equal(got, []uint64{2}) || s.Close() != nil {
			t.Errorf("%s: after two panics %v came", name, got)
		}
	}
}
