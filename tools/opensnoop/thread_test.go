package main

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// lockedThread keeps the calling goroutine, and only it, on a thread until it
// ends, and returns the thread's id.
func lockedThread() int {
	runtime.LockOSThread()
	return unix.Gettid()
}
