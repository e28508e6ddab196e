package bccgo

import (
	"errors"
	"fmt"
	"slices"
	"sync"
)

// USDTOptions say where to look for static probes: in a program or library, in
// all that a process runs, or in one file as a process sees it.
type USDTOptions struct {
	// PID is a process; the probes are attached for it alone. 0 is none.
	PID int
	// Path is a path, or the name of a library or program as for AttachUprobe.
	// Empty means all files that the process has mapped at the time. Without PID
	// the probes are attached for every process that runs the file, those that
	// start later too; with PID also where the process maps the file later.
	Path string
	// AnyProcess attaches the probes that were found through PID for every
	// process that runs the files.
	AnyProcess bool
}

func (o USDTOptions) String() string {
	switch {
	case o.PID == 0:
		return o.Path
	case o.Path == "":
		return fmt.Sprintf("process %d", o.PID)
	}
	return o.Path + inProcess(o.PID)
}

// attachPID is the process that probes are attached for.
func (o USDTOptions) attachPID() int {
	if o.AnyProcess {
		return 0
	}
	return o.PID
}

// USDT are the static probes (sys/sdt.h, DTrace) of a program, a library or a
// process, and the C functions that are to run at them. It goes to Load in
// Options.USDT, which attaches the functions. In the C text
//
//	bpf_usdt_readarg(N, ctx, &variable)
//	bpf_usdt_readarg_p(N, ctx, buffer, sizeof(buffer))
//
// read the probe's Nth argument, counted from 1, as an integer, and the memory
// it points to. The first converts to the variable's size, keeping the sign. Both
// return 0, or a negative number where the location has no such argument; the
// variable is 0 then. They must stand in the function that is attached itself.
//
// A probe that the compiler put at several places is one probe: each place has
// its arguments elsewhere, which the readers know.
type USDT struct {
	opts  USDTOptions
	files []usdtFile
	// unread are the process's files that could not be read.
	unread []error

	mu      sync.Mutex
	enabled []enabledProbe
	links   []*Link
	closed  bool
}

// enabledProbe is a function to run at a probe of one file.
type enabledProbe struct {
	place    usdtPlace
	function string
}

// NewUSDT finds the probes. No privilege is needed to look into a file that this
// process may read. Errors are *FileError, *NoProbesError, and *ProbeFormatError
// for a file that is no ELF file.
func NewUSDT(o USDTOptions) (*USDT, error) {
	if o.PID == 0 && o.Path == "" {
		return nil, errors.New("find USDT probes: neither a process nor a path is given")
	}
	u := &USDT{opts: o}
	if err := u.find(); err != nil {
		return nil, err
	}
	if len(u.places("")) == 0 {
		return nil, &NoProbesError{In: o.String(), Err: errors.Join(u.unread...)}
	}
	return u, nil
}

// EnableProbe makes a C function run at a probe: "PROVIDER:NAME", or "NAME" where
// one provider alone has that. A probe that several files of a process have is
// enabled in all. It takes effect when the USDT is given to Load. One function
// may serve several probes. Errors are *ProbeNotFoundError and
// *AmbiguousProbeError.
func (u *USDT) EnableProbe(probe, function string) error {
	if !isIdentifier(function) {
		return fmt.Errorf("enable probe %s: %q is not the name of a C function", probe, function)
	}
	places, err := u.lookup(probe)
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return fmt.Errorf("enable probe %s: %w", probe, errUSDTClosed)
	}
	for _, place := range places {
		if e := (enabledProbe{place, function}); !slices.Contains(u.enabled, e) {
			u.enabled = append(u.enabled, e)
		}
	}
	return nil
}

var errUSDTClosed = errors.New("the USDT is closed")

// enabledNow is what was enabled until now.
func (u *USDT) enabledNow() ([]enabledProbe, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return nil, fmt.Errorf("load program: %w", errUSDTClosed)
	}
	return slices.Clone(u.enabled), nil
}

// keep remembers links, so that Close can end them.
func (u *USDT) keep(links []*Link) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return errUSDTClosed
	}
	u.links = append(u.links, links...)
	return nil
}

// Close detaches from its probes all that programs were loaded with it. What they
// counted stays; the programs' modules stay open. Closing again does nothing.
func (u *USDT) Close() error {
	if u == nil {
		return nil
	}
	u.mu.Lock()
	links := u.links
	u.links, u.closed = nil, true
	u.mu.Unlock()
	return closeLinks(links)
}

func closeLinks(links []*Link) error {
	var errs []error
	for _, l := range links {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}
