package fsops

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// DefaultLimit is the time that is slow unless the user says otherwise.
const DefaultLimit = 10 * time.Millisecond

// Limit reads the argument that is a number of milliseconds. Without it, the limit
// is DefaultLimit.
func Limit(args []string) (time.Duration, error) {
	if len(args) == 0 {
		return DefaultLimit, nil
	}
	ms, err := strconv.ParseFloat(args[0], 64)
	if err != nil || !(ms >= 0) || ms > math.MaxInt32 {
		return 0, fmt.Errorf("min_ms %q: want a number of milliseconds that is not below 0", args[0])
	}
	return time.Duration(ms * float64(time.Millisecond)), nil
}

// Than is a limit behind words such as " slower than", "" if it is 0.
func Than(words string, limit time.Duration) string {
	if limit == 0 {
		return ""
	}
	return fmt.Sprintf("%s %g ms", words, float64(limit)/1e6)
}

// KernelPID checks the value of --pid, 0 for none, and returns the number by which
// programs know the process.
func KernelPID(pid uint) (uint32, error) {
	if pid == 0 {
		return 0, nil
	}
	if err := toolkit.CheckPID(pid); err != nil {
		return 0, err
	}
	number := toolkit.KernelPID(int(pid))
	if number == 0 {
		return 0, fmt.Errorf("--pid %d: processes have other numbers in this PID namespace than in the kernel: run it outside", pid)
	}
	return number, nil
}
