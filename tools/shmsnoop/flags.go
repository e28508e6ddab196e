package main

import (
	"fmt"
	"strings"
)

// flag is one of shmget's or shmat's flags: the bits that have the value.
type flag struct {
	mask, value uint32
	name        string
}

// From linux/shm.h and linux/ipc.h.
var (
	getFlags = append([]flag{
		{0o1000, 0o1000, "IPC_CREAT"}, {0o2000, 0o2000, "IPC_EXCL"},
		{0o4000, 0o4000, "SHM_HUGETLB"}, {0o10000, 0o10000, "SHM_NORESERVE"},
	}, hugeFlags()...)
	atFlags = []flag{
		{0o10000, 0o10000, "SHM_RDONLY"}, {0o20000, 0o20000, "SHM_RND"},
		{0o40000, 0o40000, "SHM_REMAP"}, {0o100000, 0o100000, "SHM_EXEC"},
	}
)

// hugeFlags are the sizes of pages for SHM_HUGETLB, as powers of two in six bits.
func hugeFlags() []flag {
	const shift, mask = 26, 0x3f << 26
	var all []flag
	for log2, size := range map[uint32]string{
		14: "16KB", 16: "64KB", 19: "512KB", 20: "1MB", 21: "2MB", 23: "8MB", 24: "16MB",
		25: "32MB", 28: "256MB", 29: "512MB", 30: "1GB", 31: "2GB", 34: "16GB",
	} {
		all = append(all, flag{mask, log2 << shift, "SHM_HUGE_" + size})
	}
	return all
}

// commands are those of shmctl.
var commands = map[int32]string{
	0: "IPC_RMID", 1: "IPC_SET", 2: "IPC_STAT", 3: "IPC_INFO",
	11: "SHM_LOCK", 12: "SHM_UNLOCK", 13: "SHM_STAT", 14: "SHM_INFO", 15: "SHM_STAT_ANY",
}

// names splits flags into their names, and what is left in octal.
func names(flags uint32, known []flag) []string {
	var out []string
	for _, f := range known {
		if flags&f.mask == f.value {
			out = append(out, f.name)
			flags &^= f.mask
		}
	}
	if flags != 0 {
		out = append(out, fmt.Sprintf("0%o", flags))
	}
	return out
}

func flagText(flags uint32, known []flag) string {
	if flags == 0 {
		return "0x0"
	}
	return fmt.Sprintf("0x%x (%s)", flags, strings.Join(names(flags, known), "|"))
}
