package bccgo

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// atGetppid is a function that runs when this process calls getppid(2).
const atGetppid = `
RAW_TRACEPOINT_PROBE(sys_enter)
{
	if (bpf_get_current_pid_tgid() >> 32 != ME || ctx->args[1] != NR)
		return 0;
	%s
	return 0;
}
`

// cachedKind is a kind of program, and what it does.
type cachedKind struct {
	name string
	need func(testing.TB)
	// text is the program; %s in it is a folder for pins.
	text string
	// use makes the program do what it does, and says what that was.
	use  func(t *testing.T, m *Module) string
	want string
}

var cachedKinds = []cachedKind{
	{name: "tables", use: useNumbers, want: "[1 2 3] in order, 3 on all processors, last 4",
		text: `
BPF_QUEUE(order, u64, 8);
BPF_PERCPU_ARRAY(per_cpu, u64, 1);
BPF_TABLE("lru_hash", u32, u64, recent, 8);
` + fmt.Sprintf(atGetppid, `
	u32 key = 7;
	u64 one = 1, *n = recent.lookup_or_try_init(&key, &one);

	if (n)
		order.push(n, 0);
	recent.increment(key);
	per_cpu.increment(0);`)},
	{name: "events", use: useEvents, want: "perf 60, ring 60",
		text: `
struct event_t {
	u32 pid;
	u64 nth;
};
BPF_PERF_OUTPUT(perf);
BPF_RINGBUF_OUTPUT(ring, 8);
BPF_ARRAY(count, u64, 1);
` + fmt.Sprintf(atGetppid, `
	int zero = 0;
	struct event_t e = {.pid = bpf_get_current_pid_tgid() >> 32};
	u64 *n = count.lookup(&zero);

	if (!n)
		return 0;
	e.nth = ++*n * 10;
	perf.perf_submit(ctx, &e, sizeof(e));
	ring.ringbuf_output(&e, sizeof(e), 0);`)},
	{name: "histogram", use: useHistogram, want: "usecs : count distribution 0 -> 1 : 3",
		text: `
BPF_HISTOGRAM(usecs);
` + fmt.Sprintf(atGetppid, `usecs.increment(bpf_log2l(1));`)},
	{name: "pinned", use: usePinned, want: "3 more",
		text: `
BPF_TABLE_PINNED("hash", u32, u64, kept, 16, "%s/kept");
` + strings.Replace(atGetppid, "%s", `kept.increment(1);`, 1)},
	{name: "shared and extern", use: useShared, want: "6 here, 6 there",
		text: `
BPF_TABLE_SHARED("hash", u32, u64, seen, 16);
` + fmt.Sprintf(atGetppid, `seen.increment(1);`)},
	{name: "map-in-map", use: useMapsInMap, want: "first 3, second 5, third 2",
		text: `
BPF_ARRAY(first, u64, 1);
BPF_ARRAY(second, u64, 1);
BPF_ARRAY(third, u64, 1);
BPF_ARRAY_OF_MAPS(by_index, "first", 4);
BPF_HASH_OF_MAPS(by_key, u32, "first", 4);
` + fmt.Sprintf(atGetppid, `
	int index = 2, zero = 0;
	u32 key = 77;
	u64 *n;
	void *inner = by_index.lookup(&index);

	if (inner) {
		n = bpf_map_lookup_elem(inner, &zero);
		if (n)
			*n += 1;
	}
	inner = by_key.lookup(&key);
	if (inner) {
		n = bpf_map_lookup_elem(inner, &zero);
		if (n)
			*n += 1;
	}`)},
	{name: "prog array", use: useTailCall, want: "called 3, went on 0",
		text: `
BPF_PROG_ARRAY(steps, 4);
BPF_ARRAY(hits, u64, 2);
int tail(struct bpf_raw_tracepoint_args *ctx)
{
	hits.increment(0);
	return 0;
}
` + fmt.Sprintf(atGetppid, `
	steps.call(ctx, 2);
	hits.increment(1);`)},
	{name: "tracepoint", need: needGetppid, use: useHits, want: "3",
		text: `
BPF_ARRAY(hits, u64, 1);
TRACEPOINT_PROBE(syscalls, sys_enter_getppid)
{
	if (bpf_get_current_pid_tgid() >> 32 == ME && args->__syscall_nr == NR)
		hits.increment(0);
	return 0;
}
`},
	{name: "kprobe", need: testenv.NeedKprobes, use: useHits, want: "3",
		text: `
#include <uapi/linux/ptrace.h>
BPF_ARRAY(hits, u64, 1);
int kprobe____x64_sys_getppid(struct pt_regs *ctx)
{
	if (bpf_get_current_pid_tgid() >> 32 == ME)
		hits.increment(0);
	return 0;
}
`},
	{name: "kfunc", need: testenv.NeedFentry, use: useKfunc, want: "[3 3]", text: kfuncText},
	{name: "xdp", use: useXDP, want: "3 frames, 0 arrived",
		text: `
BPF_ARRAY(hits, u64, 1);
int drop(struct xdp_md *ctx)
{
	if (ctx->data_end - ctx->data != 321)
		return XDP_PASS;
	hits.increment(0);
	return XDP_DROP;
}
`},
	{name: "iterator", need: needSupport(SupportIter), use: useIter, want: "this thread",
		text: `
struct seq_file;
struct bpf_iter_meta { struct seq_file *seq; };
struct bpf_iter__task { struct bpf_iter_meta *meta; void *task; };
BPF_ITER(task)
{
	char text[] = "this thread";

	if (ctx->task)
		bpf_seq_write(ctx->meta->seq, text, sizeof(text) - 1);
	return 0;
}
`},
	{name: "lsm", need: needSupport(SupportLSM), use: useLSM, want: "1 denied",
		text: `
BPF_ARRAY(hits, u64, 1);
LSM_PROBE(socket_listen, void *socket, int backlog)
{
	if (bpf_get_current_pid_tgid() >> 32 != ME)
		return 0;
	hits.increment(0);
	return -1;
}
`},
}

