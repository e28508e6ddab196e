package usym

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// identity tells one program of one process from others that have its pid: a
// later process, or what it executes next.
type identity struct {
	// born is when the process started, in ticks after boot.
	born uint64
	// code and stack are where its program and stack are. exec changes the
	// stack, whose place is random. Both are 0 once the memory is gone.
	code, stack uint64
}

// gone reports whether the process has no user memory: it has ended and waits
// for its parent, or is a kernel thread.
func (i identity) gone() bool {
	return i.code == 0 && i.stack == 0
}

func readIdentity(root rootfs.FS, pid int) (identity, error) {
	text, err := os.ReadFile(procPath(root, pid, "stat"))
	if err != nil {
		return identity{}, err
	}
	id, err := parseStat(text)
	if err != nil {
		return identity{}, fmt.Errorf("process %d: %w", pid, err)
	}
	return id, nil
}

// parseStat reads /proc/PID/stat: "PID (COMM) STATE …". COMM may contain
// anything, parentheses and blanks too.
func parseStat(text []byte) (identity, error) {
	// Positions after COMM; proc(5) counts from 1 at PID.
	const born, code, stack = 22 - 3, 26 - 3, 28 - 3
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) <= stack {
		return identity{}, fmt.Errorf("read stat: %q has too few fields", text)
	}
	var id identity
	for at, to := range map[int]*uint64{born: &id.born, code: &id.code, stack: &id.stack} {
		n, err := strconv.ParseUint(fields[at], 10, 64)
		if err != nil {
			return identity{}, fmt.Errorf("read stat: field %d: %w", at+3, err)
		}
		*to = n
	}
	return id, nil
}

// procPath is the path of a file of a process.
func procPath(root rootfs.FS, pid int, name string) string {
	return string(liveRoot(root)) + "proc/" + strconv.Itoa(pid) + "/" + name
}

// liveRoot is root as a path that ends in a slash.
func liveRoot(root rootfs.FS) rootfs.FS {
	if root.IsLive() {
		return rootfs.Live
	}
	return root + "/"
}

// Born returns when a process started, in ticks after boot, which tells it from
// a later one of the same pid.
func Born(root rootfs.FS, pid int) (uint64, error) {
	id, err := readIdentity(root, pid)
	return id.born, err
}
