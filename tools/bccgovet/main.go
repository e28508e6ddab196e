// Command bccgovet checks the C texts that Go programs hand to package bccgo. It
// is what "bccgo vet" runs, and a tool for "go vet -vettool".
//
// It lists packages and caches findings by means of the go command, which calls
// it for each package in turn. docs/vet.md tells what is checked.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Exit statuses.
const (
	exitOK       = 0
	exitFindings = 1
	exitHost     = 2 // the command line is at fault, or the host
)

// errFindings means that the checks found something, which has been printed.
var errFindings = errors.New("there are findings")

func main() {
	if args := os.Args[1:]; isProtocol(args) {
		os.Exit(conclude(os.Stderr, answer(args)))
	}
	os.Exit(conclude(os.Stderr, newApp(os.Stdout, os.Stderr).Run(os.Args)))
}

// conclude prints an error and returns the exit status.
func conclude(w io.Writer, err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFindings):
		return exitFindings
	}
	fmt.Fprintf(w, "bccgo vet: %v\n", err)
	return exitHost
}
