package bccgo

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/ksym"
	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestLiveSymKernel(t *testing.T) {
	testenv.Live(t)
	if err := SupportKSym(); err != nil {
		t.Fatal(err)
	}
	addr, ok := KSymName("vfs_read")
	if !ok {
		t.Fatal("the kernel has no vfs_read")
	}
	out, err := exec.Command("grep", "-w", "vfs_read", "/proc/kallsyms").Output()
	if err != nil || !strings.HasPrefix(string(out), fmt.Sprintf("%016x ", addr)) && !strings.Contains(string(out), fmt.Sprintf("\n%016x ", addr)) {
		t.Errorf("vfs_read at %#x, %v; kallsyms has %s", addr, err, out)
	}
	for _, test := range []struct {
		got, want string
	}{
		{KSym(addr, nil), "vfs_read"},
		{KSym(addr+3, &SymOptions{Offset: true, Module: true}), "vfs_read+0x3 [kernel]"},
		{Sym(addr+3, KernelPID, &SymOptions{Module: true}), "vfs_read [kernel]"},
		{KSym(0x1234, &SymOptions{Offset: true, Module: true}), "[unknown]"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
	if addr, ok := KSymName("no_such_function"); ok {
		t.Errorf("no_such_function at %#x", addr)
	}
	s := NewSymbols(nil)
	if got, err := s.Address(KernelPID, "", "vfs_read"); err != nil || got != addr {
		t.Errorf("Address: %#x, %v; want %#x", got, err, addr)
	}
	if _, err := s.Address(KernelPID, "no_module", "vfs_read"); err == nil || !strings.Contains(err.Error(), "the kernel") {
		t.Errorf("vfs_read of a module that is not there: %v", err)
	}
}

// TestLiveSymProgram finds a BPF program that was loaded after the symbols were
// read.
func TestLiveSymProgram(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	enabled, err := os.ReadFile("/proc/sys/net/core/bpf_jit_kallsyms")
	if err != nil || strings.TrimSpace(string(enabled)) == "0" {
		t.Skipf("the kernel does not list BPF programs: net.core.bpf_jit_kallsyms is %q, %v", enabled, err)
	}
	loadLive(t, `
TRACEPOINT_PROBE(syscalls, sys_enter_getppid)
{
	return 0;
}`, nil)
	out, err := exec.Command("grep", "-m", "1", "bpf_prog_.*getppid", "/proc/kallsyms").Output()
	if err != nil {
		t.Fatal(err)
	}
	var addr uint64
	var kind, name string
	if _, err := fmt.Sscanf(string(out), "%x %s %s", &addr, &kind, &name); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	want, got := name+"+0x1 [bpf]", ""
	// Symbols are read again at most once a second: another test may just have.
	for end := time.Now().Add(testenv.Timeout(3 * time.Second)); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if got = KSym(addr+1, &SymOptions{Offset: true, Module: true}); got == want {
			return
		}
	}
	t.Errorf("%q, want %q", got, want)
}

// TestLiveSymHidden gives up the right to see addresses, on one thread.
func TestLiveSymHidden(t *testing.T) {
	testenv.Live(t)
	restrict, err := os.ReadFile("/proc/sys/kernel/kptr_restrict")
	if err != nil {
		t.Fatal(err)
	}
	s := NewSymbols(nil)
	s.kernel = ksym.New(probe.Running())
	asNobody(t, func() {
		_, err = s.Lookup(0xffffffff81000000, KernelPID)
	})
	var hidden *HiddenSymbolsError
	if !errors.As(err, &hidden) {
		if strings.TrimSpace(string(restrict)) == "0" {
			t.Skipf("kernel.kptr_restrict is 0: the kernel may show addresses to everyone (%v)", err)
		}
		t.Fatalf("hidden addresses: %v", err)
	}
	if hidden.Restrict+"\n" != string(restrict) || !strings.Contains(err.Error(), "kernel.kptr_restrict") {
		t.Errorf("hidden addresses: %v; kptr_restrict is %s", err, restrict)
	}
	if addr, ok := s.KSymName("vfs_read"); !ok || addr != 0 {
		t.Errorf("vfs_read: %#x, %v", addr, ok)
	}
	if got := s.KSym(0xffffffff81000000, nil); got != unknownName {
		t.Errorf("a hidden address is %q", got)
	}
}

// asNobody calls f on a thread with another effective user, and so without
// capabilities.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	setEUID := func(uid int) {
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), uintptr(uid), ^uintptr(0)); errno != 0 {
			t.Fatalf("become user %d: %v", uid, errno)
		}
	}
	setEUID(65534)
	defer setEUID(0)
	f()
}

func BenchmarkKSym(b *testing.B) {
	addr, ok := KSymName("vfs_read")
	if !ok || addr == 0 {
		b.Skip("the kernel shows no address of vfs_read")
	}
	b.ReportAllocs()
	for b.Loop() {
		if KSym(addr+3, nil) != "vfs_read" {
			b.Fatal("not found")
		}
	}
}

func BenchmarkSym(b *testing.B) {
	// A test program may be stripped; the vdso never is.
	addr, err := sharedSymbols().Address(os.Getpid(), "[vdso]", "__vdso_time")
	if err != nil {
		b.Skip(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if Sym(addr, os.Getpid(), nil) == unknownName {
			b.Fatal("not found")
		}
	}
}
