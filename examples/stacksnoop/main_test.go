package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func needs(t *testing.T) {
	t.Helper()
	testenv.VM(t)
	testenv.NeedKprobes(t)
	testenv.NeedHeaders(t)
}

// trace starts the program for the kernel's part of sync and returns what it
// prints while this process calls it n times, and another process once.
func trace(t *testing.T, n int, args ...string) testenv.Result {
	t.Helper()
	p := testenv.Start(t, append(append([]string{testenv.Tool(t, "stacksnoop")}, args...), "ksys_sync")...)
	p.Await("Ctrl-C ends it", time.Minute)
	for range n {
		activity.Sync()
	}
	if out, err := exec.Command("sync").CombinedOutput(); err != nil {
		t.Fatalf("sync: %v\n%s", err, out)
	}
	p.Await(fmt.Sprintf(`(?s)(?:^\d.*?\n\n){%d}`, n), 10*time.Second)
	result := p.Stop()
	if result.ExitCode != 0 {
		t.Errorf("Ctrl-C: %v", result)
	}
	return result
}

func TestShowsStacksOfOneProcess(t *testing.T) {
	needs(t)
	pid := os.Getpid()
	result := trace(t, 2, "-v", "-s", "-p", strconv.Itoa(pid))
	want := fmt.Sprintf(`^SECONDS      TASK             PID     CPU FUNCTION\n`+
		`(?:\d+\.\d{6} +.{16} %-7d [01]   ksys_sync\n`+
		`\tksys_sync\+0x[01]\n`+
		`\t__\w+_sys_sync\+0x[0-9a-f]+\n`+
		`\tdo_syscall_64\+0x[0-9a-f]+\n`+
		`\tentry_SYSCALL_64_after_hwframe\+0x[0-9a-f]+\n\n){2}$`, pid)
	if !regexp.MustCompile(want).MatchString(result.Stdout) {
		t.Errorf("does not match %s: %v", want, result)
	}
}

func TestShowsStacksOfAll(t *testing.T) {
	needs(t)
	result := trace(t, 1)
	want := `^SECONDS      FUNCTION\n` +
		`(?:\d+\.\d{6} +ksys_sync\n\tksys_sync\n\t__\w+_sys_sync\n\tdo_syscall_64\n\tentry_SYSCALL_64_after_hwframe\n\n){2}$`
	if !regexp.MustCompile(want).MatchString(result.Stdout) {
		t.Errorf("does not match %s: %v", want, result)
	}
}

func TestRefusesUnknownFunction(t *testing.T) {
	needs(t)
	result := testenv.Run(t, time.Minute, testenv.Tool(t, "stacksnoop"), "ksys_sink")
	if result.ExitCode == 0 || !strings.Contains(result.Stderr, "ksys_sink") || !strings.Contains(result.Stderr, "ksys_sync") {
		t.Errorf("want an error that names what comes near: %v", result)
	}
}

func TestNeedsAFunction(t *testing.T) {
	testenv.Live(t)
	result := testenv.Run(t, time.Minute, testenv.Tool(t, "stacksnoop"), "-v")
	if result.ExitCode != 1 || !strings.Contains(result.Stderr, "FUNCTION") {
		t.Errorf("%v", result)
	}
}
