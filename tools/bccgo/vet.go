package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo/vet"
)

// errFindings means that the checks found something, which has been printed.
var errFindings = errors.New("there are findings")

func vetCommand(con *console) *cli.Command {
	return &cli.Command{
		Name:      "vet",
		Usage:     "check the C texts of Go packages",
		UsageText: "bccgo vet [OPTION]... [PACKAGE]...",
		Description: `Compiles the C texts that Go programs hand to the library, and compares the
names and types that Go uses with theirs: what is wrong is printed as go vet
prints it. Loads nothing and needs no privilege, save to read the formats of
tracepoints. Without PACKAGE it checks the one in the working directory.

EXAMPLES:
  bccgo vet ./...                        all packages of the module
  bccgo vet --target debian12/ ./...     for the kernel described there
  go vet -vettool=$(which bccgo) ./...   the same through go vet

` + vetExitHelp,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "target", Usage: "compile for the kernel described in `DIR` (target.json, events/)"},
			&cli.BoolFlag{Name: "json", Usage: "print findings as JSON, and leave with status 0 as go vet does"},
			&cli.BoolFlag{Name: "tests", Usage: "check test files, too"},
			&cli.BoolFlag{Name: "skip-tracepoints", Usage: "leave out texts with tracepoints where tracefs cannot be read"},
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "say on standard error what is not checked"},
		},
		HideHelpCommand: true,
		OnUsageError:    onUsageError,
		Action:          con.vet,
	}
}

const vetExitHelp = `Exit status: 0 nothing found; 1 something found, or a package that does not
build; 2 wrong usage, or a host that cannot compile.`

// vet has the go command list the packages and call this program for each.
func (con *console) vet(c *cli.Context) error {
	if err := setVetEnvironment(c); err != nil {
		return err
	}
	if _, err := vet.Identity(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's file: %w", err)
	}
	args := []string{"vet", "-vettool=" + self}
	if c.Bool("json") {
		args = append(args, "-json")
	}
	cmd := exec.CommandContext(c.Context, "go", append(args, c.Args().Slice()...)...)
	cmd.Stdout, cmd.Stderr = con.stdout, con.stderr
	err = cmd.Run()
	var status *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("list the packages: the go command is needed: %w", err)
	case errors.As(err, &status):
		return errFindings
	}
	return err
}

// setVetEnvironment hands the options to the processes that check.
func setVetEnvironment(c *cli.Context) error {
	if dir := c.String("target"); dir != "" {
		full, err := filepath.Abs(dir)
		if err != nil {
			return fmt.Errorf("find target %s: %w", dir, err)
		}
		if err := os.Setenv(vet.TargetEnv, full); err != nil {
			return err
		}
	}
	for flag, name := range map[string]string{"tests": vet.TestsEnv, "skip-tracepoints": vet.SkipTracepointsEnv, "verbose": vet.VerboseEnv} {
		if c.Bool(flag) {
			if err := os.Setenv(name, "1"); err != nil {
				return err
			}
		}
	}
	return nil
}
