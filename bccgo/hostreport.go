package bccgo

import (
	"io"

	"github.com/bccgo/bcc/bccgo/internal/host"
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// HostCheck is one fact about this host: what it offers to programs, or lacks,
// and how to mend that.
type HostCheck = host.Check

// HostStatus is the outcome of a HostCheck.
type HostStatus = host.Status

// The outcomes of a HostCheck.
const (
	HostOK      = host.OK
	HostWarn    = host.Warn    // something works less well, or not at all
	HostFail    = host.Fail    // no program can be compiled, loaded or attached
	HostUnknown = host.Unknown // what would tell could not be read
)

// HostReport examines this host, and the cache of compiled programs that this
// process takes. It changes nothing and always returns the same checks in the
// same order. Run as root, it asks the kernel itself by loading a program and
// creating a map, and dropping both again.
func HostReport() []HostCheck { return append(host.Report(rootfs.Live), cacheCheck()) }

// PrintHostReport writes checks for people, with colors if wanted.
func PrintHostReport(w io.Writer, checks []HostCheck, color bool) error {
	return host.Text(w, checks, color)
}
