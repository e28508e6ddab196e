package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
)

// Flags that package syscall lacks; the same on every architecture that Go
// runs on.
const (
	oPath    = 0x200000
	oTmpfile = 0x400000 | syscall.O_DIRECTORY
)

// openFlags are the flags of open by name. O_RDONLY has no bits to filter by.
var openFlags = map[string]uint32{
	"O_WRONLY": syscall.O_WRONLY, "O_RDWR": syscall.O_RDWR,
	"O_CREAT": syscall.O_CREAT, "O_EXCL": syscall.O_EXCL, "O_NOCTTY": syscall.O_NOCTTY,
	"O_TRUNC": syscall.O_TRUNC, "O_APPEND": syscall.O_APPEND, "O_NONBLOCK": syscall.O_NONBLOCK,
	"O_NDELAY": syscall.O_NDELAY, "O_DSYNC": syscall.O_DSYNC, "O_SYNC": syscall.O_SYNC,
	"O_RSYNC": syscall.O_RSYNC, "O_ASYNC": syscall.O_ASYNC, "O_DIRECT": syscall.O_DIRECT,
	"O_LARGEFILE": 0o100000, "O_DIRECTORY": syscall.O_DIRECTORY, "O_NOFOLLOW": syscall.O_NOFOLLOW,
	"O_NOATIME": syscall.O_NOATIME, "O_CLOEXEC": syscall.O_CLOEXEC, "O_PATH": oPath, "O_TMPFILE": oTmpfile,
}

func openFlag(name string) (uint32, error) {
	if bits, ok := openFlags[name]; ok {
		return bits, nil
	}
	if name == "O_RDONLY" {
		return 0, fmt.Errorf("--flag_filter O_RDONLY: it is no bit but the lack of O_WRONLY and O_RDWR")
	}
	return 0, fmt.Errorf("--flag_filter %q: want one of %s", name, strings.Join(slices.Sorted(maps.Keys(openFlags)), " "))
}

// hasMode tells whether a call with these flags uses its mode.
func hasMode(flags uint32) bool {
	return flags&syscall.O_CREAT != 0 || flags&oTmpfile == oTmpfile
}
