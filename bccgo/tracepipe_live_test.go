package bccgo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// traceInstance makes a tracefs instance, a trace of the test's own, and
// returns its directory. tracefs is mounted for this test's thread alone.
func traceInstance(t *testing.T) string {
	t.Helper()
	testenv.Live(t)
	// Never unlocked: the thread ends with the test, and its mounts with it.
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
		t.Fatalf("unshare the mount namespace: %v", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Fatalf("make the mounts private: %v", err)
	}
	top := t.TempDir()
	if err := unix.Mount("tracefs", top, "tracefs", 0, ""); err != nil {
		t.Fatalf("mount tracefs: %v", err)
	}
	dir := filepath.Join(top, "instances", fmt.Sprintf("bccgo-test-%d", unix.Gettid()))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Remove(dir); err != nil {
			t.Errorf("remove the trace instance: %v", err)
		}
		if err := unix.Unmount(top, 0); err != nil {
			t.Errorf("unmount tracefs: %v", err)
		}
	})
	return dir
}

func openInstance(t *testing.T, dir string) *TracePipe {
	t.Helper()
	p, err := openTracePipeIn(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// openMarker opens the file whose writes become lines of the trace.
func openMarker(t *testing.T, dir string) *os.File {
	t.Helper()
	marker, err := os.OpenFile(filepath.Join(dir, "trace_marker"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { marker.Close() })
	return marker
}

func setTrace(t *testing.T, dir, file, value string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, file), []byte(value), 0); err != nil {
		t.Fatal(err)
	}
}

func timeLimit(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Timeout(10*time.Second))
	t.Cleanup(cancel)
	return ctx
}

func TestLiveTraceMarker(t *testing.T) {
	dir := traceInstance(t)
	p, marker := openInstance(t, dir), openMarker(t, dir)
	ctx := timeLimit(t)
	var last float64
	for i, text := range []string{"hello: a:b", "-7 [001] d..1 1.5: x: y", "no end", " blanks "} {
		write(t, marker, text)
		got, err := p.Fields(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if got.Event != "tracing_mark_write" || got.Message != text || got.PID != unix.Gettid() {
			t.Errorf("wrote %q as thread %d, read %+v", text, unix.Gettid(), got)
		}
		if got.CPU < 0 || got.CPU >= runtime.NumCPU() || got.Timestamp <= 0 || i > 0 && got.Timestamp <= last {
			t.Errorf("CPU or time of %+v, with the line before at %f", got, last)
		}
		last = got.Timestamp
	}
	if p.Lost() != 0 || p.Skipped() != 0 {
		t.Errorf("lost %d, skipped %d, want none", p.Lost(), p.Skipped())
	}
}

func TestLiveTraceOptions(t *testing.T) {
	dir := traceInstance(t)
	p, marker := openInstance(t, dir), openMarker(t, dir)
	ctx := timeLimit(t)
	for _, option := range []string{"record-tgid", "noirq-info"} {
		setTrace(t, dir, "trace_options", option)
		write(t, marker, option)
		got, err := p.Fields(ctx)
		if err != nil || got.Message != option || got.PID != unix.Gettid() {
			t.Errorf("with %s: read %+v, error %v", option, got, err)
		}
		if noFlags := option == "noirq-info"; (got.Flags == "") != noFlags {
			t.Errorf("with %s: flags %q", option, got.Flags)
		}
	}
	setTrace(t, dir, "trace_options", "norecord-tgid")
}

// TestLiveTraceWakes waits on an empty pipe: a line must wake the reader, and
// so must the end of the context.
func TestLiveTraceWakes(t *testing.T) {
	dir := traceInstance(t)
	p, marker := openInstance(t, dir), openMarker(t, dir)
	ctx := timeLimit(t)
	for i := range 5 {
		text := fmt.Sprintf("late %d", i)
		time.AfterFunc(30*time.Millisecond, func() { marker.WriteString(text) })
		if got, err := p.Fields(ctx); err != nil || got.Message != text {
			t.Fatalf("read %+v, error %v, want %q", got, err, text)
		}
	}
	short, cancel := context.WithTimeout(ctx, 30*time.Millisecond)
	defer cancel()
	if got, err := p.Fields(short); !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		t.Errorf("read %+v, error %v, want the end of the short context", got, err)
	}
	write(t, marker, "after")
	if got, err := p.Fields(ctx); err != nil || got.Message != "after" {
		t.Errorf("after a cancelled read: %+v, error %v", got, err)
	}
}

