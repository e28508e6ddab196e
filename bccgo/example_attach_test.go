package bccgo_test

import (
	"fmt"
	"log"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
)

// A profile: 99 times a second on each CPU, whatever runs there.
func ExampleModule_AttachPerfEvent() {
	m, err := bccgo.Load(`
#include <uapi/linux/ptrace.h>
#include <uapi/linux/bpf_perf_event.h>
BPF_HASH(samples, u32, u64);

int on_sample(struct bpf_perf_event_data *ctx)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;

	samples.increment(pid);
	return 0;
}
`, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()

	_, err = m.AttachPerfEvent(bccgo.PerfTypeSoftware, bccgo.PerfSWCPUClock, "on_sample",
		&bccgo.PerfEventOptions{SampleFreq: 99})
	if err != nil {
		log.Fatal(err)
	}
	time.Sleep(10 * time.Second)
	samples, err := bccgo.Map[uint32, uint64](m, "samples")
	if err != nil {
		log.Fatal(err)
	}
	for pid, n := range samples.All() {
		fmt.Println(pid, n)
	}
}

// A breakpoint: whoever writes to a variable of a process.
func ExampleModule_AttachPerfEventRaw() {
	var m *bccgo.Module // from Load
	var pid int         // of the process
	var variable uint64 // its address there
	const writes, fourBytes = 2, 4
	attr := unix.PerfEventAttr{
		Type:    uint32(bccgo.PerfTypeBreakpoint),
		Bp_type: writes,
		Ext1:    variable,
		Ext2:    fourBytes,
	}
	o := &bccgo.PerfEventOptions{SamplePeriod: 1, PID: pid}
	if _, err := m.AttachPerfEventRaw(&attr, "on_write", o); err != nil {
		log.Fatal(err)
	}
}

// Cycles between two points of a program, where the processor counts them.
func ExampleModule_OpenPerfCounters() {
	m, err := bccgo.Load(`
#include <uapi/linux/ptrace.h>
BPF_PERF_ARRAY(cycles, MAX_CPUS);
BPF_HASH(begun, u32, u64);
BPF_HISTOGRAM(used);

int on_entry(struct pt_regs *ctx)
{
	struct bpf_perf_event_value now = {};
	u32 tid = bpf_get_current_pid_tgid();

	if (cycles.perf_counter_value(CUR_CPU_IDENTIFIER, &now, sizeof(now)) == 0)
		begun.update(&tid, &now.counter);
	return 0;
}

int on_return(struct pt_regs *ctx)
{
	struct bpf_perf_event_value now = {};
	u32 tid = bpf_get_current_pid_tgid();
	u64 *start = begun.lookup(&tid);

	if (!start)
		return 0;
	if (cycles.perf_counter_value(CUR_CPU_IDENTIFIER, &now, sizeof(now)) == 0)
		used.increment(bpf_log2l(now.counter - *start));
	begun.delete(&tid);
	return 0;
}
`, &bccgo.Options{Defines: map[string]string{"MAX_CPUS": "128"}})
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	if _, err := m.OpenPerfCounters("cycles", bccgo.PerfTypeHardware, bccgo.PerfHWCPUCycles, nil); err != nil {
		log.Fatal(err)
	}
	if _, err := m.AttachUprobe("c", "getaddrinfo", "on_entry", nil); err != nil {
		log.Fatal(err)
	}
	if _, err := m.AttachUretprobe("c", "getaddrinfo", "on_return", nil); err != nil {
		log.Fatal(err)
	}
	time.Sleep(10 * time.Second)
	if err := m.Table("used").PrintLog2Hist(os.Stdout, "cycles", nil); err != nil {
		log.Fatal(err)
	}
}

// All allocating functions of the C library at once.
func ExampleModule_AttachUprobeRe() {
	var m *bccgo.Module // from Load
	l, err := m.AttachUprobeRe("c", "(m|c|re)alloc", "on_alloc", nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(l.Targets())
	for _, r := range l.Refused() {
		fmt.Println(r.Probe, r.Err)
	}
}
