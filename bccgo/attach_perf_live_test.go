package bccgo

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestLivePerfEventThreads(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, sampleText, nil)
	c := startBurner(t)
	l, err := m.AttachPerfEvent(PerfTypeSoftware, PerfSWCPUClock, "on_sample",
		&PerfEventOptions{SamplePeriod: millisecond, PID: c.pid})
	if err != nil {
		t.Fatal(err)
	}
	if targets := l.Targets(); len(targets) != 2 || !slices.Contains(targets, "software:cpu-clock in thread "+strconv.Itoa(c.pid)) {
		t.Errorf("targets %q, want one a thread", targets)
	}
	if l.Hook() != "perf event" || l.Target() != "software:cpu-clock" || l.Function() != "on_sample" {
		t.Errorf("link %v", l)
	}
	for _, letter := range []string{"b", "o", "n"} {
		c.call(letter)
		only(t, letter, sampled(t, m), c.pid, 200)
	}
	if period, err := m.Table("periods").Get(uint32(c.pid)); err != nil || period.String() != "1000000" {
		t.Errorf("the program saw period %v, %v", period, err)
	}
	c.call("f")
	if counts := sampled(t, m); len(counts) > 1 || counts[uint32(c.pid)] > 20 {
		t.Errorf("samples %v while only a child ran", counts)
	}
	if err := m.DetachPerfEvent(PerfTypeSoftware, PerfSWCPUClock); err != nil {
		t.Error(err)
	}
	c.call("b")
	if counts := sampled(t, m); len(counts) != 0 {
		t.Errorf("samples %v after the detach", counts)
	}
	var none *NotAttachedError
	if err := m.DetachPerfEvent(PerfTypeSoftware, PerfSWCPUClock); !errors.As(err, &none) || none.Target != "software:cpu-clock" {
		t.Errorf("a second detach: %v", err)
	}
}

func TestLivePerfEventFrequency(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, sampleText, nil)
	c := startBurner(t)
	_, err := m.AttachPerfEvent(PerfTypeSoftware, PerfSWTaskClock, "on_sample",
		&PerfEventOptions{SampleFreq: 1000, PID: c.pid})
	if err != nil {
		t.Fatal(err)
	}
	c.call("b")
	only(t, "b", sampled(t, m), c.pid, 200)
}

func TestLivePerfEventChildren(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, sampleText, nil)
	c := startBurner(t)
	_, err := m.AttachPerfEvent(PerfTypeSoftware, PerfSWTaskClock, "on_sample",
		&PerfEventOptions{SamplePeriod: millisecond, PID: c.pid, Children: true})
	if err != nil {
		t.Fatal(err)
	}
	c.call("f")
	counts := sampled(t, m)
	delete(counts, uint32(c.pid))
	if len(counts) != 1 {
		t.Fatalf("samples of %v, want one child", counts)
	}
	for pid := range counts {
		only(t, "child", counts, int(pid), 200)
	}
}

// A process that may run on one CPU only is seen by the event of that CPU.
func TestLivePerfEventCPUs(t *testing.T) {
	testenv.Live(t)
	online, err := onlineCPUs()
	if err != nil {
		t.Fatal(err)
	}
	if len(online) < 2 {
		t.Skip("one CPU")
	}
	m := loadLive(t, sampleText, nil)
	c := startBurner(t)
	_, err = m.AttachPerfEvent(PerfTypeSoftware, PerfSWCPUClock, "on_sample",
		&PerfEventOptions{SamplePeriod: millisecond, PID: c.pid, CPUs: online[1:2]})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []uint64{0, 200} {
		var set unix.CPUSet
		set.Set(online[i])
		if err := unix.SchedSetaffinity(c.pid, &set); err != nil {
			t.Fatal(err)
		}
		c.call("b")
		if counts := sampled(t, m); want != 0 {
			only(t, "b", counts, c.pid, want)
		} else if len(counts) != 0 {
			t.Errorf("samples %v on the other CPU", counts)
		}
	}
}

func TestLivePerfEventPageFaults(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, sampleText, nil)
	c := startBurner(t)
	_, err := m.AttachPerfEvent(PerfTypeSoftware, PerfSWPageFaults, "on_sample",
		&PerfEventOptions{SamplePeriod: 1, PID: c.pid})
	if err != nil {
		t.Fatal(err)
	}
	c.call("p")
	if n := sampled(t, m)[uint32(c.pid)]; n < 64 || n > 64+32 {
		t.Errorf("%d page faults, want 64 and a few", n)
	}
}

