package host

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// setcap lets a user run one program; SYS_PTRACE is for libraries and symbols
// of other processes, SYSLOG for kernel addresses.
const setcap = "setcap cap_bpf,cap_perfmon,cap_sys_resource,cap_sys_ptrace,cap_syslog+ep PROGRAM"

func (h *host) privileges() Check {
	c := Check{ID: "privileges", Name: "Privileges"}
	switch {
	case h.selfErr != nil:
		return c.unknown(h.selfErr)
	case h.self.mayLoad():
		return c.ok(h.self.String())
	case h.self.uid == 0:
		return c.bad(Fail, h.self.String(), "root without CAP_SYS_ADMIN, or CAP_BPF and CAP_PERFMON, cannot load programs",
			"in a container: --privileged, or --cap-add SYS_ADMIN (from kernel 5.8 on BPF and PERFMON)")
	}
	fix := []string{"run as root: sudo PROGRAM"}
	if version, err := h.kernel.Version(); err == nil && version.AtLeast(5, 8) {
		fix = append(fix, setcap)
	}
	return c.bad(Fail, h.self.String(), "loading programs needs root, or from kernel 5.8 on CAP_BPF and CAP_PERFMON", fix...)
}

func (h *host) lockdown() Check {
	c := Check{ID: "lockdown", Name: "Kernel lockdown"}
	mode, err := h.kernel.Lockdown()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c = c.unknown(fmt.Errorf("nothing tells: securityfs is not mounted"))
		c.Fix = []string{"mount -t securityfs securityfs /sys/kernel/security"}
		return c
	case err != nil:
		return c.unknown(err)
	case mode == "confidentiality":
		return c.bad(Fail, mode, "programs cannot read kernel memory, and kprobes and tracefs are forbidden",
			"boot with lockdown=integrity or without lockdown= (Secure Boot may set it)")
	case mode == "integrity":
		return c.bad(Warn, mode, "programs cannot write to the memory of processes (bpf_probe_write_user); all else works",
			"boot without lockdown= (Secure Boot may set it)")
	}
	return c.ok(mode)
}

// setting reads one of the kernel's settings.
func (h *host) setting(name string) (string, error) {
	value, err := h.root.ReadLine("/proc/sys/kernel/" + name)
	if err != nil {
		return "", fmt.Errorf("read kernel.%s: %w", name, err)
	}
	return value, nil
}

// unprivilegedBPF is for information: what bccgo loads needs privileges in
// any case.
func (h *host) unprivilegedBPF() Check {
	c := Check{ID: "unprivileged_bpf", Name: "BPF for every user"}
	value, err := h.setting("unprivileged_bpf_disabled")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c.ok("no such setting")
	case err != nil:
		return c.unknown(err)
	}
	meaning := map[string]string{"0": "allowed", "1": "forbidden until the next boot", "2": "forbidden"}[value]
	if meaning == "" {
		return c.unknown(fmt.Errorf("kernel.unprivileged_bpf_disabled is %q", value))
	}
	return c.ok(meaning + " (kernel.unprivileged_bpf_disabled=" + value + "); not needed")
}

func (h *host) perfParanoid() Check {
	c := Check{ID: "perf_event_paranoid", Name: "Perf events"}
	value, err := h.setting("perf_event_paranoid")
	switch {
	case err != nil:
		return c.unknown(err)
	case h.selfErr != nil:
		return c.unknown(h.selfErr)
	}
	text := "kernel.perf_event_paranoid=" + value
	if h.self.mayTrace() || strings.HasPrefix(value, "-") {
		return c.ok(text)
	}
	return c.bad(Warn, text, "this user may not open the events that probes are attached to",
		"run as root, or with CAP_PERFMON", "as root: sysctl kernel.perf_event_paranoid=-1")
}

// kernelAddresses looks at what kallsyms really shows: three settings and two
// capabilities decide it.
func (h *host) kernelAddresses() Check {
	c := Check{ID: "kptr_restrict", Name: "Kernel addresses"}
	restrict, err := h.setting("kptr_restrict")
	if err != nil {
		return c.unknown(err)
	}
	text := "kernel.kptr_restrict=" + restrict
	shown, err := h.addressesShown()
	switch {
	case err != nil:
		return c.unknown(err)
	case shown:
		return c.ok("readable (" + text + ")")
	case restrict == "2":
		return c.bad(Warn, "hidden ("+text+")", "kernel stacks cannot be given names", "as root: sysctl kernel.kptr_restrict=1")
	}
	return c.bad(Warn, "hidden ("+text+")", "kernel stacks cannot be given names", "run as root, or with CAP_SYSLOG")
}

// addressesShown looks at the first symbols; a few have address 0 anywhere.
func (h *host) addressesShown() (bool, error) {
	const enough = 1000
	seen := 0
	for sym, err := range h.kernel.Ksyms() {
		if err != nil {
			return false, err
		}
		if sym.IsFunction() && sym.Addr != 0 {
			return true, nil
		}
		if seen++; seen == enough {
			break
		}
	}
	return false, nil
}
