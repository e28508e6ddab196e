package sched

import (
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Target are the flags that narrow a tool to a process or a thread, by numbers of
// the kernel's first PID namespace. 0 means all.
type Target struct {
	PID, TID int
}

// PIDFlag is --pid.
func (t *Target) PIDFlag() cli.Flag {
	return &cli.IntFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", DefaultText: "all", Destination: &t.PID}
}

// TIDFlag is --tid.
func (t *Target) TIDFlag() cli.Flag {
	return &cli.IntFlag{Name: "tid", Aliases: []string{"t"}, Usage: "only thread `TID`", DefaultText: "all", Destination: &t.TID}
}

// Check refuses what is not there, and both flags together.
func (t *Target) Check() error {
	if t.PID != 0 && t.TID != 0 {
		return errors.New("--pid and --tid: give one of them")
	}
	if err := CheckNumber("--pid", "process", t.PID); err != nil {
		return err
	}
	return CheckNumber("--tid", "thread", t.TID)
}

// CheckNumber refuses the number of a process or thread that is not there; 0 is
// none. flag and what are what the error calls them.
func CheckNumber(flag, what string, n int) error {
	if n == 0 {
		return nil
	}
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", n)); n < 0 || err != nil {
		return fmt.Errorf("%s %d: there is no such %s", flag, n, what)
	}
	if toolkit.KernelPID(n) == 0 {
		return fmt.Errorf("%s %d: this is a PID namespace of its own, where the kernel's number of the %s is not known: "+
			"run it outside of the container", flag, n, what)
	}
	return nil
}
