package bccgo

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// countText counts the calls of getppid(2) by this process, at any probe.
const countText = `
BPF_HASH(hits, u32, u64);
static int hit(u32 kind)
{
	if (bpf_get_current_pid_tgid() >> 32 == ME)
		hits.increment(kind);
	return 0;
}
int first(void *ctx) { return hit(1); }
int second(void *ctx) { return hit(2); }
int third(void *ctx) { return hit(3); }
int fourth(void *ctx) { return hit(4); }
int syscalls(struct bpf_raw_tracepoint_args *ctx)
{
	return ctx->args[1] == NR ? hit(5) : 0;
}
`

// counter loads countText.
func counter(t *testing.T) *Module {
	t.Helper()
	return loadLive(t, countText, &Options{Defines: map[string]string{
		"ME": fmt.Sprint(os.Getpid()), "NR": fmt.Sprint(syscall.SYS_GETPPID),
	}})
}

// wantHits makes n calls and wants each kind's count to rise by it times n.
func wantHits(t *testing.T, m *Module, n int, times map[uint32]int) {
	t.Helper()
	hits, err := Map[uint32, uint64](m, "hits")
	if err != nil {
		t.Fatal(err)
	}
	if err := hits.Clear(); err != nil {
		t.Fatal(err)
	}
	call(n)
	for kind := range uint32(5) {
		kind++
		got, err := hits.Lookup(kind)
		if err != nil && !errors.Is(err, ErrKeyNotExist) {
			t.Fatal(err)
		}
		if want := uint64(n * times[kind]); got != want {
			t.Errorf("kind %d: %d hits, want %d", kind, got, want)
		}
	}
}

func TestLiveAttachByText(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := counter(t)
	for text, function := range map[string]string{
		"tracepoint:syscalls:sys_enter_getppid": "first",
		"raw_tracepoint:sys_enter":              "syscalls",
	} {
		l, err := m.Attach(text, function)
		if err != nil {
			t.Fatal(err)
		}
		if l.Function() != function || !strings.HasSuffix(text, l.Target()) {
			t.Errorf("%s gave %v", text, l)
		}
	}
	wantHits(t, m, 6, map[uint32]int{1: 1, 5: 1})
}

func TestLiveAttachFirst(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := counter(t)
	candidates := []string{
		"kprobe:no_such_function_here", "tracepoint:syscalls:no_such_event",
		"tracepoint:syscalls:sys_exit_getppid", "raw_tracepoint:sys_enter",
	}
	if got, err := FirstProbe(candidates...); err != nil || got != candidates[2] {
		t.Errorf("chose %q, %v", got, err)
	}
	l, err := m.AttachFirst("second", candidates...)
	if err != nil {
		t.Fatal(err)
	}
	if l.Hook() != "tracepoint" || l.Target() != "syscalls:sys_exit_getppid" {
		t.Errorf("attached %v", l)
	}
	wantHits(t, m, 5, map[uint32]int{2: 1})
}

func TestLiveAttachFirstNone(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := counter(t)
	candidates := []string{"kprobe:no_such_function_here", "tracepoint:syscalls:sys_enter_getppidd", "raw_tracepoint:sys_entre"}
	_, chooseErr := FirstProbe(candidates...)
	_, attachErr := m.AttachFirst("first", candidates...)
	for _, err := range []error{chooseErr, attachErr} {
		var none *NoProbeError
		if !errors.As(err, &none) || len(none.Candidates) != 3 {
			t.Fatalf("got %v", err)
		}
		var function *KprobeError
		var hook, raw *UnknownHookError
		if !errors.As(none.Candidates[0].Err, &function) || !errors.As(none.Candidates[1].Err, &hook) || !errors.As(none.Candidates[2].Err, &raw) {
			t.Errorf("reasons: %v", none)
		}
		if hook != nil && !slices.Contains(hook.Nearest, "syscalls:sys_enter_getppid") {
			t.Errorf("nearest: %v", hook.Nearest)
		}
		for _, text := range candidates {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("no %s in %v", text, err)
			}
		}
	}
	if len(m.Links()) != 0 {
		t.Errorf("left %v", m.Links())
	}
}

// TestLiveAttachFirstRefused wants an error of the function, rather than of
// each place, where the function is at fault.
func TestLiveAttachFirstRefused(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := loadLive(t, "int f(void *ctx) { return *(int *)(long)bpf_ktime_get_ns(); }", nil)
	candidates := []string{"tracepoint:syscalls:sys_enter_getppid", "raw_tracepoint:sys_enter"}
	var refused *VerifierError
	if _, err := m.AttachFirst("f", candidates...); !errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
	var unknown *UnknownError
	if _, err := m.AttachFirst("g", candidates...); !errors.As(err, &unknown) {
		t.Errorf("unknown function: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.AttachFirst("f", candidates...); !errors.Is(err, ErrClosed) {
		t.Errorf("closed module: %v", err)
	}
	if _, err := m.Attach(candidates[0], "f"); !errors.Is(err, ErrClosed) {
		t.Errorf("closed module: %v", err)
	}
}

func TestProbeTexts(t *testing.T) {
	var m *Module
	var bad *ProbeTextError
	if _, err := FirstProbe("kprobe:vfs_read", "kprob:vfs_read"); !errors.As(err, &bad) || bad.Text != "kprob:vfs_read" {
		t.Errorf("got %v", err)
	}
	if _, err := m.Attach("vfs_read", "f"); !errors.As(err, &bad) {
		t.Errorf("got %v", err)
	}
	if _, err := m.AttachFirst("f", "tracepoint:vfs_read"); !errors.As(err, &bad) {
		t.Errorf("got %v", err)
	}
	if _, err := FirstProbe(); err == nil {
		t.Error("no candidates, no error")
	}
	if _, err := m.AttachFirst("f"); err == nil {
		t.Error("no candidates, no error")
	}
}

func TestLiveAttachByTextKprobes(t *testing.T) {
	testenv.Live(t)
	testenv.NeedKprobes(t)
	m := counter(t)
	for text, function := range map[string]string{
		"kprobe:sys_getppid":    "first",
		"kretprobe:sys_getppid": "second",
	} {
		if _, err := m.Attach(text, function); err != nil {
			t.Fatal(err)
		}
	}
	l, err := m.AttachFirst("third", "kprobe:sys_no_such_call", "tracepoint:no:such", "kprobe:sys_getppid", "kprobe:sys_getpid")
	if err != nil {
		t.Fatal(err)
	}
	if want, _ := GetSyscallFnName("getppid"); l.Target() != want {
		t.Errorf("attached %v, want %s", l, want)
	}
	wantHits(t, m, 4, map[uint32]int{1: 1, 2: 1, 3: 1})
}
