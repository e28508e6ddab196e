package toolkit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
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

// Ended tells whether a process has ended, be it that its parent has not asked yet
// how.
func Ended(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	// The name, in brackets, may have brackets in it.
	state := bytes.TrimLeft(stat[bytes.LastIndexByte(stat, ')')+1:], " ")
	return len(state) > 0 && (state[0] == 'Z' || state[0] == 'X')
}

// KernelPID is the number by which programs in the kernel know a process, 0 if
// that cannot be told: in a PID namespace of its own, such as a container's, the
// tool knows processes by other numbers.
//
// Return probes want it besides UprobeOptions.PID, by which older kernels do not
// filter once another tool probes the same function.
func KernelPID(pid int) uint32 {
	const initial = "pid:[4026531836]" // the kernel's PROC_PID_INIT_INO
	if ns, err := os.Readlink("/proc/self/ns/pid"); err != nil || ns != initial {
		return 0
	}
	return uint32(pid)
}

// Program is the file that a process runs.
type Program struct {
	// Name and PID are what to attach to. PID is 0 if the file was deleted: no
	// name leads to it in the process's view.
	Name string
	PID  int
	// Path is where to read it.
	Path string
}

// ProgramOf finds the program of the process that --pid names.
func ProgramOf(pid int) (Program, error) {
	link := fmt.Sprintf("/proc/%d/exe", pid)
	target, err := os.Readlink(link)
	if errors.Is(err, fs.ErrNotExist) {
		return Program{}, fmt.Errorf("--pid %d: there is no such process, or it is the kernel's own and runs no program", pid)
	}
	if err != nil {
		return Program{}, fmt.Errorf("--pid %d: find its program: %w", pid, err)
	}
	if strings.HasSuffix(target, " (deleted)") {
		return Program{Name: link, Path: link}, nil
	}
	return Program{Name: target, PID: pid, Path: link}, nil
}

// CheckPID refuses a value of --pid that is no process's; 0 means all. In a PID
// namespace of its own the tool cannot tell, as programs in the kernel know
// processes by other numbers.
func CheckPID(pid uint) error {
	if pid == 0 || KernelPID(1) == 0 {
		return nil
	}
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err != nil {
		return fmt.Errorf("--pid %d: there is no such process", pid)
	}
	return nil
}