func needGetppid(t testing.TB) {
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
}

// TestLiveEveryKindIsCached loads a program of each kind twice, where the second
// load has no time to compile. Both do the same.
func TestLiveEveryKindIsCached(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	for _, kind := range cachedKinds {
		t.Run(kind.name, func(t *testing.T) {
			if kind.need != nil {
				kind.need(t)
			}
			t.Setenv("BCCGO_CACHE", filepath.Join(t.TempDir(), "cache"))
			text := kind.text
			if strings.Contains(text, "%s") {
				text = fmt.Sprintf(text, bpffs(t))
			}
			cold := kind.run(t, text, attached())
			warm := kind.run(t, text, uncompiled(attached()))
			if cold.CacheStatus().Hit || !warm.CacheStatus().Hit {
				t.Errorf("first %v, then %v", cold.CacheStatus(), warm.CacheStatus())
			}
		})
	}
}

// needSupport wants what the kernel is asked for.
func needSupport(ask func() error) func(testing.TB) {
	return func(t testing.TB) {
		if err := ask(); err != nil {
			t.Skip(err)
		}
	}
}

// TestCacheKeepsEveryHook compiles programs that this kernel may not attach, which
// are kept like others.
func TestCacheKeepsEveryHook(t *testing.T) {
	ownCache(t)
	for name, text := range map[string]string{
		"LSM":      "LSM_PROBE(file_open, void *file)\n{\n\treturn 0;\n}\n",
		"fmod_ret": "KMOD_RET(bpf_modify_return_test, int a, int *b, int ret)\n{\n\treturn 0;\n}\n",
		"iterator": "struct bpf_iter__task { void *meta, *task; };\nBPF_ITER(task)\n{\n\treturn ctx->task != NULL;\n}\n",
	} {
		t.Run(name, func(t *testing.T) {
			cold := must(wantCompile(t, text, nil, false).MarshalBinary())(t)
			warm := wantCompile(t, text, &Options{Deadline: time.Nanosecond}, true)
			if got := must(warm.MarshalBinary())(t); !bytes.Equal(got, cold) || len(warm.Functions()) != 1 {
				t.Errorf("the stored bundle differs, with %v", warm.Functions())
			}
		})
	}
}

// run loads the program, has it do what it does and closes it.
func (k *cachedKind) run(t *testing.T, text string, o *Options) *Module {
	t.Helper()
	m, err := Load(text, o)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if got := k.use(t, m); got != k.want {
		t.Errorf("%v: %s, want %s", m.CacheStatus(), got, k.want)
	}
	return m
}

// numberIn is the only entry of an array, or that of a key.
func numberIn(t *testing.T, m *Module, table string, key int) string {
	t.Helper()
	return must(m.Table(table).Get(key))(t).String()
}

