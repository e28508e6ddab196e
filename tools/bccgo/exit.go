package main

import (
	"errors"

	"github.com/bccgo/bcc/bccgo"
)

// Exit statuses.
const (
	exitOK          = 0
	exitProgram     = 1   // the program is at fault
	exitHost        = 2   // the command line, a file or the host is
	exitInterrupted = 130 // a signal came before there was anything to report
)

var (
	// errNothingAttached means that a program would run nowhere.
	errNothingAttached = errors.New("nothing to attach")
	// errUnfit means that doctor found the host unable to run programs.
	errUnfit = errors.New("programs cannot run on this host")
	// errInterrupted means that the user gave up before the program ran.
	errInterrupted = errors.New("interrupted")
)

// exitStatus tells whose fault an error is. Of several errors the highest
// status counts.
func exitStatus(err error) int {
	status := exitOK
	for _, one := range flatten(err) {
		status = max(status, statusOf(one))
	}
	return status
}

func statusOf(err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case is[*bccgo.UnsupportedError](err), is[*bccgo.TracefsError](err), is[*bccgo.PermissionError](err):
		return exitHost
	case is[*bccgo.CompileError](err), is[*bccgo.VerifierError](err), is[*bccgo.AttachError](err),
		is[*bccgo.ExternError](err), is[*warningsError](err), errors.Is(err, errNothingAttached), errors.Is(err, errUnfit):
		return exitProgram
	}
	return exitHost
}

// is reports whether err wraps an E.
func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}
