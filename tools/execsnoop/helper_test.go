package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// helperEnv makes this test binary a program that starts others in an unusual
// way.
const helperEnv = "EXECSNOOP_TEST_HELPER"

// help does what helperEnv asks for, and then does not return.
func help() {
	var err error
	switch os.Getenv(helperEnv) {
	case "":
		return
	case "thread":
		err = execFromThread()
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// execFromThread starts a program from a thread that is not the process's
// first, whose id the kernel then changes.
func execFromThread() error {
	runtime.LockOSThread() // the first thread; main is locked to it until it ends
	failed := make(chan error)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == os.Getpid() {
			failed <- fmt.Errorf("thread %d is the first one", unix.Gettid())
			return
		}
		failed <- syscall.Exec("/bin/true", []string{"true", "from a thread"}, nil)
	}()
	return <-failed
}

// runHelper runs this test binary as a helper and returns its process id.
func runHelper(t *testing.T, what string) int {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), helperEnv+"="+what)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("helper %s: %v\n%s", what, err, out)
	}
	return cmd.Process.Pid
}
