package bccgo

import (
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal makes standard error a terminal until the test ends, and returns the
// end of it that shows what is printed.
func terminal(t *testing.T) *os.File {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { screen.Close() })
	if err := unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	side, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	before := os.Stderr
	os.Stderr = side
	t.Cleanup(func() {
		os.Stderr = before
		side.Close()
	})
	return screen
}

// What takes long is told on a terminal and erased when it is done; what does not
// is not.
func TestProgress(t *testing.T) {
	screen := terminal(t)
	showProgress("never shown")()
	done := showProgress("counting sheep")
	time.Sleep(progressAfter + 50*time.Millisecond)
	done()
	fmt.Fprint(os.Stderr, "end")
	const want = "counting sheep...\r\x1b[Kend"
	got := make([]byte, 0, 100)
	for len(got) < len(want) {
		n, err := screen.Read(got[len(got):cap(got)])
		if err != nil {
			t.Fatal(err)
		}
		got = got[:len(got)+n]
	}
	if string(got) != want {
		t.Errorf("shown %q, want %q", got, want)
	}
}

// Where standard error is no terminal nothing is printed.
func TestProgressElsewhere(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stderr
	os.Stderr = w
	done := showProgress("counting sheep")
	time.Sleep(progressAfter + 50*time.Millisecond)
	done()
	os.Stderr = before
	w.Close()
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("%d bytes were printed, %v", n, err)
	}
	r.Close()
}
