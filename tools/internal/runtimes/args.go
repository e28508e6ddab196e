package runtimes

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// PIDArg reads the argument PID.
func PIDArg(args []string) (int, error) {
	if len(args) == 0 {
		return 0, errors.New("name the process to trace by its PID")
	}
	pid, err := strconv.ParseInt(args[0], 10, 32)
	if err != nil || pid <= 0 {
		return 0, fmt.Errorf("PID %q: want the number of a process", args[0])
	}
	return int(pid), nil
}

// IntervalArg reads the argument with an interval in seconds; 0 stands for none.
func IntervalArg(args []string, index int) (time.Duration, error) {
	if len(args) <= index {
		return 0, nil
	}
	seconds, err := strconv.ParseFloat(args[index], 64)
	if err != nil || !(seconds > 0) || seconds > math.MaxInt32 {
		return 0, fmt.Errorf("interval %q: want a number of seconds above 0", args[index])
	}
	return max(time.Millisecond, time.Duration(seconds*float64(time.Second))), nil
}
