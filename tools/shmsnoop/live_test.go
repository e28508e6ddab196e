package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// activity makes, attaches, detaches and removes memory, and fails to. It returns
// the thread that did and what is to be seen behind the names of processes.
func activity(t *testing.T) (tid int, want []string) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	see := func(call string, ret uintptr, err error, args string) {
		if errno, ok := err.(unix.Errno); ok {
			ret = -uintptr(errno)
		}
		want = append(want, fmt.Sprintf("%s %x %s", call, ret, args))
	}
	key := int(0xb0000000 | uint32(os.Getpid()))
	id, err := unix.SysvShmGet(key, 12345, unix.IPC_CREAT|unix.IPC_EXCL|0o600)
	if err != nil {
		t.Fatal(err)
	}
	see("SHMGET", uintptr(id), nil, fmt.Sprintf("key: 0x%x, size: 12345, shmflg: 0x780 (IPC_CREAT|IPC_EXCL|0600)", key))
	_, err = unix.SysvShmGet(key, 54321, unix.IPC_EXCL|unix.IPC_CREAT)
	see("SHMGET", 0, err, fmt.Sprintf("key: 0x%x, size: 54321, shmflg: 0x600 (IPC_CREAT|IPC_EXCL)", key))
	addr, _, errno := unix.Syscall(unix.SYS_SHMAT, uintptr(id), 0, unix.SHM_RDONLY)
	if errno != 0 {
		t.Fatal(errno)
	}
	see("SHMAT", addr, nil, fmt.Sprintf("shmid: 0x%x, shmaddr: 0x0, shmflg: 0x1000 (SHM_RDONLY)", id))
	_, _, errno = unix.Syscall(unix.SYS_SHMAT, uintptr(id), 1, 0)
	see("SHMAT", 0, errno, fmt.Sprintf("shmid: 0x%x, shmaddr: 0x1, shmflg: 0x0", id))
	if _, _, errno = unix.Syscall(unix.SYS_SHMDT, addr, 0, 0); errno != 0 {
		t.Fatal(errno)
	}
	see("SHMDT", 0, nil, fmt.Sprintf("shmaddr: 0x%x", addr))
	if _, err := unix.SysvShmCtl(id, unix.IPC_RMID, nil); err != nil {
		t.Fatal(err)
	}
	see("SHMCTL", 0, nil, fmt.Sprintf("shmid: 0x%x, cmd: 0, buf: 0x0", id))
	_, err = unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	see("SHMCTL", 0, err, fmt.Sprintf("shmid: 0x%x, cmd: 0, buf: 0x0", id))
	return unix.Gettid(), want
}

// self is this program's name as the kernel has it.
func self() string {
	name := filepath.Base(os.Args[0])
	return name[:min(15, len(name))]
}

// rows are what follows a process's or thread's name, in single spaces.
func rows(out string, id int) []string {
	var rows []string
	prefix := fmt.Sprintf("%d %s ", id, self())
	for line := range strings.Lines(out) {
		line = regexp.MustCompile(" +").ReplaceAllString(strings.TrimSpace(line), " ")
		if rest, ours := strings.CutPrefix(line, prefix); ours {
			rows = append(rows, rest)
		}
	}
	slices.Sort(rows) // processors mix
	return rows
}

func check(t *testing.T, out string, id int, want []string) {
	t.Helper()
	slices.Sort(want)
	if got := rows(out, id); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLive(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_shmget")
	pid := os.Getpid()
	t.Run("process", func(t *testing.T) {
		p := tooltest.Start(t, "shmsnoop", "-p", fmt.Sprint(pid), "-n", self()[1:])
		_, want := activity(t)
		check(t, tooltest.Stop(t, p).Stdout, pid, want)
	})
	t.Run("thread", func(t *testing.T) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		p := tooltest.Start(t, "shmsnoop", "-t", fmt.Sprint(unix.Gettid()))
		other := make(chan struct{})
		go func() { // by another thread
			defer close(other)
			activity(t)
		}()
		<-other
		tid, want := activity(t)
		check(t, tooltest.Stop(t, p).Stdout, tid, want)
	})
}
