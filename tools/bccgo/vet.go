package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"
)

// vetProgram is the program behind bccgo vet. It is one of its own, because the
// packages that read Go source would slow down the start of everything else.
const vetProgram = "bccgovet"

// vetCommand hands its whole command line to the program behind it.
func vetCommand() *cli.Command {
	return &cli.Command{
		Name:            "vet",
		Usage:           "check the C texts of Go packages",
		UsageText:       "bccgo vet [OPTION]... [PACKAGE]...",
		SkipFlagParsing: true,
		HideHelp:        true,
		Action:          func(c *cli.Context) error { return becomeVet(c.Args().Slice()) },
	}
}

// isVetTool tells the command lines by which "go vet -vettool=bccgo" speaks to
// a program: -V=full, -flags, and flags followed by a file NAME.cfg.
func isVetTool(args []string) bool {
	for i, arg := range args {
		switch {
		case !strings.HasPrefix(arg, "-"):
			return i == len(args)-1 && strings.HasSuffix(arg, ".cfg")
		case arg == "-V=full", arg == "-flags":
			return len(args) == 1
		}
	}
	return false
}

// becomeVet replaces this program by the one behind bccgo vet.
func becomeVet(args []string) error {
	path, err := findVet()
	if err != nil {
		return err
	}
	err = syscall.Exec(path, append([]string{vetProgram}, args...), os.Environ())
	return fmt.Errorf("run %s: %w", path, err)
}

// findVet looks for the program beside this one and in PATH.
func findVet() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program's file: %w", err)
	}
	if path, err := exec.LookPath(filepath.Join(filepath.Dir(self), vetProgram)); err == nil {
		return path, nil
	}
	path, err := exec.LookPath(vetProgram)
	if err != nil {
		return "", fmt.Errorf("vet is the program %s, which is neither beside %s nor in PATH: "+
			"build it as well, or go install github.com/bccgo/bcc/tools/%s@latest: %w", vetProgram, self, vetProgram, err)
	}
	return path, nil
}
