package bccgo

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// progressAfter is how long something may take before somebody who waits at a
// terminal is told of it.
const progressAfter = 500 * time.Millisecond

// showProgress says on a terminal what takes its time, and returns what takes the
// words back. Where standard error is no terminal it does nothing.
func showProgress(text string) (done func()) {
	if !isTerminal(os.Stderr) {
		return func() {}
	}
	shown := make(chan bool, 1)
	timer := time.AfterFunc(progressAfter, func() {
		fmt.Fprint(os.Stderr, text+"...")
		shown <- true
	})
	return func() {
		if !timer.Stop() && <-shown {
			// Back to the line's begin, and clear it (ECMA-48 EL).
			fmt.Fprint(os.Stderr, "\r\x1b[K")
		}
	}
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
