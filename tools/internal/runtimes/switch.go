package runtimes

import (
	"bytes"
	"fmt"
	"os"
	"slices"
)

// Kind is what a tool traces.
type Kind string

// The kinds that some runtimes tell of only when they are asked to at their start.
const (
	Calls   Kind = "calls"
	Objects Kind = "objects"
)

// aSwitch is what makes a runtime tell of something.
type aSwitch struct {
	of Kind
	// words are those of which one is in the command line or the environment of a
	// process that has it.
	words []string
	with  string
}

// Silence says what has to be done if a process seems to have been started so that
// its probes tell nothing of a kind, else "". It may have been asked to tell in
// another way, as by a file with options.
func (p *Process) Silence(of Kind) string {
	i := slices.IndexFunc(p.Runtime.switches, func(s aSwitch) bool { return s.of == of })
	if i < 0 {
		return ""
	}
	var said []byte
	for _, file := range []string{"cmdline", "environ"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.PID, file))
		if err != nil {
			return "" // nothing can be told
		}
		said = append(said, text...)
	}
	s := p.Runtime.switches[i]
	if slices.ContainsFunc(s.words, func(word string) bool { return bytes.Contains(said, []byte(word)) }) {
		return ""
	}
	return fmt.Sprintf("process %d tells of no %s unless it was started with %s", p.PID, of, s.with)
}
