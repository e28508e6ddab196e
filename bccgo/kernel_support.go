package bccgo

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// SupportKprobeMulti returns nil where one link can serve many kernel functions
// (Linux 5.18, CONFIG_FPROBE), else an *UnsupportedError, or a *PermissionError
// if this process may not find out. It is tried, once.
func SupportKprobeMulti() error {
	if err := CheckPrivilege(); err != nil {
		return err
	}
	err := features.HaveBPFLinkKprobeMulti()
	if errors.Is(err, ebpf.ErrNotSupported) {
		return &UnsupportedError{
			Feature: "kprobe_multi links",
			Reason:  "the kernel is older than 5.18 or built without CONFIG_FPROBE",
			Fix:     "attach to functions one by one",
			Err:     err,
		}
	}
	return err
}

// SupportKfunc returns nil where functions can be attached to kernel functions
// by KFUNC_PROBE and KRETFUNC_PROBE (fentry and fexit; Linux 5.5 on x86-64, 6.4
// on arm64), else an *UnsupportedError, or a *PermissionError if this process
// may not find out. One is loaded and dropped.
func SupportKfunc() error {
	if err := probe.Running().FentrySupported(); err != nil {
		return err
	}
	return tryLoad("fentry and fexit", "use kprobes or tracepoints", &ebpf.ProgramSpec{
		Type: ebpf.Tracing, AttachType: ebpf.AttachTraceFEntry, AttachTo: "bpf_fentry_test1",
	})
}

// SupportFmodRet is SupportKfunc for functions that change a kernel function's
// result (KMOD_RET; Linux 5.7).
func SupportFmodRet() error {
	if err := probe.Running().FentrySupported(); err != nil {
		return err
	}
	return tryLoad("functions that change results (fmod_ret)", "use a kernel from 5.7 on that allows them", &ebpf.ProgramSpec{
		Type: ebpf.Tracing, AttachType: ebpf.AttachModifyReturn, AttachTo: "security_file_open",
	})
}

// SupportLSM is SupportKfunc for functions at security hooks (LSM_PROBE; Linux
// 5.7, CONFIG_BPF_LSM, and bpf in the boot parameter lsm=).
func SupportLSM() error {
	if err := probe.Running().LSMSupported(); err != nil {
		return err
	}
	return tryLoad("security (LSM) programs", "use a kernel from 5.7 on that allows them", &ebpf.ProgramSpec{
		Type: ebpf.LSM, AttachType: ebpf.AttachLSMMac, AttachTo: "file_open",
	})
}

// SupportIter is SupportKfunc for iterators (BPF_ITER; Linux 5.8, CONFIG_DEBUG_INFO_BTF).
func SupportIter() error {
	if err := probe.Running().BTFProgramsSupported("iterators", 5, 8); err != nil {
		return err
	}
	return tryLoad("iterators", "use a kernel from 5.8 on that allows them", &ebpf.ProgramSpec{
		Type: ebpf.Tracing, AttachType: ebpf.AttachTraceIter, AttachTo: "bpf_map",
	})
}

// SupportTracepointBTF is SupportKfunc for tracepoints with typed arguments
// (Linux 5.5, CONFIG_DEBUG_INFO_BTF).
func SupportTracepointBTF() error {
	if err := probe.Running().BTFProgramsSupported("tracepoints with typed arguments", 5, 5); err != nil {
		return err
	}
	return tryLoad("tracepoints with typed arguments", "use raw tracepoints", &ebpf.ProgramSpec{
		Type: ebpf.Tracing, AttachType: ebpf.AttachTraceRawTp, AttachTo: "sys_enter",
	})
}

// SupportRawTracepoint returns nil where functions can be attached to raw
// tracepoints (Linux 4.17, CONFIG_BPF_EVENTS), else an *UnsupportedError.
func SupportRawTracepoint() error {
	return probe.Running().RawTracepointSupported()
}

// SupportRawTracepointInModule is SupportRawTracepoint for the tracepoints of
// modules (Linux 5.0, CONFIG_MODULES).
func SupportRawTracepointInModule() error {
	return probe.Running().RawTracepointInModuleSupported()
}

// tryLoad loads a program that does nothing and tells why that failed.
func tryLoad(feature, fix string, spec *ebpf.ProgramSpec) error {
	if err := CheckPrivilege(); err != nil {
		return err
	}
	spec.License = "GPL"
	spec.Instructions = asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}
	p, err := ebpf.NewProgram(spec)
	if err == nil {
		return p.Close()
	}
	if errors.Is(err, unix.EPERM) {
		err = unix.EPERM // the loader's text blames a limit
	}
	return &UnsupportedError{
		Feature: feature,
		Reason:  fmt.Sprintf("the kernel refuses such a program for %s (%v)", spec.AttachTo, err),
		Fix:     fix,
		Err:     err,
	}
}
