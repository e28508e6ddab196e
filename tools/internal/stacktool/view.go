package stacktool

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/stacks"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// View are the flags that say which stacks to keep and how to show them.
type View struct {
	// Form is how places are shown.
	Form stacks.Form
	// Delimited puts a mark between the kernel's places and those of user space.
	Delimited bool
	// Folded is one stack a line.
	Folded bool
	// Files are the pictures.
	Files stacks.Files

	kernelOnly, userOnly bool
	stacks, sums         int
}

// ChoiceFlags are those for tools that have both kinds of stacks.
func (v *View) ChoiceFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "user-stacks-only", Aliases: []string{"U"}, Usage: "only stacks of user space", Destination: &v.userOnly},
		&cli.BoolFlag{Name: "kernel-stacks-only", Aliases: []string{"K"}, Usage: "only stacks of the kernel", Destination: &v.kernelOnly},
		&cli.BoolFlag{Name: "delimited", Aliases: []string{"d"}, Usage: "print a mark between the stacks of the kernel and of user space", Destination: &v.Delimited},
	}
}

// OffsetFlag is --offset.
func (v *View) OffsetFlag() cli.Flag {
	return &cli.BoolFlag{Name: "offset", Aliases: []string{"s"}, Usage: "print how many bytes into its function each place is", Destination: &v.Form.Offset}
}

// Flags are those of all such tools.
func (v *View) Flags() []cli.Flag {
	return append([]cli.Flag{
		&cli.BoolFlag{Name: "folded", Aliases: []string{"f"}, Usage: "print stacks as flame graphs take them", Destination: &v.Folded},
		&cli.IntFlag{Name: "stack-storage-size", Value: 16384, Usage: "room for so many different `STACKS`", Destination: &v.stacks},
		&cli.IntFlag{Name: "hash-storage-size", Value: 40960, Usage: "room for so many different `LINES`", Destination: &v.sums},
	}, v.Files.Flags()...)
}

// Check reads the flags.
func (v *View) Check() error {
	if v.kernelOnly && v.userOnly {
		return errors.New("--kernel-stacks-only and --user-stacks-only: give one of them, or none for both stacks")
	}
	if v.Folded && v.Form.Offset {
		return errors.New("--folded and --offset: flame graphs are of functions: give one of them")
	}
	for flag, size := range map[string]int{"--stack-storage-size": v.stacks, "--hash-storage-size": v.sums} {
		const most = 1 << 20
		if size < 1 || size > most {
			return fmt.Errorf("%s %d: want a number from 1 to %d", flag, size, most)
		}
	}
	return nil
}

// Define adds the sizes of the program's tables. Nothing that takes stacks
// interrupts such programs.
func (v *View) Define(defines map[string]string) {
	defines["STACKS"], defines["SUMS"] = strconv.Itoa(v.stacks), strconv.Itoa(v.sums)
	defines["SCRATCH_PER_CPU"] = ""
}

// Stacks are 1 each if stacks of the kernel and of user space are to be kept.
func (v *View) Stacks() (kernel, user uint32) {
	kernel, user = 1, 1
	if v.userOnly {
		kernel = 0
	}
	if v.kernelOnly {
		user = 0
	}
	return kernel, user
}

// UserStacksOnly tells that the kernel's stacks are not kept.
func (v *View) UserStacksOnly() bool { return v.userOnly }

// String says in a few words which stacks are kept.
func (v *View) String() string {
	switch {
	case v.userOnly:
		return "user stacks"
	case v.kernelOnly:
		return "kernel stacks"
	}
	return "user + kernel stacks"
}

// Seconds takes over the only argument, which says how long to trace.
func Seconds(s *toolkit.Session) error {
	if len(s.Args) == 0 {
		return nil
	}
	if s.Duration > 0 {
		return fmt.Errorf("duration %s: --duration says it, too: give one of them", s.Args[0])
	}
	var err error
	s.Duration, err = toolkit.Seconds("duration", s.Args[0])
	return err
}

// Until says in a few words when the tracing ends.
func Until(s *toolkit.Session) string {
	if s.Duration == 0 {
		return "until Ctrl-C"
	}
	return fmt.Sprintf("for %v", s.Duration.Round(time.Millisecond))
}
