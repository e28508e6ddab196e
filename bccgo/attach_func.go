package bccgo

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// AttachFlags say what else may run where AttachFunc attaches to a control group.
type AttachFlags uint32

// Flags of AttachFunc and AttachCgroup, of which one may be given. Without, it is
// as AttachAllowMulti.
const (
	// AttachAllowOverride: a function attached to a group below runs there in place
	// of this one.
	AttachAllowOverride AttachFlags = unix.BPF_F_ALLOW_OVERRIDE
	// AttachAllowMulti: all run, those of groups below first (Linux 4.15).
	AttachAllowMulti AttachFlags = unix.BPF_F_ALLOW_MULTI
	// AttachExclusive: no other may run at the same place there or below. BCC's
	// flags 0 mean this.
	AttachExclusive AttachFlags = 1 << 31
)

// AttachFunc attaches a function to an open file, as BCC's attach_func does: to
// the directory of a control group, a table of sockets (Table.FD), a network
// namespace, a socket or an infrared device, whatever typ is about. The function
// is loaded as typ asks for, and the file may be closed afterwards.
//
// A link holds it there where the kernel has such (control groups from Linux 5.7
// on, network namespaces from 5.8, tables of sockets from 6.10), so that nothing
// stays when the process ends in whatever way, unless Link.Pin asks for it.
// Otherwise, and with AttachAllowOverride and AttachExclusive, which links cannot
// do, a process that is killed leaves the function at a control group until that
// is removed or DetachFunc's like (bpftool cgroup detach) is called; tables and
// sockets take it with them.
//
// Errors are *AttachError around *UnsupportedError, *BusyError where another
// program stands in the way, or *PermissionError; or a *VerifierError.
func (m *Module) AttachFunc(function string, fd int, typ AttachType, flags AttachFlags) (*Link, error) {
	return m.attachFunc(function, fd, describeFD(fd), typ, flags)
}

// DetachFunc ends what AttachFunc has made. If the module has attached no such
// function there, the error is a *NotAttachedError.
func (m *Module) DetachFunc(function string, fd int, typ AttachType) error {
	target := describeFD(fd)
	return m.detach(hookName(typ), target, function, target)
}

// AttachCgroup is AttachFunc for a control group, by the path of its directory. The
// function runs for the processes of the group and those below.
func (m *Module) AttachCgroup(path, function string, typ AttachType, flags AttachFlags) (*Link, error) {
	fail := func(err error) (*Link, error) {
		return nil, &AttachError{Hook: hookName(typ), Target: path, Function: function, Err: err}
	}
	if kind, ok := attachKinds[typ]; ok && kind.to != toCgroup {
		return fail(fmt.Errorf("%s is no place in a control group: use AttachFunc with %s", kind.hook, kind.to))
	}
	dir, err := os.OpenFile(path, unix.O_DIRECTORY, 0)
	if err != nil {
		return fail(fmt.Errorf("open control group: %w", err))
	}
	defer dir.Close()
	return m.attachFunc(function, int(dir.Fd()), describeFD(int(dir.Fd())), typ, flags)
}

// DetachCgroup ends what AttachCgroup has made: the given function, or all that
// the module has at that place if function is "".
func (m *Module) DetachCgroup(path, function string, typ AttachType) error {
	dir, err := os.OpenFile(path, unix.O_DIRECTORY, 0)
	if err != nil {
		return fmt.Errorf("detach %s %s: open control group: %w", hookName(typ), path, err)
	}
	defer dir.Close()
	return m.DetachFunc(function, int(dir.Fd()), typ)
}

// hookName is the kernel's name of a place.
func hookName(typ AttachType) string {
	if kind, ok := attachKinds[typ]; ok {
		return kind.hook
	}
	return typ.String()
}

