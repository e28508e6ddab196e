package bccgo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/internal/testenv"
)

// placeText notes, by the address of the function that runs it, how often it
// ran, the program counter, the first argument of the system call, and what the
// call returned.
const placeText = `
#include <uapi/linux/ptrace.h>
struct place_t {
	u64 hits;
	u64 ip;
	u64 argument;
	u64 result;
};
BPF_HASH(places, u64, struct place_t);

static struct place_t *place(struct pt_regs *ctx)
{
	struct place_t zero = {}, *p;
	u64 function = bpf_get_func_ip(ctx);

	if (bpf_get_current_pid_tgid() >> 32 != ME)
		return 0;
	p = places.lookup_or_try_init(&function, &zero);
	if (p) {
		p->hits++;
		p->ip = PT_REGS_IP(ctx);
	}
	return p;
}

int enter(struct pt_regs *ctx)
{
	struct pt_regs *user = (struct pt_regs *)PT_REGS_PARM1(ctx);
	struct place_t *p = place(ctx);

	if (p)
		bpf_probe_read_kernel(&p->argument, sizeof(u64), &user->di);
	return 0;
}

int leave(struct pt_regs *ctx)
{
	struct place_t *p = place(ctx);

	if (p)
		p->result = PT_REGS_RC(ctx);
	return 0;
}
`

type place struct{ Hits, IP, Argument, Result uint64 }

// placesOf makes system calls and returns what was noted, by the call's name.
func placesOf(t *testing.T, m *Module) map[string]place {
	t.Helper()
	table, err := Map[uint64, place](m, "places")
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Clear(); err != nil {
		t.Fatal(err)
	}
	self := uintptr(os.Getpid())
	for range 4 {
		syscall.RawSyscall(unix.SYS_GETPGID, self, 0, 0)
	}
	for range 3 {
		syscall.RawSyscall(unix.SYS_GETSID, self, 0, 0)
	}
	noted := make(map[string]place)
	for _, name := range []string{"getpgid", "getsid"} {
		symbol, err := GetSyscallFnName(name)
		if err != nil {
			t.Fatal(err)
		}
		addr, ok := KSymName(symbol)
		if !ok {
			t.Fatalf("no address of %s", symbol)
		}
		if p, err := table.Lookup(addr); err == nil {
			noted[name] = p
		}
	}
	if n, err := table.Len(); err != nil || n != len(noted) {
		t.Errorf("%d functions noted, %v; want %v", n, err, noted)
	}
	return noted
}

func placeModule(t *testing.T) *Module {
	t.Helper()
	testenv.Live(t)
	testenv.NeedKprobes(t)
	return loadLive(t, placeText, &Options{Defines: me()})
}

// needKprobeMulti skips the test on a kernel that was built without what
// kprobe_multi links are made of, as Debian's was up to 6.1.
func needKprobeMulti(t testing.TB) {
	t.Helper()
	err := SupportKprobeMulti()
	if err == nil {
		return
	}
	if set, _ := probe.Running().Config("CONFIG_FPROBE"); set == "" {
		t.Skip(err)
	}
	t.Fatal(err)
}

// mechanisms runs a test with one link for many functions and with one each.
func mechanisms(t *testing.T, test func(t *testing.T, multi bool)) {
	t.Helper()
	t.Run("together", func(t *testing.T) {
		needKprobeMulti(t)
		test(t, true)
	})
	t.Run("one by one", func(t *testing.T) {
		canKprobeMulti = func() error { return errors.New("not in this test") }
		defer func() { canKprobeMulti = SupportKprobeMulti }()
		test(t, false)
	})
}

const callsRe = "__x64_sys_get(pgid|sid)"

