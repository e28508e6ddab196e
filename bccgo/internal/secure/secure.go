// Package secure tells whether this process was given rights by the file it was
// started from: the set-user-ID bit or file capabilities. Then its environment
// and the folders of its user are in the hands of somebody with fewer rights,
// and must not lead it to programs for the kernel.
package secure

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Process reports whether rights came with the file: the kernel says so in the
// auxiliary vector (AT_SECURE, getauxval(3)). It does where there is none.
var Process = sync.OnceValue(func() bool {
	auxv, err := unix.Auxv()
	return err != nil || given(auxv)
})

// Getenv is os.Getenv for what such a process must not follow: it is empty
// there.
func Getenv(name string) string {
	if Process() {
		return ""
	}
	return os.Getenv(name)
}

// atSecure is AT_SECURE of <linux/auxvec.h>.
const atSecure = 23

func given(auxv [][2]uintptr) bool {
	for _, entry := range auxv {
		if entry[0] == atSecure {
			return entry[1] != 0
		}
	}
	return true
}