func (m *Module) attachFunc(function string, fd int, target string, typ AttachType, flags AttachFlags) (*Link, error) {
	fail := func(err error) (*Link, error) {
		return nil, &AttachError{Hook: hookName(typ), Target: target, Function: function, Err: err}
	}
	kind, ok := attachKinds[typ]
	if !ok {
		return fail(errors.New("AttachFunc does not attach there; see the constants of type AttachType"))
	}
	if err := flags.check(kind); err != nil {
		return fail(err)
	}
	as := loadAs{typ: kind.typ, since: kind.since}
	if kind.typed {
		as.attach = typ
	}
	p, err := m.networkProgram(kind.hook, target, function, as)
	if err != nil {
		return nil, err
	}
	c, err := attachTo(fd, p, typ, kind, flags)
	if err != nil {
		return fail(explainAttach(err, fd, target, kind))
	}
	return m.keep(kind.hook, target, function, c)
}

func (f AttachFlags) check(kind attachKind) error {
	switch {
	case !slices.Contains([]AttachFlags{0, AttachAllowMulti, AttachAllowOverride, AttachExclusive}, f):
		return fmt.Errorf("flags %#x: give AttachAllowMulti, AttachAllowOverride or AttachExclusive", uint32(f))
	case f != 0 && kind.to != toCgroup:
		return fmt.Errorf("flags %#x: only control groups have such", uint32(f))
	}
	return nil
}

// attachTo uses a link where the kernel has such and it can do what is asked for.
func attachTo(fd int, p *ebpf.Program, typ AttachType, kind attachKind, flags AttachFlags) (io.Closer, error) {
	if kind.to == toReuseport {
		return attachReuseport(fd, p)
	}
	if flags == 0 || flags == AttachAllowMulti {
		l, err := link.AttachRawLink(link.RawLinkOptions{Target: fd, Program: p, Attach: typ})
		if err == nil {
			return l, nil
		}
		if kind.to == toNetwork || !noLinks(err) {
			return nil, err
		}
	}
	if flags == 0 && kind.to == toCgroup {
		flags = AttachAllowMulti
	}
	return attachWithoutLink(fd, p, typ, flags&^AttachExclusive)
}

// describeFD is what a descriptor is of: a path, or for what has none its kind and
// number.
func describeFD(fd int) string {
	name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
	if err != nil {
		return fmt.Sprintf("descriptor %d", fd)
	}
	if !strings.HasSuffix(name, "bpf-map") {
		return name
	}
	info, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", fd))
	_, id, ok := strings.Cut(string(info), "map_id:\t")
	if err != nil || !ok {
		return name
	}
	id, _, _ = strings.Cut(id, "\n")
	return "table " + id
}

// explainAttach says why a function could not be attached, if there is a better
// reason than the kernel's.
func explainAttach(err error, fd int, target string, kind attachKind) error {
	wrong := fmt.Errorf("%s is needed, and descriptor %d is of something else: %w", kind.to, fd, err)
	switch {
	case errors.Is(err, unix.EBADF):
		return wrong
	case errors.Is(err, unix.EPERM) && CheckPrivilege() == nil && kind.to == toCgroup:
		return &BusyError{Hook: kind.hook, Target: target, Err: err,
			Fix: "it, or one of a group above, allows no others (bpftool cgroup tree): detach it, or attach it with AttachAllowMulti"}
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.EEXIST), errors.Is(err, unix.E2BIG):
		return &BusyError{Hook: kind.hook, Target: target, Err: err, Fix: "end what has attached it (bpftool link show)"}
	case kind.to == toNetwork && errors.Is(err, ebpf.ErrNotSupported):
		return &UnsupportedError{Feature: "links to network namespaces", Err: err,
			Reason: "the kernel is older than 5.8", Fix: "use a newer kernel"}
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOTSOCK), errors.Is(err, unix.EOPNOTSUPP):
		running, versionErr := probe.VersionCode()
		if lack := whatLacks(kind.hook, loadAs{since: kind.since}, kernelVersion(running), err); lack != nil && versionErr == nil {
			return lack
		}
		return wrong
	}
	return refusedByKernel("attach", err)
}