func TestLiveKprobeRe(t *testing.T) {
	m := placeModule(t)
	mechanisms(t, func(t *testing.T, multi bool) {
		before := openProbes.Load()
		l, err := m.AttachKprobeRe(callsRe, "enter", nil)
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"__x64_sys_getpgid", "__x64_sys_getsid"}; !slices.Equal(l.Targets(), want) || m.NumOpenKprobes() != 2 {
			t.Errorf("targets %v, %d open", l.Targets(), m.NumOpenKprobes())
		}
		if got, want := openProbes.Load()-before, map[bool]int64{true: 1, false: 2}[multi]; got != want {
			t.Errorf("%d of the limit taken, want %d", got, want)
		}
		pid := uint64(os.Getpid())
		got := placesOf(t, m)
		for name, hits := range map[string]uint64{"getpgid": 4, "getsid": 3} {
			if p := got[name]; p.Hits != hits || p.Argument != pid {
				t.Errorf("%s: %+v, want %d hits with argument %d", name, p, hits, pid)
			}
			if symbol := KSym(got[name].IP, nil); !strings.Contains(symbol, name) {
				t.Errorf("%s: PT_REGS_IP is in %s", name, symbol)
			}
		}
		// One of the matches alone, then the rest.
		if err := m.DetachKprobe("sys_getsid", "enter"); err != nil {
			t.Fatal(err)
		}
		if got := placesOf(t, m); got["getpgid"].Hits != 4 || got["getsid"].Hits != 0 || m.NumOpenKprobes() != 1 {
			t.Errorf("after detaching one: %+v, %d open", got, m.NumOpenKprobes())
		}
		if err := m.DetachKprobe(callsRe, ""); err != nil {
			t.Fatal(err)
		}
		if got := placesOf(t, m); len(got) != 0 || m.NumOpenKprobes() != 0 || openProbes.Load() != before {
			t.Errorf("after detaching all: %+v, %d open, %d of the limit", got, m.NumOpenKprobes(), openProbes.Load()-before)
		}
	})
}

