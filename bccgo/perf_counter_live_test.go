package bccgo

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// The first function is run by the burner's writes of a variable, 10 a letter.
const counterText = `
#include <uapi/linux/ptrace.h>
#include <uapi/linux/bpf_perf_event.h>
BPF_PERF_ARRAY(counters, MAX_CPUS);
BPF_PERF_OUTPUT(events);
BPF_ARRAY(seen, u64, 2);
int on_write(struct bpf_perf_event_data *ctx)
{
	struct bpf_perf_event_value value = {};
	int at = 0, error = 1;
	u64 n;

	n = counters.perf_counter_value(CUR_CPU_IDENTIFIER, &value, sizeof(value));
	seen.update(&error, &n);
	seen.update(&at, &value.counter);
	return 0;
}
int old_read(struct bpf_perf_event_data *ctx)
{
	u64 n = counters.perf_read(CUR_CPU_IDENTIFIER);
	int at = 0;

	seen.update(&at, &n);
	return 0;
}
`

type counterTest struct {
	*chain
	m    *Module
	seen *TypedMap[int32, uint64]
}

// startCounterTest has a function run at each write of the burner's.
func startCounterTest(t *testing.T, function string) *counterTest {
	t.Helper()
	m := loadLive(t, counterText, &Options{Defines: map[string]string{"MAX_CPUS": "128"}})
	c := &counterTest{chain: startBurner(t), m: m}
	var set unix.CPUSet
	set.Set(0)
	if err := unix.SchedSetaffinity(c.pid, &set); err != nil {
		t.Fatal(err)
	}
	attr := unix.PerfEventAttr{
		Type:    uint32(PerfTypeBreakpoint),
		Bp_type: 2, // HW_BREAKPOINT_W
		Ext1:    addressBy(t, c.path, "watched"),
		Ext2:    4,
	}
	_, err := m.AttachPerfEventRaw(&attr, function, &PerfEventOptions{SamplePeriod: 1, PID: c.pid})
	if err != nil {
		t.Fatal(err)
	}
	if c.seen, err = Map[int32, uint64](m, "seen"); err != nil {
		t.Fatal(err)
	}
	return c
}

// value has the counter read by the program.
func (c *counterTest) value() uint64 {
	c.t.Helper()
	c.call("w")
	n, err := c.seen.Lookup(0)
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

func TestLivePerfCountersPageFaults(t *testing.T) {
	testenv.Live(t)
	for _, function := range []string{"on_write", "old_read"} {
		c := startCounterTest(t, function)
		o := &PerfEventOptions{PID: c.pid}
		counters, err := c.m.OpenPerfCounters("counters", PerfTypeSoftware, PerfSWPageFaults, o)
		if err != nil {
			t.Fatal(err)
		}
		before := c.value()
		c.call("p")
		if n := c.value() - before; n < 64 || n > 64+32 {
			t.Errorf("%s: %d page faults, want 64 and a few", function, n)
		}
		if err := counters.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestLivePerfCountersTaskClock(t *testing.T) {
	testenv.Live(t)
	c := startCounterTest(t, "on_write")
	o := &PerfEventOptions{PID: c.pid}
	if _, err := c.m.OpenPerfCounters("counters", PerfTypeSoftware, PerfSWTaskClock, o); err != nil {
		t.Fatal(err)
	}
	before := c.value()
	c.call("b")
	if ms := (c.value() - before) / millisecond; ms < 195 || ms > 400 {
		t.Errorf("%d ms of task clock while the burner used 200", ms)
	}
}

// Closed counters can no longer be read, and make room for others.
func TestLivePerfCountersClose(t *testing.T) {
	testenv.Live(t)
	c := startCounterTest(t, "on_write")
	o := &PerfEventOptions{PID: c.pid}
	counters, err := c.m.OpenPerfCounters("counters", PerfTypeSoftware, PerfSWTaskClock, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.m.OpenPerfCounters("counters", PerfTypeSoftware, PerfSWPageFaults, o); err == nil || !strings.Contains(err.Error(), "close those first") {
		t.Errorf("counters over counters: %v", err)
	}
	for range 2 {
		if err := counters.Close(); err != nil {
			t.Error(err)
		}
	}
	c.call("w")
	if code, err := c.seen.Lookup(1); err != nil || int64(code) != -int64(unix.ENOENT) {
		t.Errorf("reading a closed counter gives %d, %v", int64(code), err)
	}
	if _, err := c.m.OpenPerfCounters("counters", PerfTypeSoftware, PerfSWPageFaults, o); err != nil {
		t.Error(err)
	}
	c.call("w")
	if code, err := c.seen.Lookup(1); err != nil || code != 0 {
		t.Errorf("reading a counter opened anew gives %d, %v", int64(code), err)
	}
}

func TestLivePerfCountersBad(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, counterText, &Options{Defines: map[string]string{"MAX_CPUS": "128"}})
	self := &PerfEventOptions{PID: os.Getpid()}
	for _, table := range []string{"events", "seen"} {
		var kind *KindError
		if _, err := m.OpenPerfCounters(table, PerfTypeSoftware, 0, self); !errors.As(err, &kind) {
			t.Errorf("%s: %v", table, err)
		}
	}
	var unknown *UnknownError
	if _, err := m.OpenPerfCounters("counter", PerfTypeSoftware, 0, self); !errors.As(err, &unknown) {
		t.Errorf("unknown table: %v", err)
	}
	ended := endedPID(t)
	for want, o := range map[string]*PerfEventOptions{
		"neither sample": {SampleFreq: 9, PID: os.Getpid()},
		"process " + strconv.Itoa(ended) + " has ended": {PID: ended},
		"PID is -3":                         {PID: -3},
		"CPU 60000 is not online":           {PID: os.Getpid(), CPUs: []int{60000}},
		"open control group /no/such/place": {Cgroup: "/no/such/place"},
	} {
		if _, err := m.OpenPerfCounters("counters", PerfTypeSoftware, 0, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", o, err, want)
		}
	}
	var none *Module
	if _, err := none.OpenPerfCounters("counters", PerfTypeSoftware, 0, self); !errors.Is(err, errNoModule) {
		t.Errorf("nil module: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.OpenPerfCounters("counters", PerfTypeSoftware, 0, self); !errors.Is(err, ErrClosed) {
		t.Errorf("closed module: %v", err)
	}
}
