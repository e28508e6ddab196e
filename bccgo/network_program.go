package bccgo

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// kernelVersion is a version of Linux, as LINUX_VERSION_CODE has it.
type kernelVersion uint32

func linux(major, minor uint32) kernelVersion { return kernelVersion(major<<16 | minor<<8) }

func (v kernelVersion) String() string { return fmt.Sprintf("%d.%d", v>>16, v>>8&0xff) }

// programSince says which Linux brought the types of networking programs, by
// enum bpf_prog_type of its versions.
var programSince = map[ProgType]kernelVersion{
	ebpf.SocketFilter:   linux(3, 19),
	ebpf.SchedCLS:       linux(4, 1),
	ebpf.SchedACT:       linux(4, 1),
	ebpf.XDP:            linux(4, 8),
	ebpf.CGroupSKB:      linux(4, 10),
	ebpf.CGroupSock:     linux(4, 10),
	ebpf.LWTIn:          linux(4, 10),
	ebpf.LWTOut:         linux(4, 10),
	ebpf.LWTXmit:        linux(4, 10),
	ebpf.SockOps:        linux(4, 13),
	ebpf.SkSKB:          linux(4, 14),
	ebpf.CGroupDevice:   linux(4, 15),
	ebpf.SkMsg:          linux(4, 17),
	ebpf.CGroupSockAddr: linux(4, 17),
	ebpf.LircMode2:      linux(4, 18),
	ebpf.LWTSeg6Local:   linux(4, 18),
	ebpf.SkReuseport:    linux(4, 19),
	ebpf.FlowDissector:  linux(4, 20),
	ebpf.CGroupSysctl:   linux(5, 2),
	ebpf.CGroupSockopt:  linux(5, 3),
	ebpf.SkLookup:       linux(5, 9),
}

// networkProgram loads a function for a place in the network. Where the kernel
// does not know such programs, the error is an *AttachError around an
// *UnsupportedError.
func (m *Module) networkProgram(hook, target, function string, as loadAs) (*ebpf.Program, error) {
	p, err := m.programAs(function, as)
	var refused *VerifierError
	if err == nil || errors.As(err, &refused) || !errors.Is(err, unix.EINVAL) {
		return p, err
	}
	running, versionErr := probe.VersionCode()
	if versionErr != nil {
		return nil, err
	}
	lack := whatLacks(hook, as, kernelVersion(running), err)
	if lack == nil && errors.Is(features.HaveProgramType(as.typ), ebpf.ErrNotSupported) {
		lack = &UnsupportedError{Feature: fmt.Sprintf("programs of type %v", as.typ), Err: err,
			Reason: "this kernel is built without them", Fix: "use another kernel"}
	}
	if lack == nil {
		return nil, err
	}
	return nil, &AttachError{Hook: hook, Target: target, Function: function, Err: lack}
}

// whatLacks finds what a version of Linux lacks of a program's type, of its
// place and of its flags, nil if nothing.
func whatLacks(hook string, as loadAs, running kernelVersion, err error) *UnsupportedError {
	older := func(feature string, since kernelVersion) *UnsupportedError {
		if running >= since {
			return nil
		}
		return &UnsupportedError{Feature: feature, Err: err,
			Reason: fmt.Sprintf("they came with Linux %v, and this is %v", since, running),
			Fix:    "use a newer kernel"}
	}
	if lack := older(fmt.Sprintf("programs of type %v", as.typ), programSince[as.typ]); lack != nil {
		return lack
	}
	if lack := older("functions at "+hook, as.since); lack != nil {
		return lack
	}
	if as.flags&unix.BPF_F_XDP_HAS_FRAGS != 0 {
		if lack := older("XDP programs for packets in several buffers", linux(5, 18)); lack != nil {
			return lack
		}
	}
	return nil
}
