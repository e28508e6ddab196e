package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo/vet"
)

const description = `Compiles the C texts that Go programs hand to the library, and compares the
names and types that Go uses with theirs: what is wrong is printed as go vet
prints it. Loads nothing and needs no privilege, save to read the formats of
tracepoints. Without PACKAGE it checks the one in the working directory.

EXAMPLES:
  bccgo vet ./...                        all packages of the module
  bccgo vet --target debian12/ ./...     for the kernel described there
  go vet -vettool=$(which bccgo) ./...   the same through go vet

Exit status: 0 nothing found; 1 something found, or a package that does not
build; 2 wrong usage, or a host that cannot compile.`

// newApp builds the command line.
func newApp(stdout, stderr io.Writer) *cli.App {
	return &cli.App{
		Name:        "bccgo vet",
		Usage:       "check the C texts of Go packages",
		UsageText:   "bccgo vet [OPTION]... [PACKAGE]...",
		Description: description,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "target", Usage: "compile for the kernel described in `DIR` (target.json, events/)"},
			&cli.BoolFlag{Name: "json", Usage: "print findings as JSON, and leave with status 0 as go vet does"},
			&cli.BoolFlag{Name: "tests", Usage: "check test files, too"},
			&cli.BoolFlag{Name: "skip-tracepoints", Usage: "leave out texts with tracepoints where tracefs cannot be read"},
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "say on standard error what is not checked"},
		},
		HideHelpCommand: true,
		HideVersion:     true,
		Writer:          stdout,
		ErrWriter:       stderr,
		ExitErrHandler:  func(*cli.Context, error) {},
		OnUsageError: func(_ *cli.Context, err error, _ bool) error {
			return fmt.Errorf("%w; see bccgo vet --help", err)
		},
		Action: run,
	}
}

// run has the go command list the packages and call this program for each.
func run(c *cli.Context) error {
	if err := setEnvironment(c); err != nil {
		return err
	}
	// Asked for now, so that a host that cannot compile is a fault of its own.
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
	cmd.Stdout, cmd.Stderr = c.App.Writer, c.App.ErrWriter
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

// setEnvironment hands the options to the processes that check.
func setEnvironment(c *cli.Context) error {
	set := map[string]string{}
	if dir := c.String("target"); dir != "" {
		full, err := filepath.Abs(dir)
		if err != nil {
			return fmt.Errorf("find target %s: %w", dir, err)
		}
		set[vet.TargetEnv] = full
	}
	for flag, name := range map[string]string{"tests": vet.TestsEnv, "skip-tracepoints": vet.SkipTracepointsEnv, "verbose": vet.VerboseEnv} {
		if c.Bool(flag) {
			set[name] = "1"
		}
	}
	for name, value := range set {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}
