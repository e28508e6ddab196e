package bccgo

import (
	"errors"
	"fmt"
	"regexp"
)

// MatchError means that a regular expression gave nothing to attach to.
type MatchError struct {
	// Kind says what was matched: "kernel function", "tracepoint", …
	Kind string
	// Pattern is the regular expression.
	Pattern string
	// Refused are the matches, none of which could be attached to, each with
	// the reason.
	Refused []ProbeCandidate
}

func (e *MatchError) Error() string {
	if len(e.Refused) == 0 {
		return fmt.Sprintf("no %s that can be probed matches: the whole name must match", e.Kind)
	}
	first := e.Refused[0]
	return fmt.Sprintf("all %d matches failed; the first, %s: %v", len(e.Refused), first.Probe, first.Err)
}

// Unwrap returns the reasons.
func (e *MatchError) Unwrap() []error { return reasons(e.Refused) }

// wholeName compiles a regular expression that must match all of a name.
func wholeName(pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		return nil, errors.New("the regular expression is empty")
	}
	// On its own first, for a message that quotes what was given.
	if _, err := regexp.Compile(pattern); err != nil {
		return nil, err
	}
	return regexp.Compile("^(?:" + pattern + ")$")
}
