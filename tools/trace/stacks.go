package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// stacks finds the stacks of events. A nil *stacks finds none.
type stacks struct {
	*options
	kept *toolkit.Stacks
	// byBuildID are those of processes with --sym_file_list.
	byBuildID *bccgo.StackTable
}

func openStacks(o *options, m *bccgo.Module) (*stacks, error) {
	k := &stacks{options: o}
	var err error
	if k.kept, err = toolkit.OpenStacks(m); err != nil {
		return nil, err
	}
	if !o.buildIDs() {
		return k, nil
	}
	for _, path := range strings.Split(o.symbolFiles, ",") {
		if err := m.Symbols().AddModule(path); err != nil {
			return nil, fmt.Errorf("--sym_file_list: %w", err)
		}
	}
	k.byBuildID, err = bccgo.StackTraces(m, "build_ids")
	return k, err
}

// stack is one that was found.
type stack struct {
	frames  []bccgo.Frame
	address bool
	missing bool
}

// of returns the stacks of an event, empty ones if they are not asked for.
func (k *stacks) of(e *event) (kernel, user stack, err error) {
	if k == nil {
		return kernel, user, nil
	}
	if k.kernelStack {
		kernel, err = k.find(e.kernelStack == 0, func() ([]bccgo.Frame, error) {
			return k.kept.Frames(e.kernelStack, bccgo.KernelPID)
		})
	}
	if err != nil || !k.userStack {
		return kernel, user, err
	}
	if k.byBuildID != nil {
		user, err = k.find(e.userStack < 0, func() ([]bccgo.Frame, error) { return k.byBuildID.BuildIDFrames(e.userStack) })
		return kernel, user, err
	}
	user, err = k.find(e.userStack == 0, func() ([]bccgo.Frame, error) {
		return k.kept.Frames(uint64(e.userStack), int(e.pid))
	})
	return kernel, user, err
}

func (k *stacks) find(missing bool, frames func() ([]bccgo.Frame, error)) (stack, error) {
	s := stack{address: k.address, missing: missing}
	if missing {
		return s, nil
	}
	var err error
	s.frames, err = frames()
	if errors.Is(err, bccgo.ErrKeyNotExist) {
		s.missing, err = true, nil
	}
	return s, err
}

// names are the functions, innermost first.
func (s stack) names() []string {
	if len(s.frames) == 0 {
		return nil
	}
	return bccgo.FrameNames(s.frames, symbolForm)
}

// text has a line for each function.
func (s stack) text() string {
	if s.missing {
		return "        [stack not known]\n"
	}
	var b strings.Builder
	for i, name := range s.names() {
		b.WriteString("        ")
		if s.address {
			fmt.Fprintf(&b, "%16x ", s.frames[i].Addr)
		}
		b.WriteString(toolkit.Printable(name) + "\n")
	}
	return b.String()
}
