package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// helperEnv makes this test binary a process that ends in an unusual way, once it
// may read a line.
const helperEnv = "EXITSNOOP_TEST_HELPER"

// help does what helperEnv asks for, and then does not return.
func help() {
	what := os.Getenv(helperEnv)
	if what == "" {
		return
	}
	runtime.LockOSThread() // the first thread
	if _, err := fmt.Scanln(); err != nil {
		os.Exit(100)
	}
	switch what {
	case "leader first":
		leaderFirst()
	case "threads":
		endThreads()
	}
	os.Exit(101)
}

// leaderFirst ends the first thread a second before the process, which ends with
// code 7.
func leaderFirst() {
	go func() {
		time.Sleep(time.Second)
		os.Exit(7)
	}()
	runtime.Gosched()
	_, _, _ = syscall.RawSyscall(unix.SYS_EXIT, 9, 0, 0) // this thread alone
}

// endThreads ends two threads with codes of their own, says which, and then the
// process.
func endThreads() {
	for code := range uintptr(2) {
		tids := make(chan int)
		go func() {
			runtime.LockOSThread()
			tids <- unix.Gettid()
			_, _, _ = syscall.RawSyscall(unix.SYS_EXIT, 40+code, 0, 0)
		}()
		fmt.Println("thread " + strconv.Itoa(<-tids))
	}
	time.Sleep(200 * time.Millisecond)
	os.Exit(0)
}
