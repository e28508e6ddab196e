package testenv

import (
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync"
)

var forks = make(chan func())

// startForker makes ready for start, once.
var startForker = sync.OnceFunc(func() {
	// A program started in the background ignores interrupts, and so would all
	// it starts. A signal that is handled is reset by exec, so handle it; that
	// nobody reads the channel leaves it without effect here.
	if signal.Ignored(os.Interrupt) {
		signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	}
	go forkLoop()
})

// forkLoop starts processes from one thread that lives as long as the program.
// The parent-death signal is about threads: a process started from a thread
// that ends would die with it.
func forkLoop() {
	runtime.LockOSThread()
	for fork := range forks {
		fork()
	}
}

// start starts a command that dies with this program.
func start(cmd *exec.Cmd) error {
	startForker()
	done := make(chan error)
	forks <- func() { done <- cmd.Start() }
	return <-done
}
