package bccgo

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// times reads a stream with an ended context and lists the times it delivers.
func times(t *testing.T, s *EventStream[fakeEvent]) []uint64 {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var got []uint64
	for e, err := range s.All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.When)
	}
	return got
}

func TestOrderOfWhatIsThere(t *testing.T) {
	s, src := fakeStream("b", &StreamOptions{OrderBy: "when"})
	for _, at := range []uint64{5, 1, 4, 4, 2, 3} {
		src.send(event(at, at))
	}
	if got := times(t, s); !slices.Equal(got, []uint64{1, 2, 3, 4, 4, 5}) {
		t.Errorf("got %v", got)
	}
	if got := s.Ordered(); got != (OrderCounts{}) {
		t.Errorf("counts %+v", got)
	}
}

// TestOrderKeepsTies delivers events of one time as they came.
func TestOrderKeepsTies(t *testing.T) {
	s, src := fakeStream("b", &StreamOptions{OrderBy: "When"})
	for id := range uint64(100) {
		src.send(event(id%2, id))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var last fakeEvent
	for e, err := range s.All(ctx) {
		if err != nil || e.When < last.When || e.When == last.When && e.ID < last.ID {
			t.Fatalf("%+v after %+v, %v", e, last, err)
		}
		last = e
	}
}

// TestOrderDelay lets events out after their delay and not before, and delivers
// what comes later than that at once.
func TestOrderDelay(t *testing.T) {
	const delay = 60 * time.Millisecond
	s, src := fakeStream("b", &StreamOptions{OrderBy: "when", OrderDelay: delay})
	start := time.Now()
	src.send(event(20, 0))
	src.send(event(10, 0))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []uint64
	for e, err := range s.All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < delay {
			t.Errorf("%d came after %v", e.When, took)
		}
		got = append(got, e.When)
		switch len(got) {
		case 2:
			start = time.Now().Add(-delay)
			src.send(event(15, 0))
		case 3:
			cancel()
		}
	}
	if !slices.Equal(got, []uint64{10, 20, 15}) {
		t.Errorf("got %v", got)
	}
	if got := s.Ordered(); got != (OrderCounts{Late: 1}) {
		t.Errorf("counts %+v", got)
	}
}

// TestOrderMemory bounds what is held, and delivers the earliest to stay below.
func TestOrderMemory(t *testing.T) {
	const fits = 10
	s, src := fakeStream("b", &StreamOptions{OrderBy: "when", OrderDelay: time.Hour, OrderBytes: fits * (16 + heldSize)})
	for at := range uint64(25) {
		src.send(event(at^1, at))
	}
	got := times(t, s)
	want := make([]uint64, 25)
	for i := range want {
		want[i] = uint64(i)
	}
	// 24^1 is 25, the only one without its neighbour.
	want[24] = 25
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got := s.Ordered(); got != (OrderCounts{Early: 15}) {
		t.Errorf("counts %+v", got)
	}
	if bytes, held := s.raw.order.heap.bytes, len(s.raw.order.heap.slots); bytes != 0 || held > fits+2 {
		t.Errorf("%d bytes held at the end, in %d slots", bytes, held)
	}
}

