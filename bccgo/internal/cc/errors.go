package cc

import (
	"fmt"
	"strings"
	"time"
)

// LibraryError means that libbcc could not be opened.
type LibraryError struct {
	// Library is the file name that was tried, Reason the loader's message.
	Library, Reason string
}

func (e *LibraryError) Error() string {
	return fmt.Sprintf("open the compiler library %s: %s; install it (Debian and Ubuntu: apt install libbpfcc, "+
		"Fedora: dnf install bcc, Arch: pacman -S bcc, Alpine: apk add bcc)", e.Library, e.Reason)
}

// NoCompilerError means that this binary was built without cgo.
type NoCompilerError struct{}

func (e *NoCompilerError) Error() string {
	return "compile: this program was built without cgo and holds no compiler; " +
		"build it with CGO_ENABLED=1 or give it a compiled bundle"
}

// RightsError means that this process does not compile because its file gave it
// rights that its user lacks. The compiler would have them, too, and is in the
// user's hands: he could start a compile child himself and have it open any
// library.
type RightsError struct{}

func (e *RightsError) Error() string {
	return "compile: this program's file gives it rights that its user lacks (set-user-ID bit or capabilities), " +
		"and a compiler is not to have them; compile ahead (bccgo bake, Options.Baked), or give the rights otherwise " +
		"(sudo, ambient capabilities)"
}

// SpoolVersionError means that the two sides of a compile spool are of different
// versions of this library and do not understand each other.
type SpoolVersionError struct {
	// Own is the version of spool files here, Other that of the other side, 0 for
	// one from before there were versions.
	Own, Other int
}

func (e *SpoolVersionError) Error() string {
	return fmt.Sprintf("compile spool: this side speaks version %d and the other version %d: "+
		"build the program and what serves %s from the same version of the library", e.Own, e.Other, SpoolEnv)
}

// TextError means that the compiler refused the text.
type TextError struct {
	// Output is everything the compiler printed.
	Output string
}

func (e *TextError) Error() string {
	out := strings.TrimSpace(e.Output)
	if out == "" {
		out = "libbcc refused the text without a message"
	}
	return out
}

// UnsupportedError means that the text compiles to something that cannot be
// loaded: libbcc has no support for a construct in it.
type UnsupportedError struct {
	// Function holds the construct, What describes it.
	Function, What string
	// File, Line and Col are where the construct is used, as far as libbcc's
	// rewriting leaves the column alone; Line 0 means that it is not known.
	File      string
	Line, Col int
	// Output is everything the compiler printed.
	Output string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("function %s %s", e.Function, e.What)
}

// TargetError means that this host's libbcc can compile for the running kernel
// alone: it calls libbpf directly, so that what it reads and asks of the kernel
// cannot be replaced.
type TargetError struct {
	// Release is the kernel that was to be compiled for.
	Release string
}

func (e *TargetError) Error() string {
	return fmt.Sprintf("compile for kernel %s: the installed libbcc is bound to its libbpf and compiles for the running "+
		"kernel and its own headers alone; compile there, or use a distribution's libbcc that links libbpf dynamically", e.Release)
}

// ChildError means that the compile child ended without a result.
type ChildError struct {
	// Status is how it ended, as the system reports it.
	Status string
	// Output is what it printed.
	Output string
	// Err is the cause, or nil.
	Err error
}

func (e *ChildError) Error() string {
	msg := "compile child ended without a result: " + e.Status
	if out := strings.TrimSpace(e.Output); out != "" {
		msg += "\n" + out
	}
	return msg
}

func (e *ChildError) Unwrap() error { return e.Err }

// TimeoutError means that the compile did not end in time and was stopped.
type TimeoutError struct {
	// After is how long it had run.
	After time.Duration
	// Err is the context's error.
	Err error
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("compile: stopped after %v: %v; allow more with Options.Deadline", e.After.Round(time.Millisecond), e.Err)
}

func (e *TimeoutError) Unwrap() error { return e.Err }
