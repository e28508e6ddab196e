package bccgo

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/headers"
	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// TracepointExists tells whether the running kernel has a tracepoint. Without
// tracefs, where they are listed, the error is a *TracefsError.
func TracepointExists(category, event string) (bool, error) {
	return probe.Running().TracepointExists(category, event)
}

// GetSyscallFnName returns the kernel function that a system call enters:
// "clone" is "__x64_sys_clone" on x86-64, "__arm64_sys_clone" on arm64 and
// "sys_clone" before Linux 4.17.
func GetSyscallFnName(call string) (string, error) {
	return probe.Running().SyscallName(call)
}

// SupportKprobes returns nil where the running kernel can put probes on its own
// functions, else an error with the reason and what to use instead.
func SupportKprobes() error {
	return probe.Running().KprobesSupported()
}

// HeadersMatch tells whether a Load with these options compiles with the
// running kernel's own headers. With those of another kernel a program must not
// follow pointers into kernel structures, whose members may be elsewhere.
func HeadersMatch(o *Options) (bool, error) {
	t, err := o.orDefault().target()
	if err != nil {
		return false, err
	}
	running, err := probe.Running().Release()
	if err != nil {
		return false, fmt.Errorf("describe this kernel: %w", err)
	}
	plan, err := t.headers(o.orDefault().Headers)
	if err != nil {
		return false, err
	}
	chosen := plan.Choice
	if chosen == nil || chosen.Kind != headers.Explicit {
		return t.Release == running, nil
	}
	release, err := headersRelease(chosen)
	return release == running, err
}

// headersRelease reads the release that a header tree was made for.
func headersRelease(c *headers.Choice) (string, error) {
	path := filepath.Join(c.Path, "include/generated/utsrelease.h")
	if !c.Tree {
		path = filepath.Join(c.Path, "build/include/generated/utsrelease.h")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("find out what kernel the headers are for: %w", err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "#define UTS_RELEASE "); ok {
			return strings.Trim(rest, `"`), nil
		}
	}
	return "", fmt.Errorf("find out what kernel the headers are for: no UTS_RELEASE in %s", path)
}
