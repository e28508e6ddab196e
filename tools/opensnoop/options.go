package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags.
type options struct {
	timestamp, printUID, failed, extended bool
	fullPath, exec                        bool
	pid, tid                              uint
	user, name                            string
	flagFilter                            cli.StringSlice
	pages                                 int
	containers                            toolkit.Containers
	probes                                toolkit.Syscalls
}

// maxSteps is how many directories and mounts a full path may go through.
const maxSteps = 40

// start is what the flags make of the program.
type start struct {
	defines map[string]string
	config  config
	// walks tells that the program finds directories itself.
	walks bool
}

// prepare checks the flags and turns them into what Load and the program need.
func (o *options) prepare(s *toolkit.Session) (*start, error) {
	st := &start{config: config{On: 1, PID: uint32(o.pid), TID: uint32(o.tid)}}
	if o.failed {
		st.config.Failed = 1
	}
	if o.user != "" {
		uid, err := toolkit.UserID(o.user)
		if err != nil {
			return nil, err
		}
		st.config.ByUID, st.config.UID = 1, uid
	}
	for _, name := range o.flagFilter.Value() {
		bits, err := openFlag(name)
		if err != nil {
			return nil, err
		}
		st.config.Flags |= bits
	}
	if o.pages < 1 || o.pages&(o.pages-1) != 0 {
		return nil, fmt.Errorf("--buffer-pages %d: must be a power of two", o.pages)
	}
	if err := o.checkCommand(s.Command); err != nil {
		return nil, err
	}
	return st, o.define(s, st)
}

// checkCommand finds the mistakes of --exec before the program is compiled.
func (o *options) checkCommand(argv []string) error {
	switch {
	case !o.exec:
		return nil
	case len(argv) == 0:
		return errors.New("--exec: no command after it")
	case o.pid != 0 || o.tid != 0:
		return errors.New("--exec traces its own command: leave out --pid and --tid")
	}
	if _, err := exec.LookPath(argv[0]); err != nil {
		return fmt.Errorf("--exec: %w", err)
	}
	return nil
}

func (o *options) define(s *toolkit.Session, st *start) error {
	own, err := s.OwnHeaders("-F takes directories from /proc, which is too late for processes that have gone on")
	if err != nil {
		return err
	}
	st.defines = map[string]string{}
	if o.fullPath && own {
		st.walks = true
		st.defines["WALK_DIRS"] = ""
		st.defines["MAX_STEPS"] = strconv.Itoa(maxSteps)
	}
	if err := o.containers.Define(st.defines, own); err != nil {
		return err
	}
	return o.probes.Define(s, st.defines)
}

// begin hands over the settings, which starts the tracing, and the command if
// there is one. The context it returns ends with the command.
func (o *options) begin(ctx context.Context, s *toolkit.Session, m *bccgo.Module, c config) (context.Context, error) {
	if !o.exec {
		return ctx, toolkit.Configure(m, c)
	}
	child, err := toolkit.StartStopped(ctx, s.Command, s.Stderr())
	if err != nil {
		return nil, err
	}
	defer child.Resume()
	c.PID = uint32(child.PID())
	if err := toolkit.Configure(m, c); err != nil {
		return nil, err
	}
	ctx, end := context.WithCancel(ctx)
	go func() {
		if err := child.Wait(); err != nil {
			s.Notef("%s: %v", s.Command[0], err)
		}
		end()
	}()
	return ctx, nil
}
