package host

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/features"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

func (h *host) tracefs() Check {
	c := Check{ID: "tracefs", Name: "Tracing file system"}
	dir, err := h.kernel.Tracefs()
	var failed *probe.TracefsError
	switch {
	case err == nil:
		return c.ok(dir)
	case errors.As(err, &failed):
		return c.bad(Fail, string(failed.Reason), "tracepoints and the trace pipe need it", failed.Fix())
	}
	return c.unknown(err)
}

func (h *host) kprobes() Check {
	c := Check{ID: "kprobes", Name: "Kernel probes"}
	return c.supported(h.kernel.KprobesSupported(), Warn)
}

func (h *host) uprobes() Check {
	c := Check{ID: "uprobes", Name: "User-space probes"}
	return c.supported(h.kernel.UprobesSupported(), Warn)
}

func (h *host) rawTracepoints() Check {
	c := Check{ID: "raw_tracepoints", Name: "Raw tracepoints"}
	if h.mayAsk() {
		if err := features.HaveProgramType(ebpf.RawTracepoint); errors.Is(err, ebpf.ErrNotSupported) {
			return c.bad(Warn, "not available", "the kernel refuses such programs", "use ordinary tracepoints")
		}
	}
	return c.supported(h.kernel.RawTracepointSupported(), Warn)
}

func (h *host) fentry() Check {
	c := Check{ID: "fentry", Name: "Function entry and exit"}
	spec := ebpf.ProgramSpec{Type: ebpf.Tracing, AttachType: ebpf.AttachTraceFEntry, AttachTo: entryTarget}
	return h.ask(c, h.kernel.FentrySupported(), spec, "use kprobes, tracepoints or raw tracepoints")
}

func (h *host) lsm() Check {
	c := Check{ID: "lsm_bpf", Name: "Security hooks"}
	spec := ebpf.ProgramSpec{Type: ebpf.LSM, AttachType: ebpf.AttachLSMMac, AttachTo: hookTarget}
	return h.ask(c, h.kernel.LSMSupported(), spec, "use kprobes or tracepoints, which observe but cannot refuse")
}

// ringBuffer asks the kernel where it can: distributions bring it to older
// versions.
func (h *host) ringBuffer() Check {
	c := Check{ID: "ring_buffer", Name: "Ring buffer"}
	const instead = "use a perf buffer, or a kernel from 5.8 on"
	if h.mayAsk() {
		err := features.HaveMapType(ebpf.RingBuf)
		switch {
		case err == nil:
			return c.ok("available")
		case errors.Is(err, ebpf.ErrNotSupported):
			return c.bad(Warn, "not available", "the kernel refuses such maps", instead)
		}
		return c.unknown(fmt.Errorf("ask the kernel for ring buffers: %w", err))
	}
	version, err := h.kernel.Version()
	switch {
	case err != nil:
		return c.unknown(err)
	case version.AtLeast(5, 8):
		return c.ok("available")
	}
	return c.bad(Warn, "not available", "kernel "+version.String()+" is older than 5.8", instead)
}
