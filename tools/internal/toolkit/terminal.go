package toolkit

import (
	"os"

	"golang.org/x/sys/unix"
)

// Size returns how many lines and columns the terminal has that the output goes
// to. It is not ok if that is no terminal, or one that does not know.
func (o *Output) Size() (lines, columns int, ok bool) {
	f, isFile := o.sum.w.(*os.File)
	if !isFile {
		return 0, 0, false
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Row == 0 || size.Col == 0 {
		return 0, 0, false
	}
	return int(size.Row), int(size.Col), true
}
