package bccgo

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// tablesText has a table of each kind that user space reads and writes.
const tablesText = `
struct key_t {
	u32 pid;
	char comm[8];
	u64 where;
};
struct value_t {
	u64 count;
	s16 delta;
	u8 low : 3;
	u8 high : 5;
	u32 parts[2];
};
struct prefix4_t {
	u32 bits;
	u32 address;
};
struct prefix6_t {
	u32 bits;
	u8 address[16];
};
BPF_HASH(hash, struct key_t, struct value_t, 4);
BPF_HASH(numbers, u32, u64, 1024);
BPF_ARRAY(array, u64, 5);
BPF_PERCPU_HASH(cpu_hash, u32, u64, 64);
BPF_PERCPU_ARRAY(cpu_array, s32, 3);
BPF_TABLE("lru_hash", u32, u64, lru, 128);
BPF_TABLE("lru_percpu_hash", u32, u64, cpu_lru, 128);
BPF_LPM_TRIE(trie4, struct prefix4_t, u64, 16);
BPF_LPM_TRIE(trie6, struct prefix6_t, u64, 3);
BPF_QUEUE(fifo, u64, 3);
BPF_STACK(lifo, struct value_t, 3);
BPF_PERF_OUTPUT(events);
BPF_STACK_TRACE(traces, 64);

int unused(void *ctx)
{
	return 0;
}
`

// value is value_t.
type liveValue struct {
	Count uint64
	Delta int16
	Bits  uint8
	_     uint8
	Parts [2]uint32
	_     uint32
}

// liveKey is key_t.
type liveKey struct {
	PID   uint32
	Comm  [8]byte
	_     uint32
	Where uint64
}

func liveTables(t testing.TB) *Module {
	t.Helper()
	return liveTablesOf(t, tablesText)
}