func TestLiveKretprobeRe(t *testing.T) {
	m := placeModule(t)
	pgid, err := unix.Getpgid(0)
	if err != nil {
		t.Fatal(err)
	}
	check := func(t *testing.T, l *Link, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if p := placesOf(t, m)["getpgid"]; p.Hits != 4 || p.Result != uint64(pgid) {
			t.Errorf("%+v, want 4 hits with result %d", p, pgid)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	mechanisms(t, func(t *testing.T, _ bool) {
		l, err := m.AttachKretprobeRe(callsRe, "leave", nil)
		check(t, l, err)
	})
	t.Run("maxactive", func(t *testing.T) {
		before := probeEvents(t)
		l, err := m.AttachKretprobeRe(callsRe, "leave", &KprobeOptions{MaxActive: 7})
		if lines := probeEvents(t); err == nil && strings.Count(lines, "r7:") != 2 {
			t.Errorf("kprobe_events has\n%s", lines)
		}
		check(t, l, err)
		if lines := probeEvents(t); lines != before {
			t.Errorf("left in kprobe_events\n%s", lines)
		}
	})
}

// probeEvents is the list of probes made through tracefs.
func probeEvents(t *testing.T) string {
	t.Helper()
	dir, err := probe.Running().Tracefs()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(dir + "/kprobe_events")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestLiveKprobeReErrors(t *testing.T) {
	m := placeModule(t)
	mechanisms(t, func(t *testing.T, multi bool) {
		var match *MatchError
		for _, pattern := range []string{"no_such_function_here.*", "x64_sys_getpgid"} {
			if _, err := m.AttachKprobeRe(pattern, "enter", nil); !errors.As(err, &match) || len(match.Refused) != 0 {
				t.Errorf("%s: %v", pattern, err)
			}
		}
		for _, pattern := range []string{"", "(", "(?!x)"} {
			var attach *AttachError
			if _, err := m.AttachKprobeRe(pattern, "enter", nil); !errors.As(err, &attach) {
				t.Errorf("%q: %v", pattern, err)
			}
		}
		var unknown *UnknownError
		if _, err := m.AttachKretprobeRe(callsRe, "nothing", nil); !errors.As(err, &unknown) {
			t.Errorf("unknown function: %v", err)
		}
		if _, err := m.AttachKretprobeRe(callsRe, "leave", &KprobeOptions{Offset: 4}); err == nil {
			t.Error("a return probe with an offset was attached")
		}
		t.Setenv("BCC_PROBE_LIMIT", "1")
		_, err := m.AttachKprobeRe(callsRe, "enter", nil)
		var limit *ProbeLimitError
		if multi != (err == nil) || !multi && (!errors.As(err, &limit) || limit.Wanted != 2) {
			t.Errorf("under a limit of 1: %v", err)
		}
		if multi {
			if _, err := m.AttachKprobe("sys_getsid", "enter", nil); !errors.As(err, &limit) || limit.Open != 1 {
				t.Errorf("above the limit: %v", err)
			}
			if err := m.DetachKprobe(callsRe, ""); err != nil {
				t.Error(err)
			}
		}
		if len(m.Links()) != 0 {
			t.Errorf("left %v", m.Links())
		}
	})
}

// TestLiveKprobesRefused gives functions that exist to what cannot take them:
// the good ones are attached to, and the others are named.
func TestLiveKprobesRefused(t *testing.T) {
	m := placeModule(t)
	needKprobeMulti(t)
	good, err := probe.Running().KprobeFunctions(func(name []byte) bool {
		return string(name) == "__x64_sys_getpgid" || string(name) == "__x64_sys_getsid" || string(name) == "vfs_read"
	})
	if err != nil || len(good) != 3 {
		t.Fatalf("%v, %v", good, err)
	}
	p, err := m.programAs("enter", loadAs{typ: Kprobe, attach: ebpf.AttachTraceKprobeMulti})
	if err != nil {
		t.Fatal(err)
	}
	bad := probe.Function{Name: "inside", Addr: good[1].Addr + 3}
	a := &kprobesAttach{hook: kprobeHook, program: p, functions: append(slices.Clone(good), bad)}
	if err := a.together(); err != nil {
		t.Fatal(err)
	}
	if len(a.refused) != 1 || a.refused[0].Probe != "kprobe:inside" || len(a.group.names()) != 3 {
		t.Errorf("refused %v, attached %v", a.refused, a.group.names())
	}
	if got := placesOf(t, m); got["getpgid"].Hits != 4 || got["getsid"].Hits != 3 {
		t.Errorf("noted %+v", got)
	}
	if err := a.group.Close(); err != nil {
		t.Error(err)
	}
}

func TestLiveKprobeTwice(t *testing.T) {
	m := placeModule(t)
	for range 2 {
		if _, err := m.AttachKprobe("sys_getpgid", "enter", nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := placesOf(t, m)["getpgid"].Hits; got != 8 || m.NumOpenKprobes() != 2 {
		t.Errorf("%d hits, want 8; %d open", got, m.NumOpenKprobes())
	}
	if _, err := m.AttachKretprobe("sys_getpgid", "leave", nil); err != nil {
		t.Fatal(err)
	}
	if err := m.DetachKprobe("sys_getpgid", "enter"); err != nil {
		t.Fatal(err)
	}
	if got := placesOf(t, m)["getpgid"].Hits; got != 4 || m.NumOpenKprobes() != 1 {
		t.Errorf("%d hits, want those of the return probe; %d open", got, m.NumOpenKprobes())
	}
}

func TestLiveKprobeOffset(t *testing.T) {
	m := placeModule(t)
	symbol, err := GetSyscallFnName("getpgid")
	if err != nil {
		t.Fatal(err)
	}
	// The first instruction of a traceable function has 5 bytes on x86-64, and
	// 4 more are before it in a kernel with branch tracking.
	var l *Link
	for _, offset := range []uint64{5, 9, 4} {
		if l, err = m.AttachKprobe(symbol, "enter", &KprobeOptions{Offset: offset}); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%s+%#x", symbol, l.offset(t)); l.Target() != want {
		t.Errorf("target %s, want %s", l.Target(), want)
	}
	addr, ok := KSymName(symbol)
	if !ok {
		t.Fatalf("no address of %s", symbol)
	}
	table, err := Map[uint64, place](m, "places")
	if err != nil {
		t.Fatal(err)
	}
	syscall.RawSyscall(unix.SYS_GETPGID, 0, 0, 0)
	// Inside of a function, bpf_get_func_ip gives 0.
	if p, err := table.Lookup(0); err != nil || p.Hits != 1 || p.IP != addr+l.offset(t)+1 {
		t.Errorf("%+v, %v, want %#x", p, err, addr+l.offset(t)+1)
	}
	if err := m.DetachKprobe("sys_getpgid", ""); err != nil {
		t.Error(err)
	}
	var why *KprobeError
	if _, err := m.AttachKprobe(symbol, "enter", &KprobeOptions{Offset: 2}); !errors.As(err, &why) || why.Reason != probe.KprobeMisplaced {
		t.Errorf("inside of an instruction: %v", err)
	}
	if _, err := m.AttachKprobe(symbol, "enter", &KprobeOptions{MaxActive: 2}); err == nil {
		t.Error("an entry probe took MaxActive")
	}
	if _, err := m.AttachKretprobe(symbol, "leave", &KprobeOptions{MaxActive: -2}); err == nil {
		t.Error("a negative MaxActive was taken")
	}
	if _, err := m.AttachKprobe("", "enter", nil); err == nil {
		t.Error("attached to no function")
	}
}

func (l *Link) offset(t *testing.T) (offset uint64) {
	t.Helper()
	_, text, _ := strings.Cut(l.Target(), "+")
	if _, err := fmt.Sscanf(text, "0x%x", &offset); err != nil {
		t.Fatal(err)
	}
	return offset
}

func TestLiveKretprobeMaxActive(t *testing.T) {
	m := placeModule(t)
	before := probeEvents(t)
	l, err := m.AttachKretprobe("sys_getsid", "leave", &KprobeOptions{MaxActive: 9})
	if err != nil {
		t.Fatal(err)
	}
	if lines := probeEvents(t); !strings.Contains(lines, "r9:") || !strings.Contains(lines, "getsid") {
		t.Errorf("kprobe_events has\n%s", lines)
	}
	if got := placesOf(t, m)["getsid"].Hits; got != 3 {
		t.Errorf("%d hits", got)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if lines := probeEvents(t); lines != before {
		t.Errorf("left in kprobe_events\n%s", lines)
	}
}

// TestLiveKprobeInModule probes a function of a module that the machine has
// loaded, found in kallsyms.
func TestLiveKprobeInModule(t *testing.T) {
	testenv.VM(t)
	m := placeModule(t)
	functions, err := probe.Running().KprobeFunctions(func(name []byte) bool { return string(name) == "p9_client_rpc" || string(name) == "v9fs_vfs_lookup" })
	if err != nil || len(functions) == 0 {
		t.Fatalf("no function of the 9p modules: %v", err)
	}
	f := functions[0]
	for _, hook := range []string{"kprobe:", "kretprobe:"} {
		l, err := m.Attach(hook+f.Module+":"+f.Name, "leave")
		if err != nil {
			t.Fatal(err)
		}
		if l.Target() != f.Module+":"+f.Name {
			t.Errorf("target %s", l.Target())
		}
		table, err := Map[uint64, place](m, "places")
		if err != nil {
			t.Fatal(err)
		}
		if err := table.Clear(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(fmt.Sprintf("/usr/no-such-file-%d-%s", os.Getpid(), hook)); !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if p, err := table.Lookup(f.Addr); err != nil || p.Hits == 0 {
			t.Errorf("%s: %+v, %v", l, p, err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	var why *KprobeError
	if _, err := m.AttachKprobe("no_such_module:"+f.Name, "enter", nil); !errors.As(err, &why) || why.Reason != probe.KprobeAbsent {
		t.Errorf("another module: %v", err)
	}
	if _, err := m.AttachKretprobe(f.Module+":"+f.Name, "leave", &KprobeOptions{MaxActive: 3}); err == nil {
		t.Error("MaxActive was taken with a module")
	}
}
