package host

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/headers"
)

func (h *host) kernelRelease() Check {
	c := Check{ID: "kernel", Name: "Kernel"}
	u, err := h.kernel.Uname()
	if err != nil {
		return c.unknown(err)
	}
	value := strings.TrimSpace(u.Release + " " + u.Machine)
	version, err := h.kernel.Version()
	switch {
	case err != nil:
		return c.unknown(err)
	case !version.AtLeast(4, 17):
		return c.bad(Fail, value, "probes that vanish with the program, and raw tracepoints, came with kernel 4.17", "use a kernel from 4.17 on")
	}
	return c.ok(value)
}

func (h *host) cpus() Check {
	c := Check{ID: "cpus", Name: "CPUs"}
	online, err := h.kernel.OnlineCPUs()
	if err != nil {
		return c.unknown(err)
	}
	possible, err := h.kernel.PossibleCPUs()
	if err != nil {
		return c.unknown(err)
	}
	return c.ok(fmt.Sprintf("%d online, %d possible", len(online), len(possible)))
}

// memlock: before 5.11 maps and programs were charged to the limit of locked
// memory.
func (h *host) memlock() Check {
	c := Check{ID: "memlock", Name: "Locked memory limit"}
	version, err := h.kernel.Version()
	if err != nil {
		return c.unknown(err)
	}
	if version.AtLeast(5, 11) {
		return c.ok("not needed from kernel 5.11 on")
	}
	limit, err := h.lockedLimit()
	switch {
	case err != nil:
		return c.unknown(err)
	case limit == "unlimited":
		return c.ok(limit)
	case h.selfErr == nil && (h.self.has(capSysResource) || h.self.has(capSysAdmin)):
		return c.ok(limit + " bytes; this process may raise it")
	}
	return c.bad(Warn, limit+" bytes", "kernels before 5.11 charge maps and programs to this limit, and this process may not raise it",
		"run as root, or with CAP_SYS_RESOURCE", "ulimit -l unlimited")
}

// lockedLimit is the soft limit, in bytes or "unlimited".
func (h *host) lockedLimit() (string, error) {
	text, err := h.root.ReadFile("/proc/self/limits")
	if err != nil {
		return "", fmt.Errorf("read the locked memory limit: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		rest, ok := strings.CutPrefix(line, "Max locked memory")
		fields := strings.Fields(rest)
		if !ok || len(fields) == 0 {
			continue
		}
		if _, err := strconv.ParseUint(fields[0], 10, 64); err == nil || fields[0] == "unlimited" {
			return fields[0], nil
		}
	}
	return "", errors.New("read the locked memory limit: /proc/self/limits does not have it")
}

func (h *host) btf() Check {
	c := Check{ID: "btf", Name: "Kernel types (BTF)"}
	return c.supported(h.kernel.BTFSupported(), Warn)
}

func (h *host) headers() Check {
	c := Check{ID: "headers", Name: "Kernel headers"}
	release, err := h.kernel.Release()
	if err != nil {
		return c.unknown(err)
	}
	origin, explicit := headers.FromEnvironment(release)
	plan, err := headers.MakePlan(h.root, release, explicit, h.types())
	var failed *headers.HeadersError
	switch {
	case errors.As(err, &failed):
		return c.bad(Fail, "none", strings.Join(failed.Tried, "; "), failed.Fix...)
	case err != nil:
		return c.unknown(err)
	}
	if plan.Types != "" {
		return c.ok(typesText(plan))
	}
	choice := plan.Choice
	value := choice.Path
	if origin != "" {
		value += " (" + origin + ")"
	}
	if choice.Release != "" && choice.Release != release {
		return c.bad(Warn, value, "they are for kernel "+choice.Release+": layouts may differ from those of this kernel",
			"unset "+origin)
	}
	return c.ok(value)
}

// types is the file with the kernel's types, "" if there is none.
func (h *host) types() string {
	if h.kernel.BTFSupported() != nil {
		return ""
	}
	return "/sys/kernel/btf/vmlinux"
}

// typesText names the source of headers that is tried first, and the other one.
func typesText(plan *headers.Plan) string {
	text := "made from the kernel's types (BTF)"
	if plan.Choice != nil {
		text += ", and " + plan.Choice.Path
	}
	return text
}
