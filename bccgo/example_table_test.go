package bccgo_test

import (
	"errors"
	"fmt"
	"log"
	"net/netip"
	"os"
	"sort"

	"github.com/bccgo/bcc/bccgo"
)

// A hash as Go types: the Go struct has the layout of the C struct, and padding
// is a blank field.
func ExampleMap() {
	m, err := bccgo.Load(`
struct key_t {
	u32 pid;
	char comm[16];
};
BPF_HASH(calls, struct key_t, u64);

TRACEPOINT_PROBE(raw_syscalls, sys_enter)
{
	struct key_t key = {.pid = bpf_get_current_pid_tgid() >> 32};

	bpf_get_current_comm(&key.comm, sizeof(key.comm));
	calls.increment(key);
	return 0;
}
`, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()

	type key struct {
		PID  uint32
		Comm bccgo.Comm
	}
	calls, err := bccgo.Map[key, uint64](m, "calls")
	if err != nil {
		log.Fatal(err)
	}
	for k, n := range calls.All() {
		fmt.Println(k.PID, k.Comm, n)
	}
	if err := calls.Err(); err != nil {
		log.Fatal(err)
	}
}

// Once a second what was counted in that second: taking the entries out and
// reading them is one step.
func ExampleTypedMap_Drain() {
	var m *bccgo.Module // from Load
	counts, err := bccgo.Map[uint32, uint64](m, "counts")
	if err != nil {
		log.Fatal(err)
	}
	for pid, n := range counts.Drain() {
		fmt.Printf("%-7d %d\n", pid, n)
	}
}

// The errors of single entries are told apart with errors.Is and errors.As.
func ExampleTypedMap_Update() {
	var m *bccgo.Module // from Load
	limits, err := bccgo.Map[uint32, uint64](m, "limits")
	if err != nil {
		log.Fatal(err)
	}
	var full *bccgo.FullError
	switch err := limits.Insert(42, 100); {
	case errors.As(err, &full):
		fmt.Println("there is no room for more than", full.MaxEntries)
	case errors.Is(err, bccgo.ErrKeyExist):
		fmt.Println("42 has a limit already")
	case err != nil:
		log.Fatal(err)
	}
}

// Without Go types: keys are what fits the C type, values print themselves.
func ExampleTable_Get() {
	var m *bccgo.Module // from Load
	sizes := m.Table("sizes")
	v, err := sizes.Get([]any{1234, "bash"}) // struct { u32 pid; char comm[16]; }
	if errors.Is(err, bccgo.ErrKeyNotExist) {
		return
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(v)

	key, err := sizes.ParseKey(`{ 1234, "bash" }`) // the same, from a command line
	if err != nil {
		log.Fatal(err)
	}
	if err := sizes.Delete(key); err != nil {
		log.Fatal(err)
	}
}

func ExampleTable_Items() {
	var m *bccgo.Module // from Load
	items, err := m.Table("counts").Items()
	if err != nil {
		log.Fatal(err)
	}
	sort.Slice(items, func(i, j int) bool {
		a, _ := items[i].Value.Uint()
		b, _ := items[j].Value.Uint()
		return a > b
	})
	for _, e := range items {
		fmt.Printf("%10v %v\n", e.Value, e.Key)
	}
}

// A per-CPU table: each key has a value on each CPU, and Sum makes one of them.
func ExamplePerCPU() {
	var m *bccgo.Module // from Load
	packets, err := bccgo.PerCPU[uint32, uint64](m, "packets")
	if err != nil {
		log.Fatal(err)
	}
	for device, n := range bccgo.Reduce(packets, bccgo.Sum[uint64]) {
		fmt.Println(device, n)
	}
	for device, values := range packets.All() {
		fmt.Println(device, "at most", bccgo.Max(values), "on one CPU")
	}
}

func ExampleSum() {
	perCPU := []uint64{3, 0, 4, 1}
	fmt.Println(bccgo.Sum(perCPU), bccgo.Average(perCPU), bccgo.Min(perCPU), bccgo.Max(perCPU))
	// Output: 8 2 0 4
}

// A queue that a program fills: BPF_QUEUE(work, u64, 1024).
func ExampleQueue() {
	var m *bccgo.Module // from Load
	work, err := bccgo.Queue[uint64](m, "work")
	if err != nil {
		log.Fatal(err)
	}
	for v, err := range work.Drain() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(v)
	}
	if _, err := work.Pop(); errors.Is(err, bccgo.ErrEmpty) {
		fmt.Println("that was all")
	}
}

// Which subnet an address belongs to.
func ExampleLPM() {
	m, err := bccgo.Load(`
struct subnet_t {
	u32 bits;
	u32 address;
};
BPF_LPM_TRIE(subnets, struct subnet_t, u64, 1024);
int unused(void *ctx) { return 0; }
`, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	subnets, err := bccgo.LPM[uint64](m, "subnets")
	if err != nil {
		log.Fatal(err)
	}
	for i, subnet := range []string{"0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16"} {
		if err := subnets.Update(netip.MustParsePrefix(subnet), uint64(i)); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(subnets.Lookup(netip.MustParseAddr("10.1.2.3"))) // 2, nil
}

// Functions that go on in other functions. The table must be filled before
// events come: so nothing is attached by name at first.
func ExampleProgArray() {
	m, err := bccgo.Load(`
BPF_PROG_ARRAY(steps, 2);

RAW_TRACEPOINT_PROBE(sys_enter)
{
	steps.call(ctx, 1);
	return 0;
}

int count(struct bpf_raw_tracepoint_args *ctx)
{
	bpf_trace_printk("call %d\n", ctx->args[1]);
	return 0;
}
`, &bccgo.Options{NoAutoAttach: true})
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	if err := bccgo.ProgArray(m, "steps").Set(1, "count"); err != nil {
		log.Fatal(err)
	}
	if err := m.AutoAttach(); err != nil {
		log.Fatal(err)
	}
}

// One histogram a disk: the key is struct { char disk[32]; u64 slot; }.
func ExampleTable_PrintLog2Hist() {
	var m *bccgo.Module // from Load
	dist := m.Table("dist")
	err := dist.PrintLog2Hist(os.Stdout, "usecs", &bccgo.HistogramOptions{SectionHeader: "disk", StripLeadingZero: true})
	if err != nil {
		log.Fatal(err)
	}
	if err := dist.Clear(); err != nil { // the next interval starts at zero
		log.Fatal(err)
	}
}

// One histogram for all threads of a process: BucketFn makes sections of one
// key one section.
func ExampleHistogramOptions_bucketFn() {
	sections := []bccgo.Section{
		{Key: "nginx/1", Counts: []uint64{0, 2, 1}},
		{Key: "nginx/2", Counts: []uint64{0, 0, 3}},
	}
	o := &bccgo.HistogramOptions{SectionHeader: "process", BucketFn: func(key any) any { return key.(string)[:5] }}
	if err := bccgo.PrintLog2Keyed(os.Stdout, "msecs", sections, o); err != nil {
		log.Fatal(err)
	}
	// Output:
	//
	// process = nginx
	//      msecs               : count     distribution
	//          0 -> 1          : 2        |********************                    |
	//          2 -> 3          : 4        |****************************************|
}

func ExampleTable_Stack() {
	var m *bccgo.Module                               // from Load
	for e, err := range m.Table("counts").Entries() { // by the id of get_stackid
		if err != nil {
			log.Fatal(err)
		}
		id, _ := e.Key.Int()
		addresses, err := m.Table("traces").Stack(id)
		if err != nil {
			fmt.Println(err)
			continue
		}
		for _, a := range addresses {
			fmt.Printf("\t%#x\n", a)
		}
	}
}
