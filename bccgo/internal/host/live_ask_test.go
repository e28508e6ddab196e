package host

import (
	"os"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

// ringBufferCreated makes a ring buffer, and drops it again.
func ringBufferCreated(t *testing.T) bool {
	t.Helper()
	ring, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.RingBuf, MaxEntries: uint32(os.Getpagesize())})
	if err != nil {
		t.Logf("create a ring buffer: %v", err)
		return false
	}
	if err := ring.Close(); err != nil {
		t.Fatal(err)
	}
	return true
}

// entryLoaded loads a program for the end of a function, the other half of
// what the check is about, and drops it again.
func entryLoaded(t *testing.T) bool {
	t.Helper()
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.Tracing, AttachType: ebpf.AttachTraceFExit, AttachTo: entryTarget, License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	})
	if err != nil {
		t.Logf("load an fexit program: %v", err)
		return false
	}
	if err := program.Close(); err != nil {
		t.Fatal(err)
	}
	return true
}
