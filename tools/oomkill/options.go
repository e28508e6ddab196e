package main

import (
	"errors"
	"slices"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags, and what was made of them.
type options struct {
	ways  toolkit.Ways
	tasks snoop.Tasks // all of them
	// function tells that the program is attached to the function as well.
	function bool
}

// Ways to trace kills.
const (
	byFunction   = "the function oom_kill_process and the tracepoint oom:mark_victim"
	byTracepoint = "the tracepoint oom:mark_victim"
)

// choose finds the way to trace and the defines for it.
func (o *options) choose(s *toolkit.Session) (map[string]string, error) {
	own, err := s.OwnHeaders("the number of pages is not known")
	if err != nil {
		return nil, err
	}
	var foreign error
	if !own {
		foreign = errors.New("the headers to compile with are another kernel's")
	}
	const tracepoint = "tracepoint:oom:mark_victim"
	way, err := o.ways.Choose(s, "kills",
		toolkit.Way{Name: byFunction, Kind: "kprobe", Probes: []string{"kprobe:oom_kill_process", tracepoint}, Refused: foreign},
		toolkit.Way{Name: byTracepoint, Kind: "tracepoint", Probes: []string{tracepoint}})
	if err != nil {
		return nil, err
	}
	defines, err := victimDefines()
	if o.function = way.Name == byFunction; o.function {
		defines["USE_KPROBES"] = ""
	}
	return defines, err
}

// victimDefines tells the program whether the tracepoint names the victim, as it does
// from Linux 6.8 on.
func victimDefines() (map[string]string, error) {
	defines := map[string]string{}
	fields, err := bccgo.TracepointFields("oom:mark_victim")
	if slices.ContainsFunc(fields, func(f bccgo.TracepointField) bool { return f.Name == "comm" }) {
		defines["VICTIM_NAMED"] = ""
	}
	return defines, err
}

// attach attaches to the function, to its return first: what it left would be taken
// for what a later kill knows.
func (o *options) attach(m *bccgo.Module) error {
	if !o.function {
		return nil
	}
	if _, err := m.AttachKretprobe("oom_kill_process", "return_kill", nil); err != nil {
		return err
	}
	_, err := m.AttachKprobe("oom_kill_process", "enter_kill", nil)
	return err
}
