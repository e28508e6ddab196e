// Package vet checks the C texts that a Go program hands to package bccgo, and
// what the program does with them, without running it: as an analyzer for
// go/analysis, which "bccgo vet" and "go vet -vettool=bccgo" run.
//
// It finds every call of Load, LoadContext, Compile, CompileContext and Bake,
// works out which texts can be meant, and compiles each, with no privilege. What
// the compiler refuses or warns about is reported where it stands in the Go
// source or in the embedded file. Then the names of tables and functions that Go
// uses are looked for in the text, and the Go types of streams, decoders and
// tables are compared with the C types, as they are at run time.
//
// A text is known if it is made of constants, variables that only take known
// values, files embedded by go:embed, and replacements in these. A replacement
// that is not known, as an argument of fmt.Sprintf may be, is guessed; then only
// what is wrong with every guess is reported. Macros of Options.Defines are
// handled alike: a text is compiled with those that are always defined, and with
// all that the package may define.
//
// Comments next to a call, on its line or just above, help where that is not
// enough:
//
//	//bccgo:vet define LIMIT=100 FILTER
//	//bccgo:vet ignore
//
// The first gives macros their values, one without a value being defined as
// empty; the second leaves the call unchecked.
package vet
