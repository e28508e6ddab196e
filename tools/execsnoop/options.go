package main

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags.
type options struct {
	time, timestamp, fails, quote  bool
	printUID, printCPU, printPComm bool
	user, name, line               string
	maxArgs                        int
	ppid                           uint
	containers                     toolkit.Containers
	probes                         toolkit.Syscalls
	nameRegexp, lineRegexp         *regexp.Regexp
}

// maxMaxArgs is how many arguments a per-CPU table's entry, 32 KiB at most, has
// room for.
const maxMaxArgs = 200

// start is what the flags make of the program.
type start struct {
	defines map[string]string
	config  config
}

// prepare checks the flags and turns them into what Load and the program need.
func (o *options) prepare(s *toolkit.Session) (*start, error) {
	st := &start{config: config{On: 1, PPID: uint32(o.ppid)}}
	if o.fails {
		st.config.Fails = 1
	}
	if o.user != "" {
		uid, err := toolkit.UserID(o.user)
		if err != nil {
			return nil, err
		}
		st.config.ByUID, st.config.UID = 1, uid
	}
	if o.maxArgs < 1 || o.maxArgs > maxMaxArgs {
		return nil, fmt.Errorf("--max-args %d: must be 1 to %d", o.maxArgs, maxMaxArgs)
	}
	var err error
	if o.nameRegexp, err = compile("name", o.name); err != nil {
		return nil, err
	}
	if o.lineRegexp, err = compile("line", o.line); err != nil {
		return nil, err
	}
	st.defines, err = o.defines(s)
	return st, err
}

func (o *options) defines(s *toolkit.Session) (map[string]string, error) {
	own, err := s.OwnHeaders("parents are told by forks seen since the start, others by /proc")
	if err != nil {
		return nil, err
	}
	defines := map[string]string{"MAX_ARGS": strconv.Itoa(o.maxArgs)}
	if own {
		defines["OWN_HEADERS"] = ""
	}
	if err := o.containers.Define(defines, own); err != nil {
		return nil, err
	}
	return defines, o.probes.Define(s, defines)
}

// compile returns nil for no expression.
func compile(flag, expr string) (*regexp.Regexp, error) {
	if expr == "" {
		return nil, nil
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	return re, nil
}
