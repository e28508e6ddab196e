package bccgo

import (
	"fmt"
	"slices"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// KprobeFunctions lists the kernel functions whose whole name matches a regular
// expression in Go's syntax and that a probe can be put on, sorted. Those of
// modules are listed by their plain name.
//
// It reads /proc/kallsyms, and leaves out what debugfs lists as forbidden for
// kprobes and what tracefs does not list as traceable, where these are mounted
// and readable. No match is no error.
func KprobeFunctions(re string) ([]string, error) {
	pattern, err := wholeName(re)
	if err != nil {
		return nil, fmt.Errorf("list kernel functions: %w", err)
	}
	functions, err := probe.Running().KprobeFunctions(pattern.Match)
	if err != nil {
		return nil, fmt.Errorf("list kernel functions: %w", err)
	}
	names := namesOf(functions)
	slices.Sort(names)
	return names, nil
}

// Tracepoints lists the tracepoints, category:event, whose whole name matches a
// regular expression in Go's syntax, sorted. Without tracefs, where they are
// listed, the error is a *TracefsError. No match is no error.
func Tracepoints(re string) ([]string, error) {
	pattern, err := wholeName(re)
	if err != nil {
		return nil, fmt.Errorf("list tracepoints: %w", err)
	}
	all, err := probe.Running().Tracepoints()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(name string) bool { return !pattern.MatchString(name) }), nil
}

// GetSyscallPrefix returns what the running kernel puts before the name of a
// system call to name the function that it enters: "__x64_sys_" on x86-64,
// "__arm64_sys_" on arm64, "sys_" before Linux 4.17.
func GetSyscallPrefix() (string, error) {
	return probe.Running().SyscallPrefix()
}

// FixSyscallFnName replaces the prefix of a system call's function by the
// running kernel's, where it is that of any kernel: "sys_clone" is
// "__x64_sys_clone" on x86-64. Any other name is returned as it is.
func FixSyscallFnName(name string) (string, error) {
	return probe.Running().FixSyscallName(name)
}
