package bccgo_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const openings = `
struct opening {
	u64 ns;
	u32 pid;
	char comm[16];
};
BPF_PERF_OUTPUT(openings);

TRACEPOINT_PROBE(syscalls, sys_enter_openat)
{
	struct opening o = {};

	o.ns = bpf_ktime_get_ns();
	o.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(&o.comm, sizeof(o.comm));
	openings.perf_submit(args, &o, sizeof(o));
	return 0;
}`

// opening is struct opening.
type opening struct {
	NS   uint64
	PID  uint32
	Comm bccgo.Comm
}

// The loop ends with the context, after the events that are still in the
// buffer.
func ExampleStream() {
	m, err := bccgo.Load(openings, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	stream := bccgo.Stream[opening](m, "openings", &bccgo.StreamOptions{Latency: 20 * time.Millisecond})
	for o, err := range stream.All(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(bccgo.KtimeToTime(o.NS), o.PID, o.Comm)
	}
	if lost := stream.Lost(); lost.Total > 0 {
		fmt.Println(lost.Total, "events lost")
	}
}

// The same with a function for each event, as a Python program has it.
func ExampleModule_OpenPerfBuffer() {
	m, err := bccgo.Load(openings, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()

	show := func(cpu int, data []byte) {
		event, err := m.Table("openings").Event(data)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(cpu, event)
	}
	if _, err := m.OpenPerfBuffer("openings", show, nil); err != nil {
		log.Fatal(err)
	}
	for range 10 {
		if err := m.PerfBufferPoll(100 * time.Millisecond); err != nil {
			log.Fatal(err)
		}
	}
}

// Events of two programs in one loop, in the order in which they happened.
func ExampleGroup() {
	first, err := bccgo.Load(openings, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer first.Close()
	second, err := bccgo.Load(openings, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer second.Close()

	g := bccgo.NewGroup(&bccgo.GroupOptions{OrderBy: "ns"})
	for _, m := range []*bccgo.Module{first, second} {
		show := func(o *opening) error {
			_, err := fmt.Println(o.NS, o.Comm)
			return err
		}
		if err := bccgo.On(g, bccgo.Stream[opening](m, "openings", nil), show); err != nil {
			log.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := g.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
