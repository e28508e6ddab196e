// Package host gathers what a computer offers to BPF programs and what it
// lacks, with the command that mends each lack: the facts behind "bccgo
// doctor". It reads, and changes nothing.
package host

import (
	"errors"

	"github.com/bccgo/bcc/bccgo/internal/distro"
	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// Status is the outcome of a check.
type Status string

// The outcomes of a check.
const (
	OK      Status = "ok"
	Warn    Status = "warn"    // something works less well, or not at all
	Fail    Status = "fail"    // no program can be compiled, loaded or attached
	Unknown Status = "unknown" // what would tell could not be read
)

// Check is one fact about the host.
type Check struct {
	ID     string   `json:"id"`              // stable, for programs: "tracefs"
	Name   string   `json:"name"`            // for people: "Tracing file system"
	Status Status   `json:"status"`          //
	Value  string   `json:"value,omitempty"` // what was found
	Why    string   `json:"why,omitempty"`   // what the trouble is; empty for OK
	Fix    []string `json:"fix,omitempty"`   // commands or settings, any of which helps
}

// host is what the checks share.
type host struct {
	root   rootfs.FS
	kernel *probe.Kernel
	family distro.Family
	self   process
	// selfErr is why self is not known.
	selfErr error
}

// Report examines the host below root and returns every check, always the
// same ones in the same order. What cannot be read is Unknown with the reason;
// the report as a whole never fails. The environment variables that a compile
// heeds count here, too. As root on the live system some checks ask the kernel
// itself, by loading a program or creating a map and dropping it again.
func Report(root rootfs.FS) []Check {
	h := &host{root: root, kernel: probe.New(root), family: distro.Detect(root)}
	h.self, h.selfErr = readProcess(root)
	checks := []func() Check{
		h.kernelRelease, h.cpus, h.privileges, h.lockdown, h.unprivilegedBPF, h.perfParanoid, h.kernelAddresses, h.memlock,
		h.libbcc, h.headers, h.btf,
		h.tracefs, h.kprobes, h.uprobes, h.rawTracepoints, h.fentry, h.ringBuffer, h.lsm,
	}
	report := make([]Check, len(checks))
	for i, check := range checks {
		report[i] = check()
	}
	return report
}

// mayAsk reports whether the kernel itself can be asked with bpf(2).
func (h *host) mayAsk() bool {
	return h.root.IsLive() && h.selfErr == nil && h.self.mayLoad()
}

// ok, bad and unknown complete a check that has its ID and Name.

func (c Check) ok(value string) Check {
	c.Status, c.Value = OK, value
	return c
}

func (c Check) bad(status Status, value, why string, fix ...string) Check {
	c.Status, c.Value, c.Why, c.Fix = status, value, why, fix
	return c
}

func (c Check) unknown(err error) Check {
	c.Status, c.Why = Unknown, err.Error()
	return c
}

// supported turns the answer of one of probe's questions into a check. A lack
// has the given status.
func (c Check) supported(err error, lack Status) Check {
	var unsupported *probe.UnsupportedError
	switch {
	case err == nil:
		return c.ok("available")
	case errors.As(err, &unsupported):
		return c.bad(lack, "not available", unsupported.Reason, unsupported.Fix)
	}
	return c.unknown(err)
}
