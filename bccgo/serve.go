package bccgo

import (
	"context"

	"github.com/bccgo/bcc/bccgo/internal/cc"
)

// ServeCompiles compiles for other processes until ctx ends: those that have
// the environment variable BCCGO_COMPILE_SPOOL set to the same directory, which
// may be shared with a virtual machine too slow to compile in. The directory is
// made if need be.
//
// Both sides must be of the same version of this library; else compiles end with
// a *SpoolVersionError.
//
// Whoever can write to the directory chooses what is compiled and gets the
// results of all: it must belong to the caller alone.
func ServeCompiles(ctx context.Context, dir string) error { return cc.Serve(ctx, dir) }
