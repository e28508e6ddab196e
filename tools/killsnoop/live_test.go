package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// sent is a signal as it was sent.
type sent struct {
	Signal, TPID, TTID, Result int32
}

// activity sends signals of all kinds from this process to a child and to nobody.
func activity(t *testing.T) (child, gone int, all []sent) {
	t.Helper()
	p := testenv.Start(t, "sleep", "60")
	dead := testenv.Start(t, "true")
	dead.Wait(time.Minute)
	child, gone = p.Pid(), dead.Pid()
	send := func(target, thread int, sig syscall.Signal, err error) {
		s := sent{Signal: int32(sig), TPID: int32(target), TTID: int32(thread)}
		var errno syscall.Errno
		if errors.As(err, &errno) {
			s.Result = -int32(errno)
		}
		all = append(all, s)
	}
	send(child, 0, 0, unix.Kill(child, 0))
	send(child, 0, unix.SIGURG, unix.Kill(child, unix.SIGURG))
	send(child, 0, 64, unix.Kill(child, 64))
	send(gone, 0, unix.SIGTERM, unix.Kill(gone, unix.SIGTERM))
	send(-gone, 0, unix.SIGTERM, unix.Kill(-gone, unix.SIGTERM))
	send(child, 0, 65, unix.Kill(child, 65))
	send(child, child, unix.SIGCONT, unix.Tgkill(child, child, unix.SIGCONT))
	send(gone, gone, unix.SIGCONT, unix.Tgkill(gone, gone, unix.SIGCONT))
	_, _, errno := unix.Syscall(unix.SYS_TKILL, uintptr(child), uintptr(unix.SIGWINCH), 0)
	send(0, child, unix.SIGWINCH, errno)
	return child, gone, all
}

// seen are the signals in JSON lines that this process sent to either.
func seen(t *testing.T, out string, child, gone int) []sent {
	t.Helper()
	var all []sent
	for line := range strings.Lines(out) {
		var s signal
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		target := max(s.TPID, -s.TPID, s.TTID)
		if s.PID != uint32(os.Getpid()) || target != int32(child) && target != int32(gone) {
			continue
		}
		all = append(all, sent{s.Signal, s.TPID, s.TTID, s.Result})
		if self := filepath.Base(os.Args[0]); s.Comm != self[:min(15, len(self))] || s.UID != 0 || s.TID == 0 || s.Name != unix.SignalName(syscall.Signal(s.Signal)) {
			t.Errorf("got %+v", s)
		}
		if age := time.Since(s.Time); age < 0 || age > 5*time.Minute {
			t.Errorf("sent %v ago", age)
		}
	}
	return all
}

// sorted undoes the mixing of processors.
func sorted(all []sent) []sent {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b sent) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return all
}

func check(t *testing.T, got, want []sent) {
	t.Helper()
	if got, want = sorted(got), sorted(want); !slices.Equal(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
}

// where leaves some signals out.
func where(all []sent, wanted func(sent) bool) []sent {
	return slices.DeleteFunc(slices.Clone(all), func(s sent) bool { return !wanted(s) })
}

func TestLive(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_kill")
	self := fmt.Sprint(os.Getpid())
	for _, test := range []struct {
		name   string
		args   []string
		wanted func(sent) bool
	}{
		{"threads", []string{"--threads"}, func(sent) bool { return true }},
		{"failed", []string{"-x", "--threads"}, func(s sent) bool { return s.Result < 0 }},
		{"signals", []string{"-s", "TERM,0,64"}, func(s sent) bool { return s.TTID == 0 && (s.Signal == 15 || s.Signal == 0 || s.Signal == 64) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := tooltest.Start(t, "killsnoop", append([]string{"--json", "-p", self}, test.args...)...)
			child, gone, all := activity(t)
			check(t, seen(t, tooltest.Stop(t, p).Stdout, child, gone), where(all, test.wanted))
		})
	}
}

// Only signals to a process, in text.
func TestLiveTarget(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_kill")
	target := testenv.Start(t, "sleep", "60")
	p := tooltest.Start(t, "killsnoop", "-T", fmt.Sprint(target.Pid()))
	activity(t)
	shell := testenv.Start(t, "sh", "-c", `kill -s WINCH "$0"; kill -s TERM "$0"`, fmt.Sprint(target.Pid()))
	shell.Wait(time.Minute)
	var got []string
	for line := range strings.Lines(tooltest.Stop(t, p).Stdout) {
		got = append(got, strings.Join(strings.Fields(line)[1:], " "))
	}
	want := []string{"PID COMM SIG TPID RESULT",
		fmt.Sprintf("%d sh 28 %d 0", shell.Pid(), target.Pid()), fmt.Sprintf("%d sh 15 %d 0", shell.Pid(), target.Pid())}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