// TestOrderDropsNothing sends events in disorder, from several sources and with
// little memory: all must come, and those that are out of order be counted.
func TestOrderDropsNothing(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		g := NewGroup(&GroupOptions{OrderBy: "when", OrderDelay: time.Hour, OrderBytes: 1 + r.IntN(4000)})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var got []uint64
		const n = 300
		for range 3 {
			s, src := fakeStream("b", nil)
			for at := range uint64(n) {
				src.send(event(at+r.Uint64N(40), 0))
			}
			if err := On(g, s, func(e *fakeEvent) error { got = append(got, e.When); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if err := g.Run(ctx); err != nil {
			t.Fatal(err)
		}
		late, last := uint64(0), uint64(0)
		for _, at := range got {
			if at < last {
				late++
			}
			last = max(last, at)
		}
		if c := g.Ordered(); len(got) != 3*n || c.Late != late || c.Early == 0 {
			t.Errorf("seed %d: %d events, %d late, counts %+v", seed, len(got), late, c)
		}
	}
}

func TestOrderErrors(t *testing.T) {
	signed := &layout.Type{Kind: layout.Int, Name: "s64", Size: 8, Signed: true}
	small := &layout.Type{Kind: layout.Int, Name: "u32", Size: 4}
	typ := &layout.Type{Kind: layout.Struct, Name: "struct t", Size: 24, Members: []layout.Member{
		{Name: "signed_one", Type: signed}, {Name: "small", Type: small, Offset: 8},
		{Name: "in", Type: fakeType(), Offset: 8},
	}}
	for field, want := range map[string]string{
		"signed_one": "s64", "small": "u32", "in": "struct fake_t", "nothing": "no such field", "in.x": "no such field", "": "no such field",
	} {
		_, err := timeFields("b", []*layout.Type{typ}, field)
		var order *OrderError
		if !errors.As(err, &order) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", field, err)
		}
	}
	if _, err := timeFields("b", nil, "when"); err == nil {
		t.Error("a buffer without types can be ordered")
	}
	if got, err := timeFields("b", []*layout.Type{typ}, "in.When"); err != nil || got[0] != (timeField{24, 8}) {
		t.Errorf("in.When: %v, %v", got, err)
	}
}

// TestOrderShort delivers an event without a time at once.
func TestOrderShort(t *testing.T) {
	s, src := fakeStream("b", &StreamOptions{OrderBy: "when"})
	src.send(event(2, 0))
	src.send(Record{Data: []byte{1, 2, 3}})
	src.send(event(1, 0))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var got []uint64
	short := 0
	for e, err := range s.All(ctx) {
		var se *ShortEventError
		switch {
		case errors.As(err, &se):
			if short++; se.Got != 3 || se.Want != 16 || se.Buffer != "b" {
				t.Errorf("%+v", se)
			}
		case err != nil:
			t.Fatal(err)
		default:
			got = append(got, e.When)
		}
	}
	if short != 1 || !slices.Equal(got, []uint64{1, 2}) || s.Ordered().Late != 1 {
		t.Errorf("%d short, %v, %+v", short, got, s.Ordered())
	}
}

// TestOrderAllocations holds and delivers without allocating once it has grown.
func TestOrderAllocations(t *testing.T) {
	s, _ := fakeStream("b", &StreamOptions{OrderBy: "when"})
	o, now, at := s.raw.order, time.Now(), uint64(0)
	rec := event(0, 0)
	take := func(*RawEventStream, Record) error { return nil }
	batch := func() {
		for range 100 {
			at++
			rec.Data[0], rec.Data[1], rec.Data[2] = byte(at)^3, byte(at>>8), byte(at>>16)
			if err := o.hold(s.raw, rec, now, take); err != nil {
				t.Fatal(err)
			}
		}
		now = now.Add(time.Second)
		if err := o.release(now, take); err != nil {
			t.Fatal(err)
		}
	}
	batch()
	if n := testing.AllocsPerRun(100, batch); n != 0 {
		t.Errorf("100 events allocate %v times", n)
	}
}

func BenchmarkOrder(b *testing.B) {
	s, _ := fakeStream("b", &StreamOptions{OrderBy: "when"})
	o, now, at := s.raw.order, time.Now(), uint64(0)
	rec := event(0, 0)
	rec.Data = append(rec.Data, make([]byte, 16)...)
	take := func(*RawEventStream, Record) error { return nil }
	b.ReportAllocs()
	for b.Loop() {
		at++
		rec.Data[0], rec.Data[1], rec.Data[2], rec.Data[3] = byte(at)^7, byte(at>>8), byte(at>>16), byte(at>>24)
		_ = o.hold(s.raw, rec, now, take)
		if at%atOnce == 0 {
			now = now.Add(time.Millisecond)
			_ = o.release(now, take)
		}
	}
}
