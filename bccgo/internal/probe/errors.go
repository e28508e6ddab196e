package probe

import "github.com/bccgo/bcc/bccgo/internal/nearest"

// nearestNames is how many similar names an error offers.
const nearestNames = 3

// UnknownError says that the kernel has nothing of that name.
type UnknownError struct {
	Kind    string   // what was looked for: "tracepoint", "raw tracepoint", …
	Name    string   // the name as asked for
	Nearest []string // similar names the kernel has, nearest first
}

func (e *UnknownError) Error() string {
	return "this kernel has no " + e.Kind + " " + e.Name + nearest.Phrase(e.Nearest)
}

// FeatureKprobes is the Feature of an UnsupportedError about kprobes.
const FeatureKprobes = "kprobes"

// UnsupportedError says that the kernel cannot do something at all, why, and
// what would make it able to.
type UnsupportedError struct {
	Feature string // "kprobes", "fentry", …
	Reason  string // what is missing
	Fix     string // what to do about it
	// Lockdown tells that the kernel could, and is locked down.
	Lockdown bool
	Err      error // the kernel's refusal, where it was asked
}

func (e *UnsupportedError) Error() string {
	return e.Feature + " are not available: " + e.Reason + "; " + e.Fix
}

func (e *UnsupportedError) Unwrap() error {
	return e.Err
}
