package bccgo

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/internal/testenv"
)

// burner uses 200 ms of a processor, touches 64 new pages or writes a variable
// 10 times, as letters say: b in its own thread, o in one it started at once,
// n in a new one, f in a child; p pages; w writes.
const burner = `
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

volatile int watched;
static sem_t asked, done;

static long thread_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void *burn(void *unused)
{
	long end = thread_ns() + 200000000;

	while (thread_ns() < end)
		for (volatile int i = 0; i < 100000; i++)
			;
	return unused;
}

static void *old_thread(void *unused)
{
	for (;;) {
		sem_wait(&asked);
		burn(NULL);
		sem_post(&done);
	}
	return unused;
}

static void touch(void)
{
	long page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 64 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise(p, 64 * page, MADV_NOHUGEPAGE);
	for (int i = 0; i < 64; i++)
		*(volatile char *)(p + i * page) = 1;
	munmap(p, 64 * page);
}

int main(void)
{
	pthread_t old, new;
	int c;

	sem_init(&asked, 0, 0);
	sem_init(&done, 0, 0);
	pthread_create(&old, NULL, old_thread, NULL);
	while ((c = getchar()) != EOF) {
		if (c == 'b') {
			burn(NULL);
		} else if (c == 'o') {
			sem_post(&asked);
			sem_wait(&done);
		} else if (c == 'n') {
			pthread_create(&new, NULL, burn, NULL);
			pthread_join(new, NULL);
		} else if (c == 'f') {
			if (fork() == 0) {
				burn(NULL);
				_exit(0);
			}
			wait(NULL);
		} else if (c == 'p') {
			touch();
		} else if (c == 'w') {
			for (int i = 0; i < 10; i++)
				watched = i;
		}
		putchar('.');
		fflush(stdout);
	}
	return 0;
}
`

func startBurner(t *testing.T) *chain {
	t.Helper()
	return startAnswering(t, buildC(t, "gcc", burner, "-pthread", "-no-pie"))
}

const sampleText = `
#include <uapi/linux/ptrace.h>
#include <uapi/linux/bpf_perf_event.h>
BPF_HASH(samples, u32, u64);
BPF_HASH(periods, u32, u64);
int on_sample(struct bpf_perf_event_data *ctx)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	u64 period = ctx->sample_period;

	samples.increment(pid);
	periods.update(&pid, &period);
	return 0;
}
`

// sampled returns the counts by process, and forgets them.
func sampled(t *testing.T, m *Module) map[uint32]uint64 {
	t.Helper()
	samples, err := Map[uint32, uint64](m, "samples")
	if err != nil {
		t.Fatal(err)
	}
	counts := make(map[uint32]uint64)
	for pid, n := range samples.Drain() {
		counts[pid] = n
	}
	if err := samples.Err(); err != nil {
		t.Fatal(err)
	}
	return counts
}

// only wants samples of one process: as many as ms milliseconds give at one a
// millisecond. A timer that comes late on a busy host makes them fewer.
func only(t *testing.T, what string, counts map[uint32]uint64, pid int, ms uint64) {
	t.Helper()
	n := counts[uint32(pid)]
	if len(counts) != 1 || n < ms/4 || n > ms+ms/4+5 {
		t.Errorf("%s: samples %v, want about %d of process %d alone", what, counts, ms, pid)
	}
}

const millisecond = 1_000_000

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