func useHits(t *testing.T, m *Module) string {
	call(3)
	return numberIn(t, m, "hits", 0)
}

func useKfunc(t *testing.T, m *Module) string { return fmt.Sprint(writesSeen(t, m, 3)) }

func useNumbers(t *testing.T, m *Module) string {
	call(3)
	var order []uint64
	for v, err := range must(Queue[uint64](m, "order"))(t).Drain() {
		order = append(order, must(v, err)(t))
	}
	cpus := must(must(PerCPU[int32, uint64](m, "per_cpu"))(t).Lookup(0))(t)
	return fmt.Sprintf("%v in order, %d on all processors, last %s", order, Sum(cpus), numberIn(t, m, "recent", 7))
}

// kindEvent is what useEvents reads.
type kindEvent struct {
	PID uint32
	_   [4]byte
	Nth uint64
}

func useEvents(t *testing.T, m *Module) string {
	perf := Stream[kindEvent](m, "perf", nil)
	defer perf.Close()
	ring := Stream[kindEvent](m, "ring", nil)
	defer ring.Close()
	call(3)
	sum := func(events []kindEvent) (sum uint64) {
		for _, e := range events {
			if int(e.PID) != os.Getpid() {
				t.Errorf("of process %d", e.PID)
			}
			sum += e.Nth
		}
		return sum
	}
	return fmt.Sprintf("perf %d, ring %d", sum(collect(t, perf, 3)), sum(collect(t, ring, 3)))
}

func useHistogram(t *testing.T, m *Module) string {
	call(3)
	var out strings.Builder
	must(0, m.Table("usecs").PrintLog2Hist(&out, "usecs", nil))(t)
	return strings.Join(strings.Fields(out.String())[:9], " ")
}

func usePinned(t *testing.T, m *Module) string {
	kept := must(Map[uint32, uint64](m, "kept"))(t)
	before, err := kept.Lookup(1)
	if found := m.CacheStatus().Hit; found != (err == nil) {
		t.Errorf("at the begin %d, %v", before, err)
	}
	call(3)
	return fmt.Sprintf("%d more", must(kept.Lookup(1))(t)-before)
}

func useShared(t *testing.T, m *Module) string {
	options := attached()
	if m.CacheStatus().Hit {
		uncompiled(options)
	}
	other := loadLive(t, importText, options)
	defer other.Close()
	if other.CacheStatus().Hit != m.CacheStatus().Hit {
		t.Errorf("the importer: %v", other.CacheStatus())
	}
	call(3)
	return fmt.Sprintf("%s here, %s there", numberIn(t, m, "seen", 1), numberIn(t, other, "seen", 1))
}

func useMapsInMap(t *testing.T, m *Module) string {
	byIndex := MapOfMaps[int32](m, "by_index")
	must(0, byIndex.Set(2, m.Table("first")))(t)
	must(0, MapOfMaps[uint32](m, "by_key").Set(77, m.Table("second")))(t)
	call(3)
	must(0, byIndex.Set(2, m.Table("third")))(t)
	call(2)
	return fmt.Sprintf("first %s, second %s, third %s", numberIn(t, m, "first", 0), numberIn(t, m, "second", 0), numberIn(t, m, "third", 0))
}

func useTailCall(t *testing.T, m *Module) string {
	must(0, ProgArray(m, "steps").Set(2, "tail"))(t)
	call(3)
	return fmt.Sprintf("called %s, went on %s", numberIn(t, m, "hits", 0), numberIn(t, m, "hits", 1))
}

func useXDP(t *testing.T, m *Module) string {
	ownDevices(t)
	socket := arrivals(t)
	defer must(m.AttachXDP("far", "drop", nil))(t).Close()
	sendFrames(t, 3, 321)
	return fmt.Sprintf("%s frames, %d arrived", numberIn(t, m, "hits", 0), arrived(t, socket))
}

func useIter(t *testing.T, m *Module) string {
	it := attachIter(t, m, "task", &IterOptions{TID: os.Getpid()})
	defer it.Close()
	return strings.Join(iterLines(t, it), "|")
}

func useLSM(t *testing.T, m *Module) string {
	// Go's own Listen would try twice: as MPTCP, then as TCP.
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Listen(fd, 1); !errors.Is(err, os.ErrPermission) {
		t.Errorf("listening: %v", err)
	}
	return numberIn(t, m, "hits", 0) + " denied"
}
