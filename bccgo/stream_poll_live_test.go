package bccgo

import (
	"errors"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

const pollText = `
struct call_t {
	u64 pid_tgid;
	char comm[16];
	int nth;
};
BPF_ARRAY(total, int, 1);
BPF_PERF_OUTPUT(parents);
BPF_RINGBUF_OUTPUT(users, 8);
BPF_RINGBUF_OUTPUT(groups, 8);
BPF_HASH(counts, u32);

static int describe(struct call_t *c)
{
	int zero = 0, *n = total.lookup(&zero);

	c->pid_tgid = bpf_get_current_pid_tgid();
	if (c->pid_tgid >> 32 != ME || !n)
		return 0;
	bpf_get_current_comm(&c->comm, sizeof(c->comm));
	c->nth = ++*n;
	return 1;
}

TRACEPOINT_PROBE(syscalls, sys_enter_getppid)
{
	struct call_t c = {};

	if (describe(&c))
		parents.perf_submit(args, &c, sizeof(c));
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_enter_getuid)
{
	struct call_t c = {};

	if (describe(&c))
		users.ringbuf_output(&c, sizeof(c), 0);
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_enter_getgid)
{
	struct call_t c = {};

	if (describe(&c))
		groups.ringbuf_output(&c, sizeof(c), 0);
	return 0;
}
`

// callEvent is call_t.
type callEvent struct {
	PIDTGID uint64
	Comm    Comm
	Nth     int32
	_       [4]byte
}

// loadPoll loads pollText, whose events carry numbers in the order of calls.
func loadPoll(t *testing.T) *Module {
	t.Helper()
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	return loadLive(t, pollText, &Options{Defines: me(), FileName: "poll.c"})
}

// TestLivePerfBufferPoll delivers a perf buffer's events to a function, which
// decodes them both ways.
func TestLivePerfBufferPoll(t *testing.T) {
	m := loadPoll(t)
	table := m.Table("parents")
	decoder, err := NewDecoder[callEvent](m, "parents")
	if err != nil {
		t.Fatal(err)
	}
	var nths []int32
	_, err = m.OpenPerfBuffer("parents", func(cpu int, data []byte) {
		typed, err := decoder.Decode(data)
		if err != nil || cpu < 0 || typed.PIDTGID>>32 != uint64(os.Getpid()) {
			t.Errorf("CPU %d: %+v, %v", cpu, typed, err)
		}
		value, err := table.Event(data)
		comm, _ := value.Field("comm")
		if text, ok := comm.Text(); err != nil || !ok || text != typed.Comm.String() || text == "" {
			t.Errorf("untyped %v, %v; typed %+v", value, err, typed)
		}
		nths = append(nths, typed.Nth)
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	produce(syscall.SYS_GETPPID, 3)
	ctx := within(t, 20*time.Second)
	for len(nths) < 3 && ctx.Err() == nil {
		if err := m.PerfBufferPoll(time.Second); err != nil {
			t.Fatal(err)
		}
	}
	produce(syscall.SYS_GETPPID, 2)
	if err := m.PerfBufferConsume(); err != nil || !slices.Equal(nths, []int32{1, 2, 3, 4, 5}) {
		t.Errorf("%v: %v", nths, err)
	}
	start := time.Now()
	if err := m.PerfBufferPoll(150 * time.Millisecond); err != nil || time.Since(start) < 140*time.Millisecond {
		t.Errorf("a poll of nothing: %v after %v", err, time.Since(start))
	}
}

// TestLiveRingBufferPoll serves two ring buffers with one poll.
func TestLiveRingBufferPoll(t *testing.T) {
	m := loadPoll(t)
	enough := errors.New("enough")
	var got []string
	open := func(name string) *RawEventStream {
		decoder, err := NewDecoder[callEvent](m, name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := m.OpenRingBuffer(name, func(data []byte) error {
			e, err := decoder.Decode(data)
			if e.Nth == 7 {
				return enough
			}
			got = append(got, name)
			return err
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	open("users")
	groups := open("groups")
	for range 3 {
		produce(syscall.SYS_GETUID, 1)
		produce(syscall.SYS_GETGID, 1)
	}
	ctx := within(t, 20*time.Second)
	for len(got) < 6 && ctx.Err() == nil {
		if err := m.RingBufferPoll(-1); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"groups", "groups", "groups", "users", "users", "users"}) {
		t.Errorf("got %v", got)
	}
	produce(syscall.SYS_GETUID, 2)
	if err := m.RingBufferConsume(); !errors.Is(err, enough) {
		t.Errorf("a function's error: %v", err)
	}
	if err := m.RingBufferConsume(); err != nil || len(got) != 7 {
		t.Errorf("after it: %v, %v", err, got)
	}
	if err := groups.Close(); err != nil {
		t.Error(err)
	}
	open("groups")
	produce(syscall.SYS_GETGID, 1)
	if err := m.RingBufferConsume(); err != nil || len(got) != 8 {
		t.Errorf("after it was opened again: %v, %v", err, got)
	}
}

// TestLivePollMistakes opens and polls what cannot be.
func TestLivePollMistakes(t *testing.T) {
	m := loadPoll(t)
	perf, ring := func(int, []byte) {}, func([]byte) error { return nil }
	var kind *KindError
	var name *UnknownError
	if err := m.PerfBufferPoll(0); !errors.Is(err, ErrNoBuffer) {
		t.Errorf("no buffer: %v", err)
	}
	if _, err := m.OpenPerfBuffer("users", perf, nil); !errors.As(err, &kind) {
		t.Errorf("a ring buffer as a perf buffer: %v", err)
	}
	if _, err := m.OpenRingBuffer("parents", ring, nil); !errors.As(err, &kind) {
		t.Errorf("a perf buffer as a ring buffer: %v", err)
	}
	if _, err := m.OpenRingBuffer("counts", ring, nil); !errors.As(err, &kind) {
		t.Errorf("a hash: %v", err)
	}
	if _, err := m.OpenPerfBuffer("parent", perf, nil); !errors.As(err, &name) {
		t.Errorf("an unknown name: %v", err)
	}
	if _, err := m.OpenPerfBuffer("parents", nil, nil); err == nil {
		t.Error("no function")
	}
	if _, err := m.OpenPerfBuffer("parents", perf, &StreamOptions{Pages: 3}); err == nil {
		t.Error("3 pages")
	}
	if _, err := (*Module)(nil).OpenPerfBuffer("parents", perf, nil); err == nil {
		t.Error("no module")
	}
	if _, err := m.OpenPerfBuffer("parents", perf, nil); err != nil {
		t.Error(err)
	}
	if err := Stream[callEvent](m, "parents", nil).Err(); !errors.Is(err, ErrStreamOpen) {
		t.Errorf("opening twice: %v", err)
	}
	if _, err := m.Table("counts").Event(nil); !errors.As(err, &kind) {
		t.Errorf("an event of a hash: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if err := m.PerfBufferPoll(0); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed module: %v", err)
	}
	if _, err := m.OpenRingBuffer("users", ring, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("opening in a closed module: %v", err)
	}
}

// TestLiveCloseUnderReaders closes a module while each kind of reader waits.
func TestLiveCloseUnderReaders(t *testing.T) {
	m := loadPoll(t)
	if _, err := m.OpenPerfBuffer("parents", func(int, []byte) {}, nil); err != nil {
		t.Fatal(err)
	}
	s, raw := Stream[callEvent](m, "users", nil), m.RawStream("groups", &StreamOptions{OrderBy: "pid_tgid"})
	if err := errors.Join(s.Err(), raw.Err()); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 3)
	go func() { done <- m.PerfBufferPoll(-1) }()
	go func() { done <- s.Each(t.Context(), func(*callEvent) error { return nil }) }()
	go func() {
		g := NewGroup(nil)
		done <- errors.Join(g.OnRaw(raw, func(Record) error { return nil }), g.Run(t.Context()))
	}()
	time.Sleep(50 * time.Millisecond)
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	for range 3 {
		select {
		case err := <-done:
			if err != nil && !errors.Is(err, ErrClosed) {
				t.Error(err)
			}
		case <-time.After(testenv.Timeout(10 * time.Second)):
			t.Fatal("a reader does not end")
		}
	}
}
