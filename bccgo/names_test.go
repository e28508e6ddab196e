package bccgo

import (
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestSyscallNames(t *testing.T) {
	for name, number := range map[string]int{
		"read": unix.SYS_READ, "openat": unix.SYS_OPENAT, "newfstatat": unix.SYS_NEWFSTATAT, "execve": unix.SYS_EXECVE,
		"clone3": unix.SYS_CLONE3, "bpf": unix.SYS_BPF, "getppid": unix.SYS_GETPPID, "pidfd_open": unix.SYS_PIDFD_OPEN,
	} {
		if got := SyscallName(number); got != name {
			t.Errorf("%d is %s, want %s", number, got, name)
		}
		if got, ok := SyscallNumber(name); !ok || got != number {
			t.Errorf("%s is %d, %t, want %d", name, got, ok, number)
		}
	}
	for _, number := range []int{-1, 100000} {
		if got := SyscallName(number); !strings.HasPrefix(got, "[unknown: ") {
			t.Errorf("%d is %q", number, got)
		}
	}
	for _, name := range []string{"", "no_such_call", "arch_specific_syscall"} {
		if got, ok := SyscallNumber(name); ok {
			t.Errorf("%q is %d", name, got)
		}
	}
}

func TestSyscalls(t *testing.T) {
	last, n := -1, 0
	for number, name := range Syscalls() {
		if number <= last || SyscallName(number) != name {
			t.Errorf("%d is %s after %d", number, name, last)
		}
		last, n = number, n+1
	}
	if n < 300 {
		t.Errorf("only %d system calls", n)
	}
	for range Syscalls() {
		break
	}
}

func TestTCPStateName(t *testing.T) {
	for state, want := range map[int]string{
		unix.BPF_TCP_ESTABLISHED: "ESTABLISHED", unix.BPF_TCP_SYN_SENT: "SYN_SENT", unix.BPF_TCP_SYN_RECV: "SYN_RECV",
		unix.BPF_TCP_FIN_WAIT1: "FIN_WAIT1", unix.BPF_TCP_FIN_WAIT2: "FIN_WAIT2", unix.BPF_TCP_TIME_WAIT: "TIME_WAIT",
		unix.BPF_TCP_CLOSE: "CLOSE", unix.BPF_TCP_CLOSE_WAIT: "CLOSE_WAIT", unix.BPF_TCP_LAST_ACK: "LAST_ACK",
		unix.BPF_TCP_LISTEN: "LISTEN", unix.BPF_TCP_CLOSING: "CLOSING", unix.BPF_TCP_NEW_SYN_RECV: "NEW_SYN_RECV",
		13: "BOUND_INACTIVE", 0: "[unknown: 0]", 14: "[unknown: 14]", -3: "[unknown: -3]",
	} {
		if got := TCPStateName(state); got != want {
			t.Errorf("%d is %s, want %s", state, got, want)
		}
	}
	if TCPListen != unix.BPF_TCP_LISTEN || TCPNewSynRecv != unix.BPF_TCP_NEW_SYN_RECV {
		t.Error("the constants have shifted")
	}
}

func TestTCPFlagNames(t *testing.T) {
	for flags, want := range map[uint8]string{
		0: "", TCPFlagSYN: "SYN", TCPFlagSYN | TCPFlagACK: "SYN|ACK", 0x11: "FIN|ACK",
		0xff: "FIN|SYN|RST|PSH|ACK|URG|ECE|CWR", TCPFlagRST: "RST", TCPFlagCWR: "CWR",
	} {
		if got := TCPFlagNames(flags); got != want {
			t.Errorf("%#x is %q, want %q", flags, got, want)
		}
	}
}

func TestCPUs(t *testing.T) {
	possible, err := PossibleCPUs()
	if err != nil {
		t.Fatal(err)
	}
	online, err := OnlineCPUs()
	if err != nil {
		t.Fatal(err)
	}
	if len(online) < runtime.NumCPU() || len(possible) < len(online) || !slices.IsSorted(possible) {
		t.Errorf("online %v, possible %v, and the program may use %d", online, possible, runtime.NumCPU())
	}
	for _, cpu := range online {
		if !slices.Contains(possible, cpu) {
			t.Errorf("CPU %d is online and not possible", cpu)
		}
	}
}

func TestMonotonicTime(t *testing.T) {
	before := MonotonicTime()
	time.Sleep(2 * time.Millisecond)
	after := MonotonicTime()
	if passed := time.Duration(after - before); passed < 2*time.Millisecond || passed > time.Minute {
		t.Errorf("%v have passed", passed)
	}
	if off := time.Since(KtimeToTime(after)); off < 0 || off > time.Minute {
		t.Errorf("%d is %v ago", after, off)
	}
}

func TestGenerateAutoIncludes(t *testing.T) {
	for want, words := range map[string][]string{
		"":                               {"int", "u64", "ctx"},
		"#include <linux/fs.h>\n":        {"struct", "file", "vfs_read"},
		"#include <linux/netdevice.h>\n": {"sk_buff"},
		"#include <linux/slab.h>\n":      {"__kmalloc", "kmem_cache_alloc"},
		"#include <linux/time.h>\n":      {"utime_t"},
		"#include <linux/blkdev.h>\n#include <linux/fs.h>\n": {"struct", "file", "request", "bio"},
	} {
		if got := GenerateAutoIncludes(words...); got != want {
			t.Errorf("%q: got %q, want %q", words, got, want)
		}
	}
}
