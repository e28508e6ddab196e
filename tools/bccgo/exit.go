package main

import (
	"errors"

	"github.com/bccgo/bcc/bccgo"
)

// Exit statuses.
const (
	exitOK      = 0
	exitProgram = 1 // the program is at fault
	exitHost    = 2 // the command line, a file or the host is
)

// errNothingAttached means that a program would run nowhere.
var errNothingAttached = errors.New("nothing to attach")

// errUnfit means that doctor found the host unable to run programs.
var errUnfit = errors.New("programs cannot run on this host")

// exitStatus tells whose fault an error is.
func exitStatus(err error) int {
	switch {
	case err == nil:
		return exitOK
	case isAny[*bccgo.UnsupportedError](err), isAny[*bccgo.TracefsError](err), isAny[*bccgo.PermissionError](err):
		return exitHost
	case isAny[*bccgo.CompileError](err), isAny[*bccgo.VerifierError](err), isAny[*bccgo.AttachError](err),
		errors.Is(err, errNothingAttached), errors.Is(err, errUnfit):
		return exitProgram
	}
	return exitHost
}

// isAny reports whether there is an E in the tree of err.
func isAny[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}
