package bccgo

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// AttachReason is why a function could not be attached, for a program that does
// something else then. The error's text says more.
type AttachReason string

// The reasons that AttachError.Reason tells.
const (
	// ReasonOther: none of those below.
	ReasonOther AttachReason = "other"
	// ReasonAbsent: there is no function, tracepoint, file or symbol of that
	// name; AttachError.Nearest has names that come close.
	ReasonAbsent AttachReason = "absent"
	// ReasonInlined: the compiler put all of the function, or its start, into its
	// callers.
	ReasonInlined AttachReason = "inlined"
	// ReasonBlacklisted: the kernel forbids probes on the function.
	ReasonBlacklisted AttachReason = "blacklisted"
	// ReasonNotTraceable: the kernel keeps the function from tracing.
	ReasonNotTraceable AttachReason = "not traceable"
	// ReasonNotModifiable: the kernel lets no program change the function's result.
	ReasonNotModifiable AttachReason = "not modifiable"
	// ReasonAmbiguous: the name means several places.
	ReasonAmbiguous AttachReason = "ambiguous"
	// ReasonMisplaced: there is no instruction at the offset or address.
	ReasonMisplaced AttachReason = "misplaced"
	// ReasonNoKprobes: the kernel has no kprobes, or they are switched off.
	ReasonNoKprobes AttachReason = "no kprobes"
	// ReasonNoTracefs: tracefs is not mounted, or cannot be read.
	ReasonNoTracefs AttachReason = "no tracefs"
	// ReasonUnsupported: the kernel lacks an option, is too old, or runs on a
	// processor without the event.
	ReasonUnsupported AttachReason = "unsupported"
	// ReasonNeedsPID: the place is known only of a process that runs.
	ReasonNeedsPID AttachReason = "needs pid"
	// ReasonNoProcess: the process has ended.
	ReasonNoProcess AttachReason = "no process"
	// ReasonGoReturn: a return probe would crash the Go program, or the function
	// has no place for those that would not.
	ReasonGoReturn AttachReason = "Go return"
	// ReasonLockdown: the kernel is locked down.
	ReasonLockdown AttachReason = "lockdown"
	// ReasonPermission: the process lacks a capability, or may not read a file.
	ReasonPermission AttachReason = "permission"
	// ReasonAttached: the function runs there already.
	ReasonAttached AttachReason = "attached"
	// ReasonConflict: another program has a uprobe there with another semaphore, or
	// holds the place on a network device or control group.
	ReasonConflict AttachReason = "conflict"
	// ReasonLimit: ProbeLimit is reached.
	ReasonLimit AttachReason = "limit"
)

// kprobeReasons are those of kernel functions.
var kprobeReasons = map[probe.KprobeReason]AttachReason{
	probe.KprobeAbsent:      ReasonAbsent,
	probe.KprobeInlined:     ReasonInlined,
	probe.KprobePart:        ReasonInlined,
	probe.KprobeBlacklisted: ReasonBlacklisted,
	probe.KprobeNotrace:     ReasonNotTraceable,
	probe.KprobeAmbiguous:   ReasonAmbiguous,
	probe.KprobeBeyond:      ReasonMisplaced,
	probe.KprobeMisplaced:   ReasonMisplaced,
	probe.KprobeUnsupported: ReasonNoKprobes,
}

// Reason tells why the function could not be attached. Of a regular expression
// whose matches all failed it is the first one's reason.
func (e *AttachError) Reason() AttachReason {
	for _, find := range []func(error) AttachReason{privilegeReason, kernelReason, userReason, linkReason} {
		if r := find(e.Err); r != "" {
			return r
		}
	}
	return ReasonOther
}

// privilegeReason finds what the process or the kernel's mode does not allow.
func privilegeReason(err error) AttachReason {
	var denied *PermissionError
	var lack *UnsupportedError
	var tracefs *TracefsError
	switch {
	case errors.As(err, &denied) && denied.Lockdown, errors.As(err, &lack) && lack.Lockdown,
		errors.As(err, &tracefs) && tracefs.Reason == probe.TracefsLocked:
		return ReasonLockdown
	case denied != nil, tracefs != nil && tracefs.Reason == probe.TracefsNotReadable:
		return ReasonPermission
	}
	return ""
}

// kernelReason finds what the kernel lacks, or has no more room for.
func kernelReason(err error) AttachReason {
	var kprobe *KprobeError
	var lack *UnsupportedError
	var tracefs *TracefsError
	var absent *UnknownHookError
	var fixed *NotModifiableError
	var busy *BusyError
	switch {
	case errors.As(err, &busy):
		return ReasonConflict
	case errors.As(err, &fixed):
		return ReasonNotModifiable
	case errors.As(err, &kprobe):
		return kprobeReasons[kprobe.Reason]
	case errors.As(err, &lack) && lack.Feature == probe.FeatureKprobes:
		return ReasonNoKprobes
	case lack != nil:
		return ReasonUnsupported
	case errors.As(err, &tracefs):
		return ReasonNoTracefs
	case errors.As(err, &absent):
		return ReasonAbsent
	}
	return ""
}

// userReason finds what is wrong with a place in a program or library.
func userReason(err error) AttachReason {
	var file *FileError
	var symbol *SymbolError
	var ret *GoUretprobeError
	var code *GoCodeError
	switch {
	case errors.As(err, &ret), errors.As(err, &code) && code.Err != nil:
		return ReasonGoReturn
	case errors.As(err, &symbol) && symbol.Inlined:
		return ReasonInlined
	case errors.As(err, &symbol) && symbol.NeedsPID:
		return ReasonNeedsPID
	case symbol != nil && symbol.Misplaced:
		return ReasonMisplaced
	case errors.Is(err, unix.ESRCH), errors.As(err, &file) && file.Gone:
		return ReasonNoProcess
	case errors.Is(err, fs.ErrPermission):
		return ReasonPermission
	case errors.Is(err, unix.ENODEV):
		return ReasonAbsent
	case file != nil && file.Err == nil && file.PID >= 0, symbol != nil, errors.Is(err, fs.ErrNotExist):
		return ReasonAbsent
	}
	return ""
}

// linkReason finds what is wrong with the attachment as such.
func linkReason(err error) AttachReason {
	var already *AlreadyAttachedError
	var conflict *ProbeConflictError
	var limit *ProbeLimitError
	var match *MatchError
	switch {
	case errors.As(err, &conflict):
		return ReasonConflict
	case errors.As(err, &already):
		return ReasonAttached
	case errors.As(err, &limit):
		return ReasonLimit
	case errors.As(err, &match), errors.As(err, new(*NoProbesError)), errors.As(err, new(*ProbeNotFoundError)):
		return ReasonAbsent
	case errors.As(err, new(*AmbiguousProbeError)):
		return ReasonAmbiguous
	}
	return ""
}

// Nearest are up to three names that come close to one that is absent.
func (e *AttachError) Nearest() []string {
	var kprobe *KprobeError
	var absent *UnknownHookError
	var file *FileError
	var symbol *SymbolError
	var device *UnknownDeviceError
	var static *ProbeNotFoundError
	switch {
	case errors.As(e.Err, &device):
		return device.Nearest
	case errors.As(e.Err, &static):
		return static.Nearest
	case errors.As(e.Err, &kprobe):
		return kprobe.Nearest
	case errors.As(e.Err, &absent):
		return absent.Nearest
	case errors.As(e.Err, &symbol):
		return symbol.Nearest
	case errors.As(e.Err, &file):
		return file.Nearest
	}
	return nil
}
