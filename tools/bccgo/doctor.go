package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
)

func doctorCommand(con *console) *cli.Command {
	return &cli.Command{
		Name:      "doctor",
		Usage:     "tell what this host can do, and what mends the rest",
		UsageText: "bccgo doctor [--headers [-t DIR]...] [--json] [--no-color]",
		Description: `Examines privileges, kernel features, headers, tracefs, libbcc and the cache.
Each lack comes with the reason and the command or setting that mends it.
Changes nothing. Run it as the user that is to run programs.

With --headers it tells where kernel headers come from and why, for this kernel
or for those that bccgo target dump described, and which of the programs that are
kept took installed headers for want of something.

EXAMPLES:
  sudo bccgo doctor
  bccgo doctor --headers
  bccgo doctor --json | jq '.[] | select(.status == "fail")'

Exit status: 0 programs can run (with --headers: be compiled); 1 they cannot;
2 wrong usage, or a target that cannot be read.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "headers", Usage: "tell where kernel headers come from"},
			&cli.StringSliceFlag{Name: "target", Aliases: []string{"t"}, Usage: "with --headers: for the kernel described in `DIR`; may be repeated"},
			&cli.BoolFlag{Name: "json", Usage: "print a JSON list"},
			&cli.BoolFlag{Name: "no-color", Usage: "use no colors, on a terminal either"},
		},
		HideHelpCommand: true,
		OnUsageError:    onUsageError,
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("doctor takes no argument; see bccgo help doctor")
			}
			color := !c.Bool("no-color") && os.Getenv("NO_COLOR") == "" && isTerminal(con.stdout)
			checks, err := chosenChecks(c)
			if err != nil {
				return err
			}
			return diagnose(con.stdout, checks, c.Bool("json"), color)
		},
	}
}

// chosenChecks examines what the command line asks for.
func chosenChecks(c *cli.Context) ([]bccgo.HostCheck, error) {
	dirs := c.StringSlice("target")
	switch {
	case !c.Bool("headers") && len(dirs) > 0:
		return nil, usagef("doctor --target goes with --headers; see bccgo help doctor")
	case !c.Bool("headers"):
		return bccgo.HostReport(), nil
	}
	targets, err := readTargets(dirs)
	if err != nil {
		return nil, err
	}
	var all []bccgo.HostCheck
	for _, t := range targets {
		checks, err := bccgo.HeadersReport(&bccgo.Options{Target: t})
		if err != nil {
			return nil, err
		}
		all = append(all, checks...)
	}
	return all, nil
}

// diagnose prints the checks. The error tells that programs cannot run.
func diagnose(w io.Writer, checks []bccgo.HostCheck, asJSON, color bool) error {
	if err := printChecks(w, checks, asJSON, color); err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	if slices.ContainsFunc(checks, func(c bccgo.HostCheck) bool { return c.Status == bccgo.HostFail }) {
		return errUnfit
	}
	return nil
}

func printChecks(w io.Writer, checks []bccgo.HostCheck, asJSON, color bool) error {
	if !asJSON {
		return bccgo.PrintHostReport(w, checks, color)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(checks)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
