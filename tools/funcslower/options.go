package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

const (
	// maxArguments is how many the processors' calling conventions have in
	// registers at least.
	maxArguments = 6
	// maxTexts bounds the arguments.
	maxTexts = 256
	// levels is how many of the kernel's functions are followed within each other.
	levels = "16"
)

// check finds the mistakes in the flags, and returns the limit.
func (o *options) check(args []string) (least time.Duration, err error) {
	switch {
	case len(args) == 0:
		return 0, errors.New("no function: name what to trace, such as c:read; see funcslower --help")
	case len(args) > maxTexts:
		return 0, fmt.Errorf("%d functions: name %d at most; a * in a name stands for any characters", len(args), maxTexts)
	case o.ms != "" && o.us != "":
		return 0, errors.New("--min-ms and --min-us: give one of them")
	case o.time && o.timestamp:
		return 0, errors.New("--time and --timestamp: give one of them")
	case o.arguments < 0 || o.arguments > maxArguments:
		return 0, fmt.Errorf("--arguments %d: want 0 to %d", o.arguments, maxArguments)
	case o.folded && !o.userStack && !o.kernelStack:
		return 0, errors.New("--folded prints stacks: add --user-stack, --kernel-stack or both")
	case o.us != "":
		return limit("--min-us", o.us, time.Microsecond)
	case o.ms != "":
		return limit("--min-ms", o.ms, time.Millisecond)
	}
	return time.Millisecond, nil
}

// limit reads a number of a unit.
func limit(flag, text string, unit time.Duration) (time.Duration, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0) || n*float64(unit) >= math.MaxInt64 {
		return 0, fmt.Errorf("%s %s: want a number that is not below 0", flag, text)
	}
	return time.Duration(n * float64(unit)), nil
}

// unit is that of the latencies, and its name.
func (o *options) unit() (time.Duration, string) {
	if o.us != "" {
		return time.Microsecond, "us"
	}
	return time.Millisecond, "ms"
}