// TestLiveTraceLost overflows a small buffer: what was read and what was lost
// must add up to what was written.
func TestLiveTraceLost(t *testing.T) {
	dir := traceInstance(t)
	setTrace(t, dir, "buffer_size_kb", "4")
	p, marker := openInstance(t, dir), openMarker(t, dir)
	const written = 2000
	for i := range written {
		write(t, marker, fmt.Sprintf("line %d of a buffer that is too small", i))
	}
	read := 0
	for line, err := range p.All(timeLimit(t)) {
		if err != nil {
			t.Fatal(err)
		}
		read++
		if strings.HasPrefix(line.Message, fmt.Sprintf("line %d ", written-1)) {
			break
		}
	}
	if p.Lost() == 0 || uint64(read)+p.Lost() != written || p.Skipped() != 0 {
		t.Errorf("read %d, lost %d, skipped %d of %d lines", read, p.Lost(), p.Skipped(), written)
	}
}

func TestLiveTraceBusy(t *testing.T) {
	dir := traceInstance(t)
	openInstance(t, dir)
	second, err := openTracePipeIn(dir)
	if err == nil {
		second.Close()
		t.Skip("this kernel lets two readers share the pipe")
	}
	if !errors.Is(err, ErrTracePipeBusy) || !errors.Is(err, unix.EBUSY) || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v, want ErrTracePipeBusy with the path", err)
	}
}

// printkProgram returns a program that prints text, of up to 15 bytes, with
// bpf_trace_printk.
func printkProgram(t *testing.T, text string) *ebpf.Program {
	t.Helper()
	var buf [16]byte
	copy(buf[:], text)
	word := func(b []byte) int64 {
		var v uint64
		for i := range 8 {
			v |= uint64(b[i]) << (8 * i)
		}
		return int64(v)
	}
	prog, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type:    ebpf.SocketFilter,
		License: "GPL",
		Instructions: asm.Instructions{
			asm.LoadImm(asm.R1, word(buf[:8]), asm.DWord),
			asm.StoreMem(asm.RFP, -16, asm.R1, asm.DWord),
			asm.LoadImm(asm.R1, word(buf[8:]), asm.DWord),
			asm.StoreMem(asm.RFP, -8, asm.R1, asm.DWord),
			asm.Mov.Reg(asm.R1, asm.RFP),
			asm.Add.Imm(asm.R1, -16),
			asm.Mov.Imm(asm.R2, int32(len(text)+1)),
			asm.FnTracePrintk.Call(),
			asm.Mov.Imm(asm.R0, 0),
			asm.Return(),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { prog.Close() })
	return prog
}

func runProgram(t *testing.T, prog *ebpf.Program) {
	t.Helper()
	if _, err := prog.Run(&ebpf.RunOptions{Data: make([]byte, 64)}); err != nil {
		t.Fatal(err)
	}
	// The kernel learns the name of a thread that wrote to the trace when the
	// thread next gives up its CPU; until then it prints "<...>".
	time.Sleep(10 * time.Millisecond)
}

func checkPrintk(t *testing.T, got TraceLine, message string) {
	t.Helper()
	comm, err := os.ReadFile("/proc/thread-self/comm")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.TrimSuffix(string(comm), "\n")
	if got.Task != want || got.PID != unix.Gettid() || got.Event != "bpf_trace_printk" || got.Message != message {
		t.Errorf("printed %q as %s-%d, read %+v", message, want, unix.Gettid(), got)
	}
}

func TestLiveTracePrintk(t *testing.T) {
	dir := traceInstance(t)
	// The instance takes the lines of this thread only.
	setTrace(t, dir, "set_event_pid", fmt.Sprint(unix.Gettid()))
	setTrace(t, dir, "events/bpf_trace/bpf_trace_printk/enable", "1")
	p := openInstance(t, dir)
	ctx := timeLimit(t)
	runProgram(t, printkProgram(t, "one: 1\n"))
	runProgram(t, printkProgram(t, "two\nlines\n"))
	runProgram(t, printkProgram(t, "three"))
	for _, want := range []string{"one: 1", "two", "three"} {
		got, err := p.Fields(ctx)
		if err != nil {
			t.Fatal(err)
		}
		checkPrintk(t, got, want)
	}
	if p.Skipped() != 1 || p.Lost() != 0 {
		t.Errorf("skipped %d, lost %d, want the second of two lines and none", p.Skipped(), p.Lost())
	}
}

// TestVMOpenTracePipe reads the machine's own trace.
func TestVMOpenTracePipe(t *testing.T) {
	testenv.VM(t)
	testenv.NeedTracefs(t)
	p, err := OpenTracePipe()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	runProgram(t, printkProgram(t, "top: level\n"))
	for line, err := range p.All(timeLimit(t)) {
		if err != nil {
			t.Fatal(err)
		}
		if line.PID == unix.Gettid() {
			checkPrintk(t, line, "top: level")
			return
		}
	}
	t.Error("no line of this thread came")
}