func TestLivePerfEventBreakpoint(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, sampleText, nil)
	c := startBurner(t)
	attr := unix.PerfEventAttr{
		Type:    uint32(PerfTypeBreakpoint),
		Bp_type: 2, // HW_BREAKPOINT_W
		Ext1:    addressBy(t, c.path, "watched"),
		Ext2:    4,
	}
	_, err := m.AttachPerfEventRaw(&attr, "on_sample", &PerfEventOptions{SamplePeriod: 1, PID: c.pid})
	if err != nil {
		t.Fatal(err)
	}
	c.call("w")
	if counts := sampled(t, m); len(counts) != 1 || counts[uint32(c.pid)] != 10 {
		t.Errorf("samples %v, want 10 writes of %d", counts, c.pid)
	}
	if err := m.DetachPerfEvent(PerfTypeBreakpoint, 0); err != nil {
		t.Error(err)
	}
	c.call("w")
	if counts := sampled(t, m); len(counts) != 0 {
		t.Errorf("samples %v after the detach", counts)
	}
}

// What the attributes exclude is not sampled: the burner hardly enters the kernel.
func TestLivePerfEventRawExclude(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, sampleText, nil)
	c := startBurner(t)
	attr := unix.PerfEventAttr{Type: uint32(PerfTypeSoftware), Config: PerfSWCPUClock,
		Sample: millisecond, Bits: unix.PerfBitExcludeUser}
	if _, err := m.AttachPerfEventRaw(&attr, "on_sample", &PerfEventOptions{PID: c.pid}); err != nil {
		t.Fatal(err)
	}
	if attr.Bits != unix.PerfBitExcludeUser {
		t.Error("the caller's attributes were changed")
	}
	c.call("b")
	if n := sampled(t, m)[uint32(c.pid)]; n > 50 {
		t.Errorf("%d of 200 samples, though user space was excluded", n)
	}
}

// An event joins a group of its own thread only.
func TestLivePerfEventGroup(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, sampleText, nil)
	c := startBurner(t)
	o := &PerfEventOptions{SamplePeriod: millisecond, PID: c.pid, Group: dummyEvent(t, c.pid)}
	if _, err := m.AttachPerfEvent(PerfTypeSoftware, PerfSWCPUClock, "on_sample", o); err != nil {
		t.Fatal(err)
	}
	c.call("o")
	if counts := sampled(t, m); counts[uint32(c.pid)] > 20 {
		t.Errorf("samples %v of a thread outside of the group", counts)
	}
	c.call("b")
	only(t, "b", sampled(t, m), c.pid, 200)
	o.Group = dummyEvent(t, os.Getpid())
	if _, err := m.AttachPerfEvent(PerfTypeSoftware, PerfSWCPUClock, "on_sample", o); !errors.Is(err, unix.EINVAL) {
		t.Errorf("joined the group of another process's event: %v", err)
	}
}

// dummyEvent opens an event that counts nothing.
func dummyEvent(t *testing.T, tid int) *os.File {
	t.Helper()
	attr := unix.PerfEventAttr{Type: uint32(PerfTypeSoftware), Config: PerfSWDummy, Size: unix.PERF_ATTR_SIZE_VER7}
	fd, err := unix.PerfEventOpen(&attr, tid, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "dummy event")
	t.Cleanup(func() { f.Close() })
	return f
}

// The kernel runs a tracepoint's program once a hit, on whichever CPU.
func TestLivePerfEventTracepoint(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracefs(t)
	c := startChain(t)
	m := loadLive(t, `
BPF_HASH(samples, u32, u64);
int on_getppid(void *ctx)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;

	if (pid == CHILD)
		samples.increment(pid);
	return 0;
}
`, &Options{Defines: map[string]string{"CHILD": strconv.Itoa(c.pid)}})
	id, err := probe.Running().TracepointID("syscalls", "sys_enter_getppid")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.AttachPerfEvent(PerfTypeTracepoint, uint64(id), "on_getppid", nil); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		c.call("a")
	}
	if counts := sampled(t, m); counts[uint32(c.pid)] != 5 {
		t.Errorf("samples %v, want 5", counts)
	}
	o := &PerfEventOptions{PID: c.pid}
	if _, err := m.AttachPerfEvent(PerfTypeTracepoint, uint64(id), "on_getppid", o); err == nil || !strings.Contains(err.Error(), "every hit") {
		t.Errorf("restricted to a process: %v", err)
	}
}

func TestLivePerfEventHardware(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, sampleText, nil)
	c := startBurner(t)
	_, err := m.AttachPerfEvent(PerfTypeHardware, PerfHWCPUCycles, "on_sample",
		&PerfEventOptions{SamplePeriod: millisecond, PID: c.pid})
	if err == nil {
		c.call("b")
		if n := sampled(t, m)[uint32(c.pid)]; n == 0 {
			t.Error("no samples of cycles")
		}
		return
	}
	for _, typ := range []PerfType{PerfTypeHardware, PerfTypeHWCache, PerfTypeRaw} {
		_, err := m.AttachPerfEvent(typ, 0, "on_sample", &PerfEventOptions{SamplePeriod: millisecond, PID: c.pid})
		var unsupported *UnsupportedError
		if !errors.As(err, &unsupported) || !strings.Contains(unsupported.Fix, "cpu-clock") {
			t.Errorf("%v: %v", typ, err)
		}
	}
}
