package runtimes

import (
	"context"
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

// Every calls a report at the end of each interval, count times, and at the end of
// ctx; without interval then alone, and without count until then. It tells how long
// the time was that is reported.
func Every(ctx context.Context, interval time.Duration, count int, report func(time.Duration) error) error {
	begin := time.Now()
	if interval == 0 {
		<-ctx.Done()
		return report(time.Since(begin))
	}
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for i := 0; count == 0 || i < count; i++ {
		over := false
		select {
		case <-ctx.Done():
			over = true
		case <-ticks.C:
		}
		now := time.Now()
		if err := report(now.Sub(begin)); err != nil || over {
			return err
		}
		begin = now
	}
	return nil
}
