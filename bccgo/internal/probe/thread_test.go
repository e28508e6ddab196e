package probe

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// onThread runs f on a thread of its own, which ends with it: whatever f does
// to the thread's user or mounts is gone afterwards.
func onThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		f()
	}()
	<-done
}

// asNobody runs f with an unprivileged user's access to files.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	onThread(func() {
		// The call changes this thread only, unlike syscall.Setresuid.
		if err := unix.Setfsuid(65534); err != nil {
			t.Errorf("setfsuid: %v", err)
			return
		}
		f()
	})
}
