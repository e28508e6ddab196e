package main

import (
	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags.
type options struct {
	timestamp, wide, errors, printUID, count bool
	tasks                                    snoop.Tasks
	filter                                   inet.Filter
	containers                               toolkit.Containers
	probes                                   toolkit.Syscalls
}

// start is what the flags make of the program.
type start struct {
	defines map[string]string
	config  config
}

// prepare checks the flags and turns them into what Load and the program need.
func (o *options) prepare(s *toolkit.Session) (*start, error) {
	if err := o.tasks.Check(); err != nil {
		return nil, err
	}
	if err := o.filter.Check(); err != nil {
		return nil, err
	}
	st := &start{defines: map[string]string{}}
	o.filter.Define(st.defines)
	if o.errors {
		st.config.Errors = 1
	}
	if o.count {
		st.defines["COUNT"] = ""
	}
	return st, o.define(s, st.defines)
}

// define adds the defines that the kernel decides on.
func (o *options) define(s *toolkit.Session, defines map[string]string) error {
	own, err := bccgo.HeadersMatch(nil)
	if err != nil {
		return err
	}
	if err := inet.CheckHeaders(own); err != nil {
		return err
	}
	defineFlags(s, defines)
	if err := o.containers.Define(defines, own); err != nil {
		return err
	}
	return o.probes.Define(s, defines)
}

// defineFlags tells the program where sockets have their options: Linux 6.6 made one
// member of many bit-fields, and some older kernels have that, too. Without types of
// the kernel its version has to do.
func defineFlags(s *toolkit.Session, defines map[string]string) {
	one, err := bccgo.KernelStructHasField("inet_sock", "inet_flags")
	if err != nil {
		s.Notef("where sockets have their options is told by the kernel's version: %v", err)
		return
	}
	defines["INET_FLAGS"] = map[bool]string{false: "0", true: "1"}[one]
}
