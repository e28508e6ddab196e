package bccgo

import (
	"context"
	"errors"
	"io"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

const streamText = `
struct event_t {
	u64 nth;
	u64 id;
	u64 more[2];
};
BPF_ARRAY(total, u64, 1);
BPF_PERF_OUTPUT(events);
BPF_RINGBUF_OUTPUT(ring, 256);

static u64 count(struct event_t *e)
{
	int zero = 0;
	u64 *n;

	e->id = bpf_get_current_pid_tgid();
	if (e->id >> 32 != ME)
		return 0;
	n = total.lookup(&zero);
	if (!n)
		return 0;
	e->nth = ++*n;
	return e->nth;
}

TRACEPOINT_PROBE(syscalls, sys_enter_getppid)
{
	struct event_t e = {};

	if (count(&e))
		events.perf_submit(args, &e, sizeof(e));
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_enter_getuid)
{
	struct event_t e = {};

	if (count(&e))
		ring.ringbuf_output(&e, sizeof(e), 0);
	return 0;
}
`

// streamEvent is event_t.
type streamEvent struct {
	Nth, ID uint64
	More    [2]uint64
}

// buffers are the buffers of streamText with the system calls that fill them.
var buffers = []struct {
	name string
	nr   uintptr
}{{"events", syscall.SYS_GETPPID}, {"ring", syscall.SYS_GETUID}}

// produce makes n system calls from a thread of its own.
func produce(nr uintptr, n int) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for range n {
		syscall.Syscall(nr, 0, 0, 0)
	}
}

// TestLiveStreamAllocs reads many events: what is allocated must not grow with
// their number.
func TestLiveStreamAllocs(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := loadLive(t, streamText, &Options{Defines: me(), FileName: "stream.c"})
	for _, b := range buffers {
		s := Stream[streamEvent](m, b.name, nil)
		if err := s.Err(); err != nil {
			t.Fatal(err)
		}
		few, many := allocations(t, s, b.nr, 100), allocations(t, s, b.nr, 4000)
		if many > few+50 {
			t.Errorf("%s: 100 events made %d allocations, 4000 made %d", b.name, few, many)
		}
	}
}

// allocations counts what is allocated while n events are read.
func allocations(t *testing.T, s *EventStream[streamEvent], nr uintptr, n int) uint64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Timeout(10*time.Second))
	defer cancel()
	produce(nr, n)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	seen := 0
	enough := errors.New("enough")
	err := s.Each(ctx, func(*streamEvent) error {
		if seen++; seen == n {
			return enough
		}
		return nil
	})
	runtime.ReadMemStats(&after)
	if !errors.Is(err, enough) {
		t.Fatalf("%d of %d events came, then %v", seen, n, err)
	}
	return after.Mallocs - before.Mallocs
}

// BenchmarkLiveStream tells what it takes to make an event and to read it, in
// one process.
func BenchmarkLiveStream(b *testing.B) {
	testenv.Live(b)
	testenv.NeedTracepoint(b, "syscalls:sys_enter_getppid")
	m := loadLive(b, streamText, &Options{Defines: me(), FileName: "stream.c"})
	for _, buffer := range buffers {
		b.Run(buffer.name, func(b *testing.B) { benchmarkStream(b, m, buffer.name, buffer.nr) })
	}
}

func benchmarkStream(b *testing.B, m *Module, name string, nr uintptr) {
	s := Stream[streamEvent](m, name, nil)
	if err := s.Err(); err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ReportAllocs()
	b.ResetTimer()
	go func() {
		defer cancel()
		produce(nr, b.N)
	}()
	seen := 0
	for _, err := range s.All(ctx) {
		if err != nil {
			b.Fatal(err)
		}
		seen++
	}
	b.ReportMetric(float64(b.N-seen)/float64(b.N), "lost/op")
}

// BenchmarkLiveGroup is BenchmarkLiveStream of both buffers in one loop, as
// they come and ordered.
func BenchmarkLiveGroup(b *testing.B) {
	testenv.Live(b)
	testenv.NeedTracepoint(b, "syscalls:sys_enter_getppid")
	m := loadLive(b, streamText, &Options{Defines: me(), FileName: "stream.c"})
	b.Run("as they come", func(b *testing.B) { benchmarkGroup(b, m, nil) })
	b.Run("ordered", func(b *testing.B) { benchmarkGroup(b, m, &GroupOptions{OrderBy: "nth"}) })
}

func benchmarkGroup(b *testing.B, m *Module, o *GroupOptions) {
	g := NewGroup(o)
	defer g.Close()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	seen := 0
	for _, buffer := range buffers {
		s := Stream[streamEvent](m, buffer.name, nil)
		if err := On(g, s, func(*streamEvent) error { seen++; return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	go func() {
		defer cancel()
		for range b.N / 1000 {
			produce(buffers[0].nr, 500)
			produce(buffers[1].nr, 500)
		}
	}()
	if err := g.Run(ctx); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N/1000*1000-seen)/float64(b.N), "lost/op")
}

// BenchmarkEvent tells what decoding costs beyond the read: the same records
// from a source in memory, raw and as a Go type, and untyped.
func BenchmarkEvent(b *testing.B) {
	rec := event(1, 2)
	rec.Data = append(rec.Data, 0, 0, 0, 0)
	b.Run("raw", func(b *testing.B) {
		s := steady(b, rec)
		b.ReportAllocs()
		for range s.raw.All(b.Context()) {
		}
	})
	b.Run("typed", func(b *testing.B) {
		s := steady(b, rec)
		sum := uint64(0)
		b.ReportAllocs()
		for e := range s.All(b.Context()) {
			sum += e.ID
		}
	})
	b.Run("typed, Each", func(b *testing.B) {
		s := steady(b, rec)
		sum := uint64(0)
		b.ReportAllocs()
		_ = s.Each(b.Context(), func(e *fakeEvent) error { sum += e.ID; return nil })
	})
	b.Run("untyped", func(b *testing.B) {
		s := steady(b, rec)
		b.ReportAllocs()
		for rec := range s.raw.All(b.Context()) {
			if _, err := s.raw.Decode(rec); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("untyped, a field", func(b *testing.B) {
		s := steady(b, rec)
		b.ReportAllocs()
		for rec := range s.raw.All(b.Context()) {
			v, _ := s.raw.Decode(rec)
			if id, ok := v.Field("id"); !ok || id.Type().Size != 8 {
				b.Fatal(v)
			}
		}
	})
}

// BenchmarkLiveTableEvent decodes as a callback does that looks its table up
// each time.
func BenchmarkLiveTableEvent(b *testing.B) {
	testenv.Live(b)
	m := loadLive(b, streamText, &Options{Defines: me(), FileName: "stream.c", NoAutoAttach: true})
	data := make([]byte, 36)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Table("events").Event(data); err != nil {
			b.Fatal(err)
		}
	}
}

// steadySource has the same record b.N times.
type steadySource struct {
	fakeSource
	rec  Record
	left int
}

func (f *steadySource) read(r *Record) (bool, error) {
	if f.left == 0 {
		return false, io.ErrClosedPipe
	}
	f.left--
	*r = f.rec
	return true, nil
}

func steady(b *testing.B, rec Record) *EventStream[fakeEvent] {
	s, _ := fakeStream("b", nil)
	s.raw.src = &steadySource{rec: rec, left: b.N}
	return s
}