func TestLivePerfEventBad(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, sampleText, nil)
	ended := endedPID(t)
	self := os.Getpid()
	for _, c := range []struct {
		name   string
		typ    PerfType
		config uint64
		o      PerfEventOptions
		want   string
	}{
		{"no sampling", PerfTypeSoftware, 0, PerfEventOptions{PID: self}, "SamplePeriod"},
		{"no process", PerfTypeSoftware, 0, PerfEventOptions{SampleFreq: 9, PID: ended}, "no process"},
		{"no group", PerfTypeSoftware, 0, PerfEventOptions{SampleFreq: 9, Cgroup: "/no/such/group"}, "/no/such/group"},
		{"a file", PerfTypeSoftware, 0, PerfEventOptions{SampleFreq: 9, Cgroup: "/proc/self/exe"}, "not a directory"},
		{"a folder", PerfTypeSoftware, 0, PerfEventOptions{SampleFreq: 9, Cgroup: "/proc"}, "no control group"},
		{"no such CPU", PerfTypeSoftware, 0, PerfEventOptions{SampleFreq: 9, PID: self, CPUs: []int{60000}}, "CPU 60000 is not online"},
		{"no such event", PerfTypeSoftware, 4444, PerfEventOptions{SampleFreq: 9, PID: self}, "does not have this one"},
		{"no such type", 4444, 0, PerfEventOptions{SampleFreq: 9, PID: self}, "does not have this one"},
		{"breakpoint", PerfTypeBreakpoint, 0, PerfEventOptions{SamplePeriod: 1, PID: self}, "AttachPerfEventRaw"},
	} {
		_, err := m.AttachPerfEvent(c.typ, c.config, "on_sample", &c.o)
		var attach *AttachError
		if !errors.As(err, &attach) || attach.Hook != "perf event" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	_, err := m.AttachPerfEvent(PerfTypeSoftware, 0, "on_sample", &PerfEventOptions{SampleFreq: 1 << 40, PID: self})
	var rate *SampleRateError
	if !errors.As(err, &rate) || rate.Freq != 1<<40 || rate.Max == 0 || !strings.Contains(err.Error(), "kernel.perf_event_max_sample_rate") {
		t.Errorf("too often: %v", err)
	}
	_, err = m.AttachPerfEvent(PerfTypeSoftware, 0, "on_sampel", &PerfEventOptions{SampleFreq: 9, PID: self})
	var unknown *UnknownError
	if !errors.As(err, &unknown) || !slices.Contains(unknown.Nearest, "on_sample") {
		t.Errorf("unknown function: %v", err)
	}
	if _, err := m.AttachPerfEventRaw(nil, "on_sample", nil); err == nil {
		t.Error("attached without attributes")
	}
	if n := len(m.Links()); n != 0 {
		t.Errorf("%d links after failures", n)
	}
}

func TestLivePerfEventModule(t *testing.T) {
	testenv.Live(t)
	o := &PerfEventOptions{SampleFreq: 9, PID: os.Getpid()}
	var none *Module
	if _, err := none.AttachPerfEvent(PerfTypeSoftware, 0, "on_sample", o); !errors.Is(err, errNoModule) {
		t.Errorf("nil module: %v", err)
	}
	if err := none.DetachPerfEvent(PerfTypeSoftware, 0); !errors.Is(err, errNoModule) {
		t.Errorf("nil module: %v", err)
	}
	m := loadLive(t, sampleText, nil)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.AttachPerfEvent(PerfTypeSoftware, 0, "on_sample", o); !errors.Is(err, ErrClosed) {
		t.Errorf("closed module: %v", err)
	}
}

// A control group counts whoever is in it.
func TestLivePerfEventCgroup(t *testing.T) {
	testenv.Live(t)
	dir := makeCgroup(t)
	m := loadLive(t, sampleText, nil)
	_, err := m.AttachPerfEvent(PerfTypeSoftware, PerfSWCPUClock, "on_sample",
		&PerfEventOptions{SamplePeriod: millisecond, Cgroup: dir})
	if err != nil {
		t.Fatal(err)
	}
	c := startBurner(t)
	c.call("b")
	if counts := sampled(t, m); len(counts) != 0 {
		t.Errorf("samples %v while the group was empty", counts)
	}
	if err := os.WriteFile(dir+"/cgroup.procs", []byte(strconv.Itoa(c.pid)), 0); err != nil {
		t.Fatal(err)
	}
	c.call("b")
	only(t, "in the group", sampled(t, m), c.pid, 200)
}

// makeCgroup makes a control group of version 2 and removes it at the end, when
// its processes have ended.
func makeCgroup(t *testing.T) string {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line)
		if fields[2] != "cgroup2" {
			continue
		}
		dir := fields[1] + "/bccgo-test-" + strconv.Itoa(os.Getpid())
		if testenv.Current() == testenv.StageVM {
			// Only with some controller on are groups part of perf events.
			if err := os.WriteFile(fields[1]+"/cgroup.subtree_control", []byte("+pids"), 0); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Skipf("cannot make a control group: %v", err)
		}
		t.Cleanup(func() {
			if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
		})
		return dir
	}
	t.Skip("no control groups of version 2 are mounted")
	return ""
}

// endedPID is the number of a process that has ended.
func endedPID(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("/bin/true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.Pid()
}
