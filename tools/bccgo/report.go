package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bccgo/bcc/bccgo"
)

// report prints an error. What refers to a place in the C text is printed as
// compilers do, anything else on a line that begins with the command's name.
func (con *console) report(err error) {
	if err == nil || errors.Is(err, errUnfit) { // doctor's findings say it all
		return
	}
	for _, one := range flatten(err) {
		printError(con.stderr, one, con.verbose)
	}
}

// flatten lists the errors that were joined.
func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var list []error
	for _, one := range joined.Unwrap() {
		list = append(list, flatten(one)...)
	}
	return list
}

func printError(w io.Writer, err error, verbose bool) {
	var text *bccgo.CompileError
	var verifier *bccgo.VerifierError
	switch {
	case is[*bccgo.ExternError](err): // says more than the compiler's message in it
		fmt.Fprintf(w, "bccgo: %v\n", err)
	case errors.As(err, &text) && len(text.Diagnostics) > 0:
		fmt.Fprintln(w, text.Report())
	case errors.As(err, &verifier):
		printVerifier(w, verifier, verbose)
	default:
		fmt.Fprintf(w, "bccgo: %v\n", err)
	}
}

func printVerifier(w io.Writer, e *bccgo.VerifierError, verbose bool) {
	place := "bccgo"
	if e.Line > 0 {
		place = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	fmt.Fprintf(w, "%s: error: the verifier refuses %s: %s\n", place, e.Function, e.Reason)
	for _, line := range e.Notes() {
		fmt.Fprintln(w, "\t"+line)
	}
	if verbose {
		fmt.Fprintln(w, strings.Join(e.Log, "\n"))
	}
}
