package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

const (
	capSysChroot = 18
	capSysAdmin  = 21
)

// activity is what a thread does that ends with it: three times it may change its
// root, then it gives up its rights, which takes one, then it may not any more. In
// between the kernel asks silently for a right. It returns the thread.
func activity(t *testing.T) int {
	t.Helper()
	tids, failed := make(chan int, 1), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with this
		tids <- unix.Gettid()
		failed <- useRights()
	}()
	tid := <-tids
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	return tid
}

func useRights() error {
	for range 3 {
		if err := unix.Chroot("/"); err != nil {
			return err
		}
	}
	if err := askedSilently(); err != nil {
		return err
	}
	const keep, nobody = ^uintptr(0), 65534
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, keep, nobody, keep); errno != 0 { // of this thread alone
		return errno
	}
	if err := unix.Chroot("/"); err != unix.EPERM {
		return fmt.Errorf("without rights: %w", err)
	}
	return nil
}

// askedSilently has the kernel ask for a right without a word in the audit log. When
// it is memory that is asked for, some kernels have the function inlined; filters of
// system calls, here one whose address is wrong, others do not know.
func askedSilently() error {
	memory, err := unix.Mmap(-1, 0, 1<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return err
	}
	filter := &unix.SockFprog{Len: 1}
	err = unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, reflect.ValueOf(filter).Pointer(), 0, 0)
	runtime.KeepAlive(filter)
	if err != unix.EFAULT && err != unix.EINVAL {
		return fmt.Errorf("install a wrong filter: %w", err)
	}
	return unix.Munmap(memory)
}

// seen are a thread's checks in JSON lines.
func seen(t *testing.T, out string, tid int) []checked {
	t.Helper()
	var all []checked
	for line := range strings.Lines(out) {
		var c checked
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if c.TID != uint32(tid) {
			continue
		}
		all = append(all, c)
		if self := filepath.Base(os.Args[0]); c.PID != uint32(os.Getpid()) || c.Comm != self[:min(15, len(self))] {
			t.Errorf("got %+v", c)
		}
		if age := time.Since(c.Time); age < 0 || age > 5*time.Minute {
			t.Errorf("asked %v ago", age)
		}
	}
	return all
}

// short are checks in short, without the silent ones.
func short(all []checked) []string {
	var out []string
	for _, c := range all {
		if c.Cap != capSysAdmin {
			out = append(out, fmt.Sprintf("%d %s %d audit:%s insetid:%s granted:%s", c.Cap, c.Name, c.UID, digit(c.Audit), digit(c.InSetID), digit(c.Granted)))
		}
	}
	return out
}

// silent counts the checks that leave no trace in the audit log.
func silent(all []checked) (n int) {
	for _, c := range all {
		if c.Cap == capSysAdmin {
			n++
		}
	}
	return n
}

func TestLive(t *testing.T) {
	testenv.Live(t)
	testenv.NotEmulated(t) // Linux 6.1 has no such tracepoint
	testenv.NeedTracepoint(t, "capability:cap_capable")
	const (
		granted = "18 CAP_SYS_CHROOT 0 audit:N/A insetid:N/A granted:1"
		denied  = "18 CAP_SYS_CHROOT 0 audit:N/A insetid:N/A granted:0"
		setuid  = "7 CAP_SETUID 0 audit:N/A insetid:N/A granted:1"
	)
	for _, test := range []struct {
		name string
		args []string
		want []string
	}{
		{"all", []string{"-KU"}, []string{granted, granted, granted, setuid, denied}},
		{"unique", []string{"--unique"}, []string{granted, setuid, denied}},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := append([]string{"--json", "--probes", "tracepoint", "-p", fmt.Sprint(os.Getpid())}, test.args...)
			p := tooltest.Start(t, "capable", args...)
			tid := activity(t)
			all := seen(t, tooltest.Stop(t, p).Stdout, tid)
			if got := short(all); !slices.Equal(got, test.want) || silent(all) == 0 {
				t.Errorf("got %q, %d silent, want %q", got, silent(all), test.want)
			}
			if test.name == "all" {
				checkStacks(t, all)
			}
		})
	}
}

// checkStacks wants to see who changed the root: the functions of a test's program
// have no names, but the file has.
func checkStacks(t *testing.T, all []checked) {
	t.Helper()
	has := func(stack []string, function string) bool {
		return slices.ContainsFunc(stack, func(f string) bool { return strings.Contains(f, function) })
	}
	for _, c := range all {
		if c.Cap == capSysChroot && (!has(c.KernelStack, "sys_chroot+0x") || !has(c.UserStack, "["+filepath.Base(os.Args[0])+"]")) {
			t.Errorf("stacks %q, %q", c.KernelStack, c.UserStack)
		}
	}
}
