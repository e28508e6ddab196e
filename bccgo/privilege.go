package bccgo

import (
	"fmt"
	"os"

	"github.com/bccgo/bcc/bccgo/internal/probe"

	"golang.org/x/sys/unix"
)

// Capability numbers (linux/capability.h).
const (
	capSysAdmin = 21
	capPerfmon  = 38
	capBPF      = 39
)

// CheckPrivilege refuses early, and in plain words, what the kernel would
// refuse with EPERM after a compile of a second or more. Load calls it first.
// The error is a *PermissionError.
func CheckPrivilege() error {
	caps, err := effectiveCaps()
	if err != nil || caps&(1<<capSysAdmin) != 0 || caps&(1<<capBPF) != 0 && caps&(1<<capPerfmon) != 0 {
		return nil // unknown counts as allowed: the kernel decides
	}
	return permission("load BPF program", unix.EPERM)
}

func effectiveCaps() (uint64, error) {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&hdr, &data[0]); err != nil {
		return 0, fmt.Errorf("read capabilities: %w", err)
	}
	return uint64(data[1].Effective)<<32 | uint64(data[0].Effective), nil
}

// permission explains an EPERM of bpf(2): too few capabilities, or a kernel in
// lockdown.
func permission(op string, err error) error {
	e := &PermissionError{Op: op, Err: err}
	if lockedDown() {
		e.Lockdown = true
		e.Missing = "the kernel is in lockdown mode confidentiality, which forbids BPF to read kernel memory"
		e.Fix = "boot with lockdown=integrity or without lockdown= (Secure Boot may set it)"
		return e
	}
	e.Missing = fmt.Sprintf("user %d lacks the capabilities CAP_BPF and CAP_PERFMON", os.Geteuid())
	e.Fix = "run it as root (sudo), or give the program the capabilities: setcap cap_bpf,cap_perfmon,cap_sys_resource+ep FILE"
	return e
}

// lockedDown tells whether the kernel hides its memory from BPF.
func lockedDown() bool {
	mode, err := probe.Running().Lockdown()
	return err == nil && mode == "confidentiality"
}
