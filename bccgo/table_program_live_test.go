package bccgo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// meCalling restricts a C text to getppid(2) of this process.
func meCalling() *Options {
	o := &Options{Defines: me(), NoAutoAttach: true}
	o.Defines["NR"] = fmt.Sprint(syscall.SYS_GETPPID)
	return o
}

// A program that goes on in other functions, which are put in and taken out
// while it runs.
func TestTableTailCalls(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, `
BPF_PROG_ARRAY(steps, 4);
BPF_ARRAY(hits, u64, 4);
RAW_TRACEPOINT_PROBE(sys_enter)
{
	if (bpf_get_current_pid_tgid() >> 32 != ME || ctx->args[1] != NR)
		return 0;
	hits.increment(0);
	steps.call(ctx, 2);
	hits.increment(3);
	return 0;
}
int first(struct bpf_raw_tracepoint_args *ctx)
{
	hits.increment(1);
	steps.call(ctx, 3);
	return 0;
}
int second(struct bpf_raw_tracepoint_args *ctx)
{
	hits.increment(2);
	return 0;
}
`, meCalling())
	steps := ProgArray(m, "steps")
	must(0, steps.Set(2, "first"))(t)
	must(0, m.AutoAttach())(t)
	must(0, steps.Set(3, "second"))(t)
	expect := func(when string, want ...uint64) {
		t.Helper()
		hits := must(Map[int32, uint64](m, "hits"))(t)
		call(5)
		if got := slices.Collect(hits.Values()); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
		must(0, hits.Clear())(t)
	}
	expect("both", 5, 5, 5, 0)
	must(0, steps.Delete(3))(t)
	expect("one", 5, 5, 0, 0)
	other := must(m.program("second", RawTracepoint))(t)
	must(0, steps.SetFD(2, other.FD()))(t)
	expect("by descriptor", 5, 0, 5, 0)
	for _, fd := range []int{-1, 1 << 20} {
		if err := steps.SetFD(2, fd); !errors.Is(err, unix.EBADF) {
			t.Errorf("descriptor %d: %v", fd, err)
		}
	}
	must(0, steps.Clear())(t)
	expect("none", 5, 0, 0, 5)
	if err := steps.Delete(2); !errors.Is(err, ErrKeyNotExist) {
		t.Errorf("delete an empty place: %v", err)
	}
	var tail *TailCallError
	if err := steps.Set(4, "first"); !errors.As(err, &tail) || !strings.Contains(err.Error(), "index 3") {
		t.Errorf("index outside: %v", err)
	}
	if err := steps.SetAs(0, "second", SocketFilter); err == nil {
		t.Error("a socket filter went into a table of raw tracepoints")
	}
	if err := steps.SetAs(0, "any", Kprobe); err == nil {
		t.Error("a function that is not there was put in")
	}
	var name *UnknownError
	if err := steps.Set(0, "frist"); !errors.As(err, &name) || !slices.Equal(name.Nearest, []string{"first"}) {
		t.Errorf("unknown function: %v", err)
	}
}

// A function of another program type cannot go where the others are.
func TestTableTailCallTypes(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, `
BPF_PROG_ARRAY(steps, 2);
int entry(void *ctx)
{
	steps.call(ctx, 0);
	return 0;
}
int plain(void *ctx)
{
	return 0;
}
`, nil)
	must(0, m.LoadFunc("entry", Tracepoint))(t)
	steps := ProgArray(m, "steps")
	must(0, steps.Set(0, "plain"))(t) // as a tracepoint, like its caller
	var tail *TailCallError
	if err := steps.SetAs(1, "plain", Kprobe); !errors.As(err, &tail) || tail.Type != Kprobe || !errors.Is(err, unix.EINVAL) {
		t.Errorf("another type: %v", err)
	}
}

