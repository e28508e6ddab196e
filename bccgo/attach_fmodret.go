package bccgo

import (
	"fmt"

	"github.com/cilium/ebpf"
)

var fmodRetHook = &tracingHook{name: "fmod_ret", prefix: "kmod_ret__", typ: Tracing, attach: ebpf.AttachModifyReturn,
	open: openTracing, lack: SupportFmodRet, target: kernelFunction, explain: explainFunction}

// AttachFmodRet runs a KMOD_RET function before its kernel function, whose
// arguments it has. Where its result is not 0, the kernel function is left out
// and has that result; where it is 0, all goes on as without it. function is the
// kernel function as it stands in KMOD_RET(…), or the C name with the prefix
// kmod_ret__. Load does this for all KMOD_RET functions unless
// Options.NoAutoAttach is set.
//
// The kernel allows it for few functions: security_… and, in a kernel with
// CONFIG_FUNCTION_ERROR_INJECTION, those marked ALLOW_ERROR_INJECTION, which
// /sys/kernel/debug/error_injection/list names; some others are allowed by name,
// as update_socket_protocol from Linux 6.6 on. For any other the error is an
// *AttachError around *NotModifiableError. It needs what SupportFmodRet asks
// for; other errors are as for AttachKfunc.
func (m *Module) AttachFmodRet(function string) (*Link, error) {
	return m.attachTracing(fmodRetHook, function)
}

// DetachFmodRet detaches a KMOD_RET function, named as for AttachFmodRet. If it
// is not attached, the error is a *NotAttachedError.
func (m *Module) DetachFmodRet(function string) error {
	return m.detachTracing(fmodRetHook, function)
}

// NotModifiableError means that the kernel lets no program change the result of
// a function.
type NotModifiableError struct {
	// Name is the kernel function.
	Name string
	// Err is the kernel's refusal.
	Err error
}

func (e *NotModifiableError) Error() string {
	return fmt.Sprintf("the kernel lets no program change the result of %s: it does for security_… functions and, where built with "+
		"CONFIG_FUNCTION_ERROR_INJECTION, for those in /sys/kernel/debug/error_injection/list; take one of these that it calls or is called by", e.Name)
}

func (e *NotModifiableError) Unwrap() error { return e.Err }
