package toolkit

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// ParentPID reads a process's parent from /proc, 0 if the process is gone.
func ParentPID(pid uint32) uint32 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "PPid:"); ok {
			ppid, _ := strconv.ParseUint(strings.TrimSpace(rest), 10, 32) // the kernel prints a number
			return uint32(ppid)
		}
	}
	return 0
}

// Comm reads a process's name from /proc, "" if the process is gone.
func Comm(pid uint32) string {
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(comm), "\n")
}
