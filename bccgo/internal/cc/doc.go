// Package cc compiles BCC C texts with libbcc in a child process.
//
// The child is the running program itself, started again with a marker in its
// environment: this package's init takes over there, opens libbcc, compiles
// through gobpf's NewModule and writes a bundle to a pipe. The compiler's
// memory, its change of working directory, its printing, its exit on some
// errors and its lack of thread safety end with the child; the parent never
// opens libbcc.
//
// It is the only package with cgo and the only one that knows libbcc and gobpf.
// Programs built without cgo can do everything but compile.
package cc
