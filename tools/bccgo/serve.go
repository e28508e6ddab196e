package main

import (
	"context"
	"os/signal"
	"syscall"

	"github.com/bccgo/bcc/bccgo"
)

// serve compiles for other processes until it is told to stop.
func serve(ctx context.Context, dir string) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return bccgo.ServeCompiles(ctx, dir)
}
