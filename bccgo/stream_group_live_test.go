package bccgo

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

const callsText = `
struct parent_t {
	u64 when;
	u32 pid;
	u32 nth;
};
struct user_t {
	u32 pid;
	u16 kind;
	u64 when;
};
BPF_ARRAY(total, u32, 1);
BPF_PERF_OUTPUT(parents);
BPF_RINGBUF_OUTPUT(users, 64);

TRACEPOINT_PROBE(syscalls, sys_enter_getppid)
{
	struct parent_t p = {};
	int zero = 0;
	u32 *n;

	p.pid = bpf_get_current_pid_tgid() >> 32;
	if (p.pid != ME)
		return 0;
	n = total.lookup(&zero);
	if (n)
		p.nth = ++*n;
	p.when = bpf_ktime_get_ns();
	parents.perf_submit(args, &p, sizeof(p));
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_enter_getuid)
{
	struct user_t u = {};

	u.pid = bpf_get_current_pid_tgid() >> 32;
	if (u.pid != ME)
		return 0;
	u.kind = 7;
	u.when = bpf_ktime_get_ns();
	users.ringbuf_output(&u, sizeof(u), 0);
	return 0;
}
`

// parentEvent is parent_t, userEvent is user_t.
type (
	parentEvent struct {
		When     uint64
		PID, Nth uint32
	}
	userEvent struct {
		PID  uint32
		Kind uint16
		_    [2]byte
		Time uint64 `bcc:"when"`
	}
)

// within bounds a live test's reading.
func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Timeout(d))
	t.Cleanup(cancel)
	return ctx
}

// TestLiveGroup reads a perf buffer and a ring buffer of each of two modules in
// one loop. Calls on both sides alternate, and so must the events.
func TestLiveGroup(t *testing.T) {
	testenv.Live(t)
	testenv.NotEmulated(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	one := loadLive(t, callsText, &Options{Defines: me()})
	two := loadLive(t, callsText, &Options{Defines: me()})
	g := NewGroup(&GroupOptions{OrderBy: "when"})
	defer g.Close()

	const calls = 300
	ctx, cancel := context.WithCancel(within(t, 20*time.Second))
	defer cancel()
	var order []string
	left := 4 * calls
	count := func(what string) error {
		order = append(order, what)
		if left--; left == 0 {
			cancel()
		}
		return nil
	}
	for i, m := range []*Module{one, two} {
		name := string(rune('A' + i))
		parents := Stream[parentEvent](m, "parents", nil)
		users := Stream[userEvent](m, "users", &StreamOptions{OrderBy: "Time"})
		nth := uint32(0)
		err := errors.Join(
			On(g, parents, func(e *parentEvent) error {
				if nth++; e.PID != uint32(os.Getpid()) || e.Nth != nth || parents.CPU() < 0 {
					t.Errorf("parents %s: event %d is %+v on CPU %d", name, nth, e, parents.CPU())
				}
				return count("p")
			}),
			On(g, users, func(e *userEvent) error {
				if e.PID != uint32(os.Getpid()) || e.Kind != 7 || users.CPU() != -1 {
					t.Errorf("users %s: %+v on CPU %d", name, e, users.CPU())
				}
				return count("u")
			}),
		)
		if err != nil {
			t.Fatal(err)
		}
	}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for range calls {
			syscall.Syscall(syscall.SYS_GETPPID, 0, 0, 0)
			syscall.Syscall(syscall.SYS_GETUID, 0, 0, 0)
		}
	}()
	if err := g.Run(ctx); err != nil || left != 0 {
		t.Fatalf("%v with %d events missing", err, left)
	}
	for i := 0; i < len(order); i += 4 {
		if got := order[i : i+4]; !slices.Equal(got, []string{"p", "p", "u", "u"}) {
			t.Fatalf("events %d and on are of %v", i, got)
		}
	}
	if got := g.Ordered(); got != (OrderCounts{}) {
		t.Errorf("order: %+v", got)
	}
}

// TestLiveGroupAll reads a group in its range form, and then one of its streams
// alone.
func TestLiveGroupAll(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := loadLive(t, callsText, &Options{Defines: me()})
	g := NewGroup(nil)
	parents, users := Stream[parentEvent](m, "parents", nil), m.RawStream("users", nil)
	if err := g.Add(parents, users); err != nil {
		t.Fatal(err)
	}
	produce(syscall.SYS_GETPPID, 5)
	produce(syscall.SYS_GETUID, 3)
	var nths []uint32
	kinds := 0
	for s, err := range g.All(within(t, 20*time.Second)) {
		if err != nil {
			t.Fatal(err)
		}
		switch s {
		case parents:
			nths = append(nths, parents.Event().Nth)
		case users:
			v, err := users.Decode(users.Record())
			if kind, ok := v.Field("kind"); err != nil || !ok || kind.String() != "7" {
				t.Errorf("user %v, %v", v, err)
			}
			kinds++
		}
		if len(nths)+kinds == 8 {
			break
		}
	}
	if !slices.Equal(nths, []uint32{1, 2, 3, 4, 5}) || kinds != 3 {
		t.Errorf("parents %v and %d users", nths, kinds)
	}
	produce(syscall.SYS_GETPPID, 2)
	if got := collect(t, parents, 2); got[0].Nth != 6 || got[1].Nth != 7 {
		t.Errorf("alone: %+v", got)
	}
}
