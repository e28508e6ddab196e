package sysbpf

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

const cmdTestRun = 10

// TestRun is what a program is run with, and what comes of it.
type TestRun struct {
	// Data and Context are handed to it, DataOut and ContextOut are filled by it;
	// any of them may be empty, for none.
	Data, Context, DataOut, ContextOut []byte
	// Repeat is how often it runs, 0 for once.
	Repeat uint32
	// Flags and CPU are the kernel's.
	Flags, CPU uint32

	// Return is the program's result, Nanoseconds what one run took on average.
	Return, Nanoseconds uint32
	// DataLen and ContextLen are how many bytes there were to be filled.
	DataLen, ContextLen int
}

// testRunAttr is the part of union bpf_attr that the command takes.
type testRunAttr struct {
	progFD              uint32
	retval              uint32
	dataInLen           uint32
	dataOutLen          uint32
	dataIn, dataOut     unsafe.Pointer
	repeat, nanoseconds uint32
	ctxInLen, ctxOutLen uint32
	ctxIn, ctxOut       unsafe.Pointer
	flags, cpu          uint32
	_, _                uint32 // batch size and padding
}

// Run runs the program. A run that a signal ended is begun anew. Too little room
// for the output is unix.ENOSPC, a type of program that cannot be run this way
// unix.EOPNOTSUPP.
func (r *TestRun) Run(progFD int) error {
	attr := testRunAttr{
		progFD: uint32(progFD), repeat: r.Repeat, flags: r.Flags, cpu: r.CPU,
		dataInLen: uint32(len(r.Data)), dataIn: someBytes(r.Data),
		dataOutLen: uint32(len(r.DataOut)), dataOut: someBytes(r.DataOut),
		ctxInLen: uint32(len(r.Context)), ctxIn: someBytes(r.Context),
		ctxOutLen: uint32(len(r.ContextOut)), ctxOut: someBytes(r.ContextOut),
	}
	if err := callUnprofiled(cmdTestRun, &attr); err != nil {
		return err
	}
	r.Return, r.Nanoseconds = attr.retval, attr.nanoseconds
	r.DataLen, r.ContextLen = int(attr.dataOutLen), int(attr.ctxOutLen)
	return nil
}

// someBytes is nil for none: the kernel refuses a place of length 0.
func someBytes(b []byte) unsafe.Pointer {
	if len(b) == 0 {
		return nil
	}
	return pointer(b)
}

// callUnprofiled makes a call until no signal ends it, without the signals of a
// profiler, which could come too often for it ever to be done.
func callUnprofiled[A any](cmd int, attr *A) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var block, before unix.Sigset_t
	block.Val[0] = 1 << (unix.SIGPROF - 1)
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &block, &before); err != nil {
		return err
	}
	errno := unix.EINTR
	for errno == unix.EINTR {
		errno = call(cmd, attr)
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil); err != nil {
		return err
	}
	switch errno {
	case 0:
		return nil
	case enotsupp:
		return unix.EOPNOTSUPP
	}
	return errno
}
