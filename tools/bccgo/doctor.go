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
		UsageText: "bccgo doctor [--json] [--no-color]",
		Description: `Examines privileges, kernel features, headers, tracefs, libbcc and the cache.
Each lack comes with the reason and the command or setting that mends it.
Changes nothing. Run it as the user that is to run programs.

EXAMPLES:
  sudo bccgo doctor
  bccgo doctor --json | jq '.[] | select(.status == "fail")'

Exit status: 0 programs can run; 1 they cannot; 2 wrong usage.`,
		Flags: []cli.Flag{
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
			return diagnose(con.stdout, bccgo.HostReport(), c.Bool("json"), color)
		},
	}
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
