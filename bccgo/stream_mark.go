package bccgo

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"
)

// marker sends records of its own into every CPU's part of a perf buffer. The
// kernel writes the number of lost events into the buffer before the next
// record that finds room, and for those lost last there would be none.
//
// Linux 6.0 also tells the number to those who read(2) a perf event that was
// opened with PERF_FORMAT_LOST. The reader that bccgo uses neither asks for
// that format nor gives its descriptors away.
type marker struct {
	table *Table
	cpus  int
	nonce [8]byte

	// sent are the marks under way, failed the marks on each CPU that were
	// lost themselves, which the kernel counts too. The reading goroutine
	// alone uses both.
	sent   int
	failed map[int]uint64

	mu     sync.Mutex
	prog   *ebpf.Program
	err    error // why there is none
	closed bool
}

func newMarker(t *Table, cpus int) *marker {
	k := &marker{table: t, cpus: cpus, failed: make(map[int]uint64)}
	// It never fails, and a failure would crash the process.
	_, _ = rand.Read(k.nonce[:])
	return k
}

// send sends a mark on every CPU.
func (k *marker) send() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.prog == nil && k.err == nil && !k.closed {
		k.prog, k.err = k.load()
	}
	if k.prog == nil || k.closed {
		return
	}
	for cpu := range k.cpus {
		k.sendOn(cpu)
	}
}

func (k *marker) sendOn(cpu int) {
	result, err := k.prog.Run(&ebpf.RunOptions{Flags: unix.BPF_F_TEST_RUN_ON_CPU, CPU: uint32(cpu)})
	switch {
	case errors.Is(err, unix.ENXIO): // the CPU is offline
	case err != nil:
		k.err = err
	case int32(result) == -int32(unix.ENOSPC):
		k.failed[cpu]++
	case int32(result) == 0: // else the buffer has no part for this CPU
		k.sent++
	}
}

// load makes the program that sends the mark: a raw tracepoint that is never
// attached, since those can be told what CPU to run on (Linux 5.10).
func (k *marker) load() (*ebpf.Program, error) {
	fd, err := k.table.acquire()
	if err != nil {
		return nil, err
	}
	defer k.table.release()
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "bccgo_mark", Type: ebpf.RawTracepoint, License: "Dual MIT/GPL",
		Instructions: asm.Instructions{
			asm.LoadImm(asm.R2, int64(binary.NativeEndian.Uint64(k.nonce[:])), asm.DWord),
			asm.StoreMem(asm.R10, -8, asm.R2, asm.DWord),
			asm.LoadMapPtr(asm.R2, fd),
			asm.LoadImm(asm.R3, unix.BPF_F_CURRENT_CPU, asm.DWord),
			asm.Mov.Reg(asm.R4, asm.R10),
			asm.Add.Imm(asm.R4, -8),
			asm.Mov.Imm(asm.R5, 8),
			asm.FnPerfEventOutput.Call(),
			asm.Return(),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("load the program that asks for lost events: %w", err)
	}
	return p, nil
}

// took reports whether a record is a mark and not an event.
func (k *marker) took(data []byte) bool {
	if k.sent == 0 || len(data) != roundUp8(len(k.nonce)+perfHeader)-perfHeader || !bytes.HasPrefix(data, k.nonce[:]) {
		return false
	}
	k.sent--
	return true
}

// notMarks takes the lost marks out of a number of losses on a CPU.
func (k *marker) notMarks(cpu int, lost uint64) uint64 {
	marks := min(k.failed[cpu], lost)
	k.failed[cpu] -= marks
	return lost - marks
}

// failure is why marks cannot be sent, nil if they can.
func (k *marker) failure() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}

func (k *marker) close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	if k.prog == nil {
		return nil
	}
	p := k.prog
	k.prog = nil
	return p.Close()
}
