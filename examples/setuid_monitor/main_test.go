package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// setuid makes the bare system call on threads of its own, so that the user of
// this process stays: on the first one to become each user in turn.
func setuid(uids ...int) []error {
	result := make(chan []error)
	go func() {
		// Never unlocked: the thread ends with this function.
		runtime.LockOSThread()
		var list []error
		for _, uid := range uids {
			_, _, errno := syscall.RawSyscall(syscall.SYS_SETUID, uintptr(uid), 0, 0)
			if errno != 0 {
				list = append(list, errno)
			}
		}
		result <- list
	}()
	return <-result
}

func TestShowsSetuid(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_setuid")
	pid := os.Getpid()
	p := testenv.Start(t, testenv.Tool(t, "setuid_monitor"), "-p", strconv.Itoa(pid))
	p.Await("Ctrl-C ends it", time.Minute)

	// Once it is 1234 it may become nobody else; the attempt is shown, too.
	if errs := setuid(0, 1234, 4321); len(errs) != 1 {
		t.Fatalf("setuid: %v, want one refusal", errs)
	}
	p.Await(`4321$`, 10*time.Second)

	result := p.Stop()
	head, body, _ := strings.Cut(result.Stdout, "\n")
	if result.ExitCode != 0 || head != "TIME     PID     TASK                UID     TO" {
		t.Errorf("heading: %v", result)
	}
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.QuoteMeta(strings.TrimSpace(string(comm)))
	want := regexp.MustCompile(fmt.Sprintf(`^(?:\d\d:\d\d:\d\d %-7d %-16s +\d+ +\d+\n){3}$`, pid, name))
	if !want.MatchString(body) {
		t.Errorf("rows do not match %v: %v", want, result)
	}
	var changes []string
	for _, m := range regexp.MustCompile(`(?m)(\d+) +(\d+)$`).FindAllStringSubmatch(body, -1) {
		changes = append(changes, m[1]+">"+m[2])
	}
	if got := strings.Join(changes, " "); got != "0>0 0>1234 1234>4321" {
		t.Errorf("changes %s: %v", got, result)
	}
}
