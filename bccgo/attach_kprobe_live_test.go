package bccgo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

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
	if err := m.DetachKretprobe("sys_getpgid", "leave"); err != nil {
		t.Fatal(err)
	}
	if got := placesOf(t, m); len(got) != 0 || m.NumOpenKprobes() != 0 {
		t.Errorf("noted %v without a probe; %d open", got, m.NumOpenKprobes())
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
	if _, err := m.AttachKprobe(symbol, "enter", &KprobeOptions{Offset: 1 << 20}); !errors.As(err, &why) || why.Reason != probe.KprobeBeyond {
		t.Errorf("beyond the function: %v", err)
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