func liveTablesOf(t testing.TB, text string) *Module {
	t.Helper()
	testenv.Live(t)
	return loadLive(t, text, nil)
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestTableUntyped(t *testing.T) {
	hash := liveTables(t).Table("hash")
	key := []any{7, "sh", 0xfeed}
	value := map[string]any{"count": 9, "delta": -2, "high": 21, "parts": []int{1, 2}}
	const text = "count=9 delta=-2 low=0 high=21 parts=[1 2]"
	if err := hash.Set(key, value); err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]any{
		"list": key, "struct": liveKey{PID: 7, Comm: [8]byte{'s', 'h'}, Where: 0xfeed},
		"map": map[string]any{"pid": 7, "comm": "sh", "where": 0xfeed}, "Value": must(hash.ParseKey(`{ 0x7, "sh", 0xfeed }`))(t),
		"bytes": must(hash.Key(key))(t).Bytes(),
	} {
		if v, err := hash.Get(k); err != nil || v.String() != text {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	if err := hash.Insert(key, value); !errors.Is(err, ErrKeyExist) {
		t.Errorf("insert again: %v", err)
	}
	if err := hash.Replace([]any{8, "", 0}, value); !errors.Is(err, ErrKeyNotExist) {
		t.Errorf("replace a missing key: %v", err)
	}
	if err := hash.Replace(key, must(hash.ParseValue("{ 10 -3 1 2 { 5 6 } }"))(t)); err != nil {
		t.Error(err)
	}
	var out strings.Builder
	if err := hash.Print(&out); err != nil || out.String() != "pid=7 comm=sh where=65261 count=10 delta=-3 low=1 high=2 parts=[5 6]\n" {
		t.Errorf("printed %q, %v", out.String(), err)
	}
	if err := hash.Zero(); err != nil {
		t.Error(err)
	}
	if e, err := hash.LookupAndDelete(key); err != nil || e.Value.String() != "count=0 delta=0 low=0 high=0 parts=[0 0]" {
		t.Errorf("took %v, %v", e, err)
	}
	if err := hash.Delete(key); !errors.Is(err, ErrKeyNotExist) {
		t.Errorf("delete a missing key: %v", err)
	}
	if n, err := hash.Len(); n != 0 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
}

func TestTableFull(t *testing.T) {
	m := liveTables(t)
	hash := m.Table("hash")
	for i := range 4 {
		if err := hash.Set([]any{i, "", 0}, make([]byte, 24)); err != nil {
			t.Fatal(err)
		}
	}
	trie := must(LPM[uint64](m, "trie6"))(t)
	for i := range 3 {
		must(0, trie.Update(prefix(t, fmt.Sprintf("2001:db8:%d::/48", i)), 1))(t)
	}
	queue := must(Queue[uint64](m, "fifo"))(t)
	for range 3 {
		must(0, queue.Push(1))(t)
	}
	for name, tc := range map[string]struct {
		err error
		max int
	}{
		"hash":  {hash.Set([]any{4, "", 0}, make([]byte, 24)), 4},
		"trie6": {trie.Update(prefix(t, "::/0"), 1), 3},
		"fifo":  {queue.Push(1), 3},
	} {
		var full *FullError
		if !errors.As(tc.err, &full) || full.Table != name || full.MaxEntries != tc.max {
			t.Errorf("%s: %v", name, tc.err)
		}
	}
	typed := must(Map[uint32, uint64](m, "numbers"))(t)
	n, err := typed.BatchUpdate(make([]uint32, 5000), make([]uint64, 5000))
	if n != 5000 || err != nil {
		t.Errorf("one key many times: %d, %v", n, err)
	}
	var full *FullError
	keys := make([]uint32, 1100)
	for i := range keys {
		keys[i] = uint32(i)
	}
	if n, err := typed.BatchUpdate(keys, make([]uint64, len(keys))); n != 1024 || !errors.As(err, &full) {
		t.Errorf("batch into a full table: %d, %v", n, err)
	}
}

func TestTableTyped(t *testing.T) {
	m := liveTables(t)
	hash := must(Map[liveKey, liveValue](m, "hash"))(t)
	k, v := liveKey{PID: 7, Comm: [8]byte{'s', 'h'}, Where: 1}, liveValue{Count: 9, Delta: -2, Bits: 21 << 3}
	must(0, hash.Insert(k, v))(t)
	if err := hash.Insert(k, v); !errors.Is(err, ErrKeyExist) {
		t.Errorf("insert again: %v", err)
	}
	v.Count = 10
	must(0, hash.Replace(k, v))(t)
	if err := hash.Replace(liveKey{}, v); !errors.Is(err, ErrKeyNotExist) {
		t.Errorf("replace a missing key: %v", err)
	}
	values, found, err := hash.LookupMany([]liveKey{{}, k})
	if err != nil || !slices.Equal(found, []bool{false, true}) || values[1] != v {
		t.Errorf("got %v, %v, %v", values, found, err)
	}
	if got, err := hash.LookupAndDelete(k); got != v || err != nil {
		t.Errorf("took %v, %v", got, err)
	}
	if _, err := hash.Lookup(k); !errors.Is(err, ErrKeyNotExist) {
		t.Errorf("took and left: %v", err)
	}
	if _, err := hash.LookupAndDelete(k); !errors.Is(err, ErrKeyNotExist) {
		t.Errorf("took a missing key: %v", err)
	}
}

func TestTableBatches(t *testing.T) {
	m := liveTables(t)
	for _, name := range []string{"numbers", "lru"} {
		numbers := must(Map[uint32, uint64](m, name))(t)
		want := make(map[uint32]uint64)
		var keys []uint32
		var values []uint64
		for i := range uint32(100) {
			keys, values = append(keys, 3*i), append(values, uint64(i))
			want[3*i] = uint64(i)
		}
		if n, err := numbers.BatchUpdate(keys, values); n != 100 || err != nil {
			t.Fatalf("%s: updated %d, %v", name, n, err)
		}
		if got := maps.Collect(numbers.All()); !maps.Equal(got, want) || numbers.Err() != nil {
			t.Errorf("%s: read %v, %v", name, got, numbers.Err())
		}
		if got := slices.Sorted(numbers.Keys()); !slices.Equal(got, keys) {
			t.Errorf("%s: keys %v", name, got)
		}
		if got := slices.Sorted(numbers.Values()); !slices.Equal(got, values) {
			t.Errorf("%s: values %v", name, got)
		}
		if n, err := numbers.Len(); n != 100 || err != nil {
			t.Errorf("%s: %d entries, %v", name, n, err)
		}
		// Keys 1 and 2 are missing and must not stop the others.
		if n, err := numbers.BatchDelete([]uint32{1, 0, 2, 3, 6, 1}); n != 3 || err != nil {
			t.Errorf("%s: deleted %d, %v", name, n, err)
		}
		for _, k := range keys[:3] {
			delete(want, k)
		}
		if got := maps.Collect(numbers.Drain()); !maps.Equal(got, want) || numbers.Err() != nil {
			t.Errorf("%s: took %v, %v", name, got, numbers.Err())
		}
		if n, err := numbers.Len(); n != 0 || err != nil {
			t.Errorf("%s: %d entries left, %v", name, n, err)
		}
	}
	if _, err := must(Map[uint32, uint64](m, "numbers"))(t).BatchUpdate([]uint32{1}, nil); err == nil {
		t.Error("1 key and no value were taken")
	}
}

func TestTableArray(t *testing.T) {
	m := liveTables(t)
	array := must(Map[int32, uint64](m, "array"))(t)
	for i := range int32(5) {
		must(0, array.Update(i, uint64(10*i)))(t)
	}
	if n, err := array.Len(); n != 5 || err != nil {
		t.Errorf("length %d, %v", n, err)
	}
	must(0, array.Delete(2))(t)
	if got := slices.Collect(array.Values()); !slices.Equal(got, []uint64{0, 10, 0, 30, 40}) {
		t.Errorf("after deleting 2: %v", got)
	}
	var kind *KindError
	if _, err := array.LookupAndDelete(1); !errors.As(err, &kind) {
		t.Errorf("take from an array: %v", err)
	}
	if _, err := array.BatchDelete([]int32{1}); !errors.As(err, &kind) {
		t.Errorf("batch delete in an array: %v", err)
	}
	if _, _, err := array.BatchLookupAndDelete(); !errors.As(err, &kind) {
		t.Errorf("drain an array: %v", err)
	}
	for _, err := range []error{array.Update(5, 1), array.Update(-1, 1), array.Table().Set(5, 1)} {
		if !errors.Is(err, ErrKeyNotExist) || !strings.Contains(err.Error(), "beyond its 5") {
			t.Errorf("index outside: %v", err)
		}
	}
	if _, err := array.Lookup(5); !errors.Is(err, ErrKeyNotExist) {
		t.Errorf("index outside: %v", err)
	}
	must(0, array.Clear())(t)
	if got := slices.Collect(array.Values()); !slices.Equal(got, make([]uint64, 5)) {
		t.Errorf("after clearing: %v", got)
	}
}

func TestTablePerCPU(t *testing.T) {
	m := liveTables(t)
	cpus := must(ebpf.PossibleCPU())(t)
	values := make([]uint64, cpus)
	var sum uint64
	for i := range values {
		values[i] = uint64(i + 3)
		sum += values[i]
	}
	for _, name := range []string{"cpu_hash", "cpu_lru"} {
		typed := must(PerCPU[uint32, uint64](m, name))(t)
		must(0, typed.Insert(1, values))(t)
		if err := typed.Insert(1, values); !errors.Is(err, ErrKeyExist) {
			t.Errorf("%s: insert again: %v", name, err)
		}
		if err := typed.Replace(2, values); !errors.Is(err, ErrKeyNotExist) {
			t.Errorf("%s: replace a missing key: %v", name, err)
		}
		if err := typed.Update(1, values[1:]); err == nil || !strings.Contains(err.Error(), "possible CPUs") {
			t.Errorf("%s: too few values: %v", name, err)
		}
		for k, n := range Reduce(typed, Sum[uint64]) {
			if k != 1 || n != sum {
				t.Errorf("%s[%d] sums up to %d, want %d", name, k, n, sum)
			}
		}
		e := must(m.Table(name).Lookup(1))(t)
		checkReduced(t, e, sum, uint64(cpus+2), 3)
		if _, err := m.Table(name).Get(1); err == nil || !strings.Contains(err.Error(), "Lookup") {
			t.Errorf("%s: one value of many: %v", name, err)
		}
		must(0, m.Table(name).Set(2, 4))(t)
		if got, err := typed.LookupAndDelete(2); err != nil || Sum(got) != 4*uint64(cpus) {
			t.Errorf("%s: took %v, %v", name, got, err)
		}
		keys, all, err := typed.BatchLookupAndDelete()
		if err != nil || !slices.Equal(keys, []uint32{1}) || !slices.Equal(all[0], values) {
			t.Errorf("%s: took %v %v, %v", name, keys, all, err)
		}
		if n, err := typed.Len(); n != 0 || err != nil {
			t.Errorf("%s: %d left, %v", name, n, err)
		}
	}
}

// checkReduced wants the reductions of a per-CPU entry.
func checkReduced(t *testing.T, e Entry, sum, largest, smallest uint64) {
	t.Helper()
	for name, tc := range map[string]struct {
		reduce func() (Value, error)
		want   uint64
	}{"sum": {e.Sum, sum}, "max": {e.Max, largest}, "min": {e.Min, smallest}} {
		v, err := tc.reduce()
		if n, ok := v.Uint(); !ok || n != tc.want || err != nil {
			t.Errorf("%s is %v, %v, want %d", name, v, err, tc.want)
		}
	}
	if got, err := e.Average(); err != nil || got != float64(sum)/float64(len(e.PerCPU)) {
		t.Errorf("average %v, %v", got, err)
	}
	last := e.Reduce(func(_, b Value) Value { return b })
	if n, _ := last.Uint(); n != largest {
		t.Errorf("the last is %v", last)
	}
}

func TestTablePerCPUArray(t *testing.T) {
	m := liveTables(t)
	typed := must(PerCPU[int32, int32](m, "cpu_array"))(t)
	values := make([]any, must(ebpf.PossibleCPU())(t))
	for i := range values {
		values[i] = -i - 1
	}
	table := m.Table("cpu_array")
	must(0, table.SetPerCPU(2, values))(t)
	got := must(typed.Lookup(2))(t)
	for i, v := range got {
		if v != int32(-i-1) {
			t.Errorf("CPU %d has %d", i, v)
		}
	}
	want := fmt.Sprint(Sum(got))
	if v, err := must(table.Lookup(2))(t).Sum(); err != nil || v.String() != want {
		t.Errorf("sum %v, %v, want %s", v, err, want)
	}
	var lines bytes.Buffer
	must(0, table.Print(&lines))(t)
	if n := strings.Count(lines.String(), "\n"); n != 3 || !strings.Contains(lines.String(), "2 [-1") {
		t.Errorf("printed %q", lines.String())
	}
	must(0, typed.Clear())(t)
	if v := Sum(must(typed.Lookup(2))(t)); v != 0 {
		t.Errorf("after clearing %d", v)
	}
	if err := m.Table("array").SetPerCPU(1, values); err == nil {
		t.Error("a plain array took values of all CPUs")
	}
	if err := table.SetPerCPU(1, values[1:]); err == nil {
		t.Error("too few values were taken")
	}
}

// Every mention of a table that is not there, or of one that is something else,
// is an error of its own type, and so are keys and values that do not fit.
func TestTableWrongUse(t *testing.T) {
	m := liveTables(t)
	var kind *KindError
	var name *UnknownError
	var misfit *LayoutError
	var value *ValueError
	_, mapOfCPU := Map[uint32, uint64](m, "cpu_hash")
	_, cpuOfMap := PerCPU[uint32, uint64](m, "numbers")
	_, queueOfMap := Queue[uint64](m, "numbers")
	_, lpmOfMap := LPM[uint64](m, "numbers")
	_, getBuffer := m.Table("events").Get(1)
	_, getQueue := m.Table("fifo").Get(1)
	_, lenQueue := m.Table("fifo").Len()
	_, popHash := m.Table("numbers").Pop()
	_, stackOfHash := m.Table("numbers").Stack(1)
	_, buildIDs := m.Table("traces").BuildIDStack(1)
	for i, err := range []error{mapOfCPU, cpuOfMap, queueOfMap, lpmOfMap, getBuffer, getQueue, lenQueue, popHash, stackOfHash, buildIDs,
		m.Table("numbers").Push(1), m.Table("events").Clear(), m.Table("fifo").Zero(), m.Table("traces").Set(1, make([]byte, 127*8)),
		ProgArray(m, "numbers").Set(0, "unused")} {
		if !errors.As(err, &kind) {
			t.Errorf("%d: wrong kind: %v", i, err)
		}
	}
	_, noMap := Map[uint32, uint64](m, "number")
	_, noKey := m.Table("number").Get(1)
	for i, err := range []error{noMap, noKey, ProgArray(m, "jump").Err(), m.Table("number").Set(1, 1), m.Table("number").Clear()} {
		if !errors.As(err, &name) {
			t.Errorf("%d: unknown name: %v", i, err)
		}
	}
	_, text := m.Table("numbers").Get("1")
	_, wide := m.Table("numbers").Get(int64(1) << 40)
	_, parsed := m.Table("numbers").ParseKey("x")
	for i, err := range []error{text, wide, parsed, m.Table("numbers").Set(1, -1), m.Table("hash").Set([]any{1, "123456789", 0}, nil), m.Table("fifo").Push("x")} {
		if !errors.As(err, &misfit) || !errors.As(err, &value) {
			t.Errorf("%d: wrong value: %v", i, err)
		}
	}
	_, bigKey := Map[uint64, uint64](m, "numbers")
	_, signedValue := Map[uint32, int64](m, "numbers")
	_, bigQueue := Queue[uint32](m, "fifo")
	_, cpuValue := PerCPU[uint32, [3]byte](m, "cpu_hash")
	for i, err := range []error{bigKey, signedValue, bigQueue, cpuValue} {
		if !errors.As(err, &misfit) {
			t.Errorf("%d: wrong Go type: %v", i, err)
		}
	}
}

func TestTableQueues(t *testing.T) {
	m := liveTables(t)
	fifo := must(Queue[uint64](m, "fifo"))(t)
	if _, err := fifo.Pop(); !errors.Is(err, ErrEmpty) || !errors.Is(err, ErrKeyNotExist) {
		t.Errorf("empty: %v", err)
	}
	if _, err := fifo.Peek(); !errors.Is(err, ErrEmpty) {
		t.Errorf("empty: %v", err)
	}
	for i := range uint64(3) {
		must(0, fifo.Push(i))(t)
	}
	must(0, fifo.PushOver(3))(t)
	if v, err := fifo.Peek(); v != 1 || err != nil {
		t.Errorf("first %d, %v", v, err)
	}
	if v, err := fifo.Pop(); v != 1 || err != nil {
		t.Errorf("first %d, %v", v, err)
	}
	for v, err := range fifo.Drain() {
		if v != 2 || err != nil {
			t.Errorf("second %d, %v", v, err)
		}
		break
	}
	if v, err := fifo.Pop(); v != 3 || err != nil {
		t.Errorf("third %d, %v: a loop left early takes more than it gave", v, err)
	}
	lifo := m.Table("lifo")
	for i := range 3 {
		must(0, lifo.Push(map[string]any{"count": i}))(t)
	}
	if v, err := lifo.Peek(); err != nil || !strings.HasPrefix(v.String(), "count=2 ") {
		t.Errorf("top %v, %v", v, err)
	}
	if v, err := lifo.Pop(); err != nil || !strings.HasPrefix(v.String(), "count=2 ") {
		t.Errorf("top %v, %v", v, err)
	}
	must(0, lifo.Clear())(t)
	if _, err := lifo.Pop(); !errors.Is(err, ErrEmpty) {
		t.Errorf("cleared: %v", err)
	}
	must(0, fifo.Push(9))(t)
	must(0, fifo.Clear())(t)
	for v, err := range fifo.Drain() {
		t.Errorf("cleared, and yet %d, %v", v, err)
	}
}

func TestTableAttributes(t *testing.T) {
	m := liveTables(t)
	hash := m.Table("hash")
	if hash.MaxEntries() != 4 || hash.Kind() != ebpf.Hash || hash.FD() < 0 || hash.Flags() != 0 {
		t.Errorf("%d entries, %v, fd %d, flags %#x", hash.MaxEntries(), hash.Kind(), hash.FD(), hash.Flags())
	}
	if got := hash.KeyType(); got != "struct key_t { u32 pid; char comm[8]; u64 where; }" {
		t.Errorf("key %s", got)
	}
	if got := hash.ValueType(); got != "struct value_t { u64 count; s16 delta; u8 low:3; u8 high:5; u32 parts[2]; }" {
		t.Errorf("value %s", got)
	}
	if got := m.Table("trie4").Flags(); got != unix.BPF_F_NO_PREALLOC {
		t.Errorf("trie flags %#x", got)
	}
	runtime.KeepAlive(m)
}
