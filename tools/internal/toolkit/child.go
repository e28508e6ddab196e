package toolkit

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// childGrace is how long a child may take to end after it was told to.
const childGrace = 2 * time.Second

// StartStopped starts a command and stops it before it does anything. When ctx
// ends it is told to end, and killed if it does not. Its standard output goes
// to out, so as not to mix with the tool's results.
func StartStopped(ctx context.Context, argv []string, out io.Writer) (*bccgo.StoppedCommand, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, out, out
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = childGrace
	c, err := bccgo.StartStopped(cmd)
	if err != nil {
		return nil, fmt.Errorf("--exec: %w", err)
	}
	return c, nil
}
