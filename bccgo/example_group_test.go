package bccgo_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// Two buffers of different structs in one loop, by the time in the events.
func ExampleGroup() {
	m, err := bccgo.Load(`
struct start_t {
	u64 when;
	u32 pid;
	char comm[16];
};
struct end_t {
	u64 when;
	u32 pid;
};
BPF_PERF_OUTPUT(starts);
BPF_RINGBUF_OUTPUT(ends, 64);

TRACEPOINT_PROBE(sched, sched_process_exec)
{
	struct start_t s = {};

	s.when = bpf_ktime_get_ns();
	s.pid = args->pid;
	bpf_get_current_comm(&s.comm, sizeof(s.comm));
	starts.perf_submit(args, &s, sizeof(s));
	return 0;
}

TRACEPOINT_PROBE(sched, sched_process_exit)
{
	struct end_t e = {};

	e.when = bpf_ktime_get_ns();
	e.pid = args->pid;
	ends.ringbuf_output(&e, sizeof(e), 0);
	return 0;
}
`, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()

	type start struct {
		When uint64
		PID  uint32
		Comm bccgo.Comm
		_    [4]byte
	}
	type end struct {
		When uint64
		PID  uint32
		_    [4]byte
	}
	g := bccgo.NewGroup(&bccgo.GroupOptions{OrderBy: "when"})
	err = errors.Join(
		bccgo.On(g, bccgo.Stream[start](m, "starts", nil), func(s *start) error {
			_, err := fmt.Println(s.PID, "runs", s.Comm)
			return err
		}),
		bccgo.On(g, bccgo.Stream[end](m, "ends", nil), func(e *end) error {
			_, err := fmt.Println(e.PID, "ends")
			return err
		}),
	)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := g.Run(ctx); err != nil {
		log.Fatal(err)
	}
}

// The same group as a loop: each round tells which stream has a new event.
func ExampleGroup_All() {
	var m *bccgo.Module // from Load
	type start struct {
		When uint64
		PID  uint32
		Comm bccgo.Comm
		_    [4]byte
	}
	starts := bccgo.Stream[start](m, "starts", nil)
	ends := m.RawStream("ends", nil)
	g := bccgo.NewGroup(nil)
	if err := g.Add(starts, ends); err != nil {
		log.Fatal(err)
	}
	for s, err := range g.All(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		switch s {
		case starts:
			fmt.Println(starts.CPU(), starts.Event().Comm)
		case ends:
			value, err := ends.Decode(ends.Record())
			fmt.Println(value, err)
		}
	}
}

// A function for each event and a poll in a loop, as in Python.
func ExampleModule_OpenPerfBuffer() {
	var m *bccgo.Module // from Load
	type event struct {
		PID  uint32
		Comm bccgo.Comm
	}
	events, err := bccgo.NewDecoder[event](m, "events")
	if err != nil {
		log.Fatal(err)
	}
	print := func(cpu int, data []byte) {
		if e, err := events.Decode(data); err == nil {
			fmt.Println(cpu, e.PID, e.Comm)
		}
	}
	if _, err := m.OpenPerfBuffer("events", print, nil); err != nil {
		log.Fatal(err)
	}
	for {
		if err := m.PerfBufferPoll(time.Second); err != nil {
			log.Fatal(err)
		}
	}
}

// Packets that come with events, as perf_submit_skb sends them.
func ExampleEventStream_Rest() {
	var m *bccgo.Module // from Load
	type head struct {
		Length uint32
	}
	packets := bccgo.Stream[head](m, "packets", nil)
	for h, err := range packets.All(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("% x\n", packets.Rest()[:h.Length])
	}
}

// Bitfields are read from the integer in their place. The tag is checked
// against the C struct.
func ExampleBits() {
	// struct flags_t { u32 kind : 3; int shift : 5; u32 ok : 1; };
	type flags struct {
		Word uint32 `bcc:"kind:0-2,shift:3-7,ok:8"`
	}
	f := flags{Word: 5 | 30<<3 | 1<<8}
	fmt.Println(bccgo.Bits(f.Word, 0, 2), bccgo.SignedBits(f.Word, 3, 7), bccgo.Bits(f.Word, 8, 8) == 1)
	// Output: 5 -2 true
}
