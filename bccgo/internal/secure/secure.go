// Package secure tells whether this process was given rights by the file it was
// started from: the set-user-ID bit or file capabilities. Then its environment
// and the folders of its user are in the hands of somebody with fewer rights,
// and must not lead it to programs for the kernel.
package secure

import (
	"encoding/binary"
	"os"
	"strconv"
	"sync"
)

// atSecure is AT_SECURE of <linux/auxvec.h>, which the kernel sets to 1 for
// such a process.
const atSecure = 23

// Process reports whether rights came with the file. It does where that cannot
// be found out: the kernel closes /proc/self/auxv to such a process itself.
var Process = sync.OnceValue(func() bool {
	auxv, err := os.ReadFile("/proc/self/auxv")
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

// given searches the vector's pairs of native words.
func given(auxv []byte) bool {
	const word = strconv.IntSize / 8
	for ; len(auxv) >= 2*word; auxv = auxv[2*word:] {
		if native(auxv[:word]) == atSecure {
			return native(auxv[word:2*word]) != 0
		}
	}
	return true
}

func native(b []byte) uint64 {
	if len(b) == 4 {
		return uint64(binary.NativeEndian.Uint32(b))
	}
	return binary.NativeEndian.Uint64(b)
}
