// Command bccgo runs, checks and compiles BCC programs, and tells what this
// host can do with them.
//
// It is the library as a command: a file of C text with BCC's macros is all it
// needs. "bccgo help" lists the subcommands, docs/tools/bccgo.md shows them at
// work.
package main

import (
	"io"
	"os"
)

// console is what a command talks to.
type console struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	// verbose asks for verifier logs below refusals.
	verbose bool
	// noWarnings keeps warnings about the C text to itself.
	noWarnings bool
}

func main() {
	con := &console{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	if isVetTool(os.Args[1:]) {
		err := becomeVet(os.Args[1:])
		con.report(err)
		os.Exit(exitStatus(err))
	}
	os.Exit(con.execute(os.Args))
}

// execute runs one command line and returns its exit status.
func (con *console) execute(argv []string) int {
	app := newApp(con)
	err := app.Run(flagsFirst(argv, app))
	con.report(err)
	return exitStatus(err)
}