// What programs put into tables of kinds that only they fill.
func TestTableFilledByProgram(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, `
struct subnet_t {
	u32 bits;
	u8 address[4];
};
struct slot_t {
	char comm[16];
	u64 parity;
	int slot;
};
BPF_QUEUE(order, u64, 16);
BPF_STACK(reverse, u64, 16);
BPF_ARRAY(count, u64, 1);
BPF_LPM_TRIE(routes, struct subnet_t, u64, 16);
BPF_ARRAY(route, u64, 1);
BPF_HISTOGRAM(keyed, struct slot_t, 64);
BPF_TABLE("percpu_array", int, u64, cpu_dist, 64);
BPF_TABLE("lru_hash", u64, u64, recent, 8);
BPF_STACK_TRACE(traces, 64);
BPF_HASH(ids, int, u64);
RAW_TRACEPOINT_PROBE(sys_enter)
{
	struct subnet_t where = {.bits = 32, .address = {10, 1, 2, 3}};
	struct slot_t key = {};
	int zero = 0, id;
	u64 n, *p;

	if (bpf_get_current_pid_tgid() >> 32 != ME || ctx->args[1] != NR)
		return 0;
	p = count.lookup(&zero);
	if (!p)
		return 0;
	n = ++*p;
	order.push(&n, 0);
	reverse.push(&n, 0);
	p = routes.lookup(&where);
	if (p)
		route.increment(zero, *p);
	bpf_get_current_comm(&key.comm, sizeof(key.comm));
	key.parity = n % 2;
	key.slot = bpf_log2l(n);
	keyed.increment(key);
	p = cpu_dist.lookup(&key.slot);
	if (p)
		++*p;
	recent.update(&n, &n);
	id = traces.get_stackid(ctx, 0);
	ids.increment(id);
	id = traces.get_stackid(ctx, BPF_F_USER_STACK);
	ids.increment(id);
	return 0;
}
`, meCalling())
	routes := must(LPM[uint64](m, "routes"))(t)
	must(0, routes.Update(netip.MustParsePrefix("10.0.0.0/8"), 100))(t)
	must(0, routes.Update(netip.MustParsePrefix("10.1.0.0/16"), 3))(t)
	must(0, m.AutoAttach())(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	call(10)

	var order, reverse []uint64
	for v, err := range must(Queue[uint64](m, "order"))(t).Drain() {
		order = append(order, must(v, err)(t))
	}
	for v, err := range must(Queue[uint64](m, "reverse"))(t).Drain() {
		reverse = append(reverse, must(v, err)(t))
	}
	if want := []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}; !slices.Equal(order, want) {
		t.Errorf("queue %v", order)
	}
	slices.Reverse(reverse)
	if !slices.Equal(reverse, order) {
		t.Errorf("stack, turned round: %v", reverse)
	}
	if v, err := m.Table("route").Get(0); err != nil || v.String() != "30" {
		t.Errorf("routes added up to %v, %v", v, err)
	}
	if v, err := m.Table("recent").Get(10); err != nil || v.String() != "10" {
		t.Errorf("most recent: %v, %v", v, err)
	}
	if n, err := m.Table("recent").Len(); err != nil || n > 8 {
		t.Errorf("%d recent ones, %v", n, err)
	}
	checkKeyed(t, m)
	checkStacks(t, m)
}

// checkKeyed looks at a histogram by command name and parity of 1 to 10, and at
// the same without keys.
func checkKeyed(t *testing.T, m *Module) {
	t.Helper()
	comm, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/comm", unix.Gettid()))
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimSpace(string(comm))
	keyed := m.Table("keyed")
	byKey := func(s []Section) []Section {
		slices.SortFunc(s, func(a, b Section) int { return strings.Compare(fmt.Sprint(a.Key), fmt.Sprint(b.Key)) })
		return s
	}
	var out bytes.Buffer
	must(0, keyed.PrintLog2Hist(&out, "nth", &HistogramOptions{SectionHeader: "who", BucketSort: byKey, StripLeadingZero: true}))(t)
	// Even: 2 | 4 6 | 8 10. Odd: 1 | 3 | 5 7 | 9.
	want := fmt.Sprintf("\nwho = (%s, 0)\n", name) + `     nth                 : count     distribution
         2 -> 3          : 1        |********************                    |
         4 -> 7          : 2        |****************************************|
         8 -> 15         : 2        |****************************************|
` + fmt.Sprintf("\nwho = (%s, 1)\n", name) + `     nth                 : count     distribution
         0 -> 1          : 1        |********************                    |
         2 -> 3          : 1        |********************                    |
         4 -> 7          : 2        |****************************************|
         8 -> 15         : 1        |********************                    |
`
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	by := func(field string) func(any) any {
		return func(key any) any {
			v, _ := key.(KeyFields).Field(field)
			return v
		}
	}
	must(0, keyed.PrintJSONHist(&out, "nth", &HistogramOptions{SectionHeader: "comm", BucketFn: by("comm")}))(t)
	var h struct {
		Comm string
		Data []HistogramInterval
	}
	if err := json.Unmarshal(out.Bytes(), &h); err != nil {
		t.Fatalf("%v in\n%s", err, out.String())
	}
	if whole := []HistogramInterval{{0, 1, 1}, {2, 3, 2}, {4, 7, 4}, {8, 15, 3}}; h.Comm != name || !slices.Equal(h.Data, whole) {
		t.Errorf("JSON %s", out.String())
	}
	sections := must(m.Table("cpu_dist").Sections())(t)
	if got := sections[0].Counts; sections[0].Key != nil || !slices.Equal(got, []uint64{0, 1, 2, 4, 3}) {
		t.Errorf("summed over CPUs: %v", got)
	}
	out.Reset()
	must(0, m.Table("cpu_dist").PrintLinearHist(&out, "slot", nil))(t)
	if n := strings.Count(out.String(), "\n"); n != 6 {
		t.Errorf("%d lines in\n%s", n, out.String())
	}
	out.Reset()
	must(0, m.Table("cpu_dist").PrintLinearJSONHist(&out, "slot", nil))(t)
	if !strings.Contains(out.String(), `{"interval-start":3,"interval-end":3,"count":4}`) {
		t.Errorf("JSON %s", out.String())
	}
}

// checkStacks wants a stack of the kernel and one of user space, with addresses
// of each.
func checkStacks(t *testing.T, m *Module) {
	t.Helper()
	traces := m.Table("traces")
	kernel, user := 0, 0
	for e, err := range m.Table("ids").Entries() {
		if err != nil {
			t.Fatal(err)
		}
		id, ok := e.Key.Int()
		if !ok || id < 0 {
			t.Errorf("id %v", e.Key)
			continue
		}
		addresses, err := traces.Stack(id)
		if err != nil || len(addresses) == 0 {
			t.Errorf("stack %d: %v, %v", id, addresses, err)
			continue
		}
		if inKernel := addresses[0]>>63 == 1; inKernel {
			kernel++
		} else {
			user++
		}
	}
	if kernel != 1 || user == 0 {
		t.Errorf("%d stacks of the kernel, %d of user space", kernel, user)
	}
	if n, err := traces.Len(); n != kernel+user || err != nil {
		t.Errorf("%d stacks, %v", n, err)
	}
	must(0, traces.Clear())(t)
	if n, err := traces.Len(); n != 0 || err != nil {
		t.Errorf("%d stacks after clearing, %v", n, err)
	}
	if _, err := traces.Stack(1 << 20); !errors.Is(err, ErrKeyNotExist) {
		t.Errorf("no such stack: %v", err)
	}
	var bad *StackError
	if _, err := traces.Stack(-int64(unix.EEXIST)); !errors.As(err, &bad) || !errors.Is(err, unix.EEXIST) || !strings.Contains(err.Error(), "larger") {
		t.Errorf("an id that is an error: %v", err)
	}
}

// Build ids are those of this test's own program.
func TestTableBuildIDs(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, `
BPF_STACK_TRACE_BUILDID(traces, 64);
BPF_ARRAY(last, s64, 1);
RAW_TRACEPOINT_PROBE(sys_enter)
{
	if (bpf_get_current_pid_tgid() >> 32 == ME && ctx->args[1] == NR) {
		int zero = 0;
		s64 id = traces.get_stackid(ctx, BPF_F_USER_STACK);
		last.update(&zero, &id);
	}
	return 0;
}
`, meCalling())
	must(0, m.AutoAttach())(t)
	call(1)
	id := must(must(Map[int32, int64](m, "last"))(t).Lookup(0))(t)
	frames, err := m.Table("traces").BuildIDStack(id)
	if err != nil || len(frames) == 0 {
		t.Fatalf("stack %d: %v, %v", id, frames, err)
	}
	for _, f := range frames {
		if f.BuildID != "" && len(f.BuildID) != 40 || f.Offset == 0 {
			t.Errorf("frame %+v", f)
		}
	}
	var kind *KindError
	if _, err := m.Table("traces").Stack(id); !errors.As(err, &kind) {
		t.Errorf("addresses of a table without: %v", err)
	}
}
