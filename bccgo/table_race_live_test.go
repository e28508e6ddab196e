package bccgo

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
	"github.com/bccgo/bcc/internal/testenv"
)

// A nil module, table or map gives errors, never a panic.
func TestTableNil(t *testing.T) {
	var m *Module
	var table *Table
	var typed *TypedMap[uint32, uint64]
	var cpus *PerCPUMap[uint32, uint64]
	var queue *QueueMap[uint64]
	var trie *PrefixMap[uint64]
	var jump *JumpTable
	_, noMap := Map[uint32, uint64](m, "x")
	_, noCPU := PerCPU[uint32, uint64](m, "x")
	_, noQueue := Queue[uint64](m, "x")
	_, noTrie := LPM[uint64](m, "x")
	for i, err := range []error{noMap, noCPU, noQueue, noTrie, m.Table("x").Err(), ProgArray(m, "x").Err()} {
		if !errors.Is(err, errNoModule) {
			t.Errorf("%d: nil module: %v", i, err)
		}
	}
	if err := m.Close(); err != nil {
		t.Errorf("closing a nil module: %v", err)
	}
	for i, err := range append(tableErrors(table, typed, cpus, queue), tableErrors(&Table{}, typed, cpus, queue)...) {
		if !errors.Is(err, errNoTable) {
			t.Errorf("%d: nil table: %v", i, err)
		}
	}
	for i, err := range []error{trie.Update(prefix(t, "10.0.0.0/8"), 1), trie.Delete(prefix(t, "10.0.0.0/8")), trie.Clear(), trie.Err(),
		jump.Set(0, "f"), jump.Delete(0), jump.Clear(), queue.Table().Err(), typed.Table().Err(), cpus.Table().Err(), trie.Table().Err()} {
		if !errors.Is(err, errNoTable) {
			t.Errorf("%d: nil table: %v", i, err)
		}
	}
	for range trie.All() {
		t.Error("a nil table has an entry")
	}
}

// tableErrors uses the tables in every way and returns what that gives.
func tableErrors(t *Table, typed *TypedMap[uint32, uint64], cpus *PerCPUMap[uint32, uint64], queue *QueueMap[uint64]) []error {
	e := []error{t.Err(), t.Set(1, 1), t.Insert(1, 1), t.Replace(1, 1), t.Delete(1), t.Clear(), t.Zero(), t.Push(1), t.PushOver(1),
		t.SetPerCPU(1, nil), t.Print(os.Stderr), t.PrintLog2Hist(os.Stderr, "", nil), t.PrintLinearHist(os.Stderr, "", nil), t.PrintJSONHist(os.Stderr, "", nil)}
	add := func(_ any, err error) { e = append(e, err) }
	add(t.Get(1))
	add(t.Lookup(1))
	add(t.LookupAndDelete(1))
	add(t.Len())
	add(t.Items())
	add(t.Pop())
	add(t.Peek())
	add(t.Stack(1))
	add(t.BuildIDStack(1))
	add(t.Key(1))
	add(t.ParseValue("1"))
	add(t.Sections())
	e = append(e, typed.Update(1, 1), typed.Insert(1, 1), typed.Replace(1, 1), typed.Delete(1), typed.Clear(), typed.Zero())
	add(typed.Lookup(1))
	add(typed.LookupAndDelete(1))
	add(typed.Len())
	add(typed.BatchUpdate([]uint32{1}, []uint64{1}))
	add(typed.BatchDelete([]uint32{1}))
	_, _, err := typed.BatchLookupAndDelete()
	add(nil, err)
	_, _, err = typed.LookupMany([]uint32{1})
	add(nil, err)
	for range typed.All() {
		add(nil, errors.New("an entry came"))
	}
	add(nil, typed.Err())
	e = append(e, cpus.Update(1, nil), cpus.Insert(1, nil), cpus.Replace(1, nil), cpus.Delete(1), cpus.Clear(), cpus.Zero())
	add(cpus.Lookup(1))
	add(cpus.LookupAndDelete(1))
	add(cpus.Len())
	add(cpus.BatchDelete([]uint32{1}))
	_, _, err = cpus.BatchLookupAndDelete()
	add(nil, err)
	for range cpus.All() {
		add(nil, errors.New("an entry came"))
	}
	add(nil, cpus.Err())
	e = append(e, queue.Push(1), queue.PushOver(1), queue.Clear())
	add(queue.Pop())
	add(queue.Peek())
	for _, err := range queue.Drain() {
		add(nil, err)
	}
	return e
}

func TestTableClosed(t *testing.T) {
	m := liveTables(t)
	hash := m.Table("numbers")
	typed := must(Map[uint32, uint64](m, "numbers"))(t)
	cpus := must(PerCPU[uint32, uint64](m, "cpu_hash"))(t)
	queue := must(Queue[uint64](m, "fifo"))(t)
	trie := must(LPM[uint64](m, "trie4"))(t)
	must(0, typed.Update(1, 1))(t)
	must(0, m.Close())(t)
	if fd := hash.FD(); fd != -1 {
		t.Errorf("descriptor %d", fd)
	}
	_, got := hash.Get(1)
	_, found := typed.Lookup(1)
	_, cpuFound := cpus.Lookup(1)
	_, popped := queue.Pop()
	_, n := typed.Len()
	for i, err := range []error{got, found, cpuFound, popped, n, hash.Set(1, 1), typed.Update(1, 1), typed.Clear(), typed.Zero(), trie.Clear(),
		trie.Update(prefix(t, "10.0.0.0/8"), 1), hash.Print(os.Stderr), m.Table("numbers").Set(1, 1)} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%d: %v", i, err)
		}
	}
	for range typed.All() {
		t.Error("an entry of a closed module came")
	}
	if !errors.Is(typed.Err(), ErrClosed) {
		t.Errorf("walk: %v", typed.Err())
	}
}

// fillNumbers puts n entries k: k into a table.
func fillNumbers(t testing.TB, numbers *TypedMap[uint32, uint64], from, n int) {
	t.Helper()
	keys, values := make([]uint32, n), make([]uint64, n)
	for i := range keys {
		keys[i], values[i] = uint32(from+i), uint64(from+i)
	}
	must(numbers.BatchUpdate(keys, values))(t)
}

const bigText = "BPF_HASH(counts, u32, u64, 65536);\nBPF_LPM_TRIE(trie, u64, u64, 4096);\nint unused(void *ctx) { return 0; }\n"

// Close from another goroutine ends walks with an error, and lets no call use a
// descriptor whose number another file has by then.
func TestTableCloseWhileWalking(t *testing.T) {
	m := liveTablesOf(t, bigText)
	counts := must(Map[uint32, uint64](m, "counts"))(t)
	fillNumbers(t, counts, 0, 40000)
	var wg sync.WaitGroup
	started, closed := make(chan struct{}, 3), make(chan struct{})
	for _, walk := range []func() error{
		func() error {
			n := 0
			for k, v := range counts.All() {
				if uint64(k) != v {
					return errors.New("another file was read")
				}
				if n++; n == 100 {
					started <- struct{}{}
					<-closed
				}
			}
			return counts.Err()
		},
		func() error {
			started <- struct{}{}
			for i := uint32(0); ; i++ {
				if v, err := counts.Lookup(i % 40000); err != nil {
					return err
				} else if v != uint64(i%40000) {
					return errors.New("another file was read")
				}
			}
		},
		func() error {
			for n := 0; ; n++ {
				for _, err := range counts.Table().Entries() {
					if err != nil {
						return err
					}
					if n == 0 {
						n++
						started <- struct{}{}
					}
				}
			}
		},
	} {
		wg.Go(func() {
			if err := walk(); !errors.Is(err, ErrClosed) {
				t.Errorf("got %v", err)
			}
		})
	}
	for range 3 {
		<-started
	}
	must(0, m.Close())(t)
	close(closed)
	// The numbers of the closed descriptors are taken at once.
	for range 8 {
		f := must(os.Open("/dev/null"))(t)
		defer f.Close()
	}
	wg.Wait()
}

// churn adds and removes keys from 100000 on until stop is called.
func churn(t *testing.T, table *Table, key func(i int) any) (stop func()) {
	t.Helper()
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			k := key(100000 + i%64)
			if err := table.Set(k, 1); err != nil {
				t.Error(err)
				return
			}
			if err := table.Delete(k); err != nil && !errors.Is(err, ErrKeyNotExist) {
				t.Error(err)
				return
			}
		}
	})
	return func() { close(done); wg.Wait() }
}

// Whatever is added and removed meanwhile, what stays comes exactly once and the
// walk ends: in batches, and from key to key.
func TestTableChangesWhileWalking(t *testing.T) {
	m := liveTablesOf(t, bigText)
	counts := must(Map[uint32, uint64](m, "counts"))(t)
	const stay = 3000
	fillNumbers(t, counts, 0, stay)
	stop := churn(t, m.Table("counts"), func(i int) any { return i })
	defer stop()
	for range 10 {
		seen := make(map[uint32]int)
		for k := range counts.All() {
			seen[k]++
		}
		checkStayed(t, seen, stay)
	}
	for range 3 {
		keys, err := m.Table("counts").allKeys()
		if errors.Is(err, ErrIterationAborted) {
			continue // allowed, and said
		}
		if err != nil {
			t.Fatal(err)
		}
		seen := make(map[uint32]int)
		for _, k := range keys {
			seen[byteOrder.Uint32(k)]++
		}
		checkStayed(t, seen, stay)
	}
}

// A table that another goroutine fills and clears: every walk ends, without an
// error, and meets no key twice and none that never was.
func TestTableClearWhileWalking(t *testing.T) {
	m := liveTablesOf(t, bigText)
	counts := must(Map[uint32, uint64](m, "counts"))(t)
	const keys = 5000
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			fillNumbers(t, counts, 1, keys)
			if err := counts.Clear(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 30 {
		seen := make(map[uint32]bool)
		for k, v := range counts.All() {
			if seen[k] || k == 0 || k > keys || v != uint64(k) {
				t.Errorf("key %d has %d; seen before: %t", k, v, seen[k])
				break
			}
			seen[k] = true
		}
		if counts.Err() != nil {
			t.Error(counts.Err())
		}
		if n, err := counts.Len(); n > keys || err != nil {
			t.Errorf("%d entries, %v", n, err)
		}
	}
	close(done)
	wg.Wait()

	fillNumbers(t, counts, 1, keys)
	n := 0
	for range counts.All() { // cleared by the loop itself
		if n++; n == 1 {
			must(0, counts.Clear())(t)
		}
	}
	if left, err := counts.Len(); n > keys || left != 0 || err != nil || counts.Err() != nil {
		t.Errorf("walked over %d, %d are left, %v, %v", n, left, err, counts.Err())
	}
}

func checkStayed(t *testing.T, seen map[uint32]int, stay uint32) {
	t.Helper()
	for k := range stay {
		if seen[k] != 1 {
			t.Errorf("key %d came %d times (%v)", k, seen[k], len(seen))
			return
		}
	}
}

// A loop may delete what it walks over, add to it, and end when it likes.
func TestTableLoopBodies(t *testing.T) {
	m := liveTablesOf(t, bigText)
	counts := must(Map[uint32, uint64](m, "counts"))(t)
	fillNumbers(t, counts, 0, 20000)
	n := 0
	for k := range counts.All() {
		must(0, counts.Delete(k))(t)
		n++
	}
	if left, err := counts.Len(); n != 20000 || left != 0 || err != nil {
		t.Errorf("walked over %d, %d are left, %v", n, left, err)
	}
	fillNumbers(t, counts, 0, 1000)
	next := uint32(30000)
	for range counts.All() {
		if next < 60000 {
			must(0, counts.Update(next, 1))(t)
			next++
		}
	}
	if counts.Err() != nil {
		t.Error(counts.Err())
	}
	for range counts.All() {
		break
	}
	for range counts.Table().Entries() {
		break
	}
	for a := range counts.Keys() {
		for b := range counts.Keys() {
			if a == b {
				break
			}
		}
		break
	}
	if counts.Err() != nil {
		t.Errorf("after leaving loops: %v", counts.Err())
	}
}

// Emptying a table while a program counts in it loses next to nothing: at most
// the one update that is under way on another CPU when an entry is taken.
func TestTableDrainWhileCounting(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, `
BPF_HASH(counts, u32, u64, 4096);
RAW_TRACEPOINT_PROBE(sys_enter)
{
	if (bpf_get_current_pid_tgid() >> 32 == ME && ctx->args[1] == NR)
		counts.increment(bpf_get_prandom_u32() % 1024);
	return 0;
}
`, &Options{Defines: map[string]string{"ME": me()["ME"], "NR": fmt.Sprint(syscall.SYS_GETPPID)}})
	counts := must(Map[uint32, uint64](m, "counts"))(t)
	const calls = 20000
	var wg sync.WaitGroup
	wg.Go(func() { call(calls) })
	var sum uint64
	for range 30 {
		for _, v := range counts.Drain() {
			sum += v
		}
		time.Sleep(time.Millisecond)
	}
	wg.Wait()
	for _, v := range counts.Drain() {
		sum += v
	}
	if err := counts.Err(); err != nil {
		t.Error(err)
	}
	if sum > calls || sum < calls-calls/1000 {
		t.Errorf("%d of %d counts came", sum, calls)
	}
}

// The walk from key to key, which is that of kernels before 5.6.
func TestTableKeyByKey(t *testing.T) {
	m := liveTablesOf(t, bigText)
	counts := must(Map[uint32, uint64](m, "counts"))(t)
	fillNumbers(t, counts, 0, 500)
	got := make(map[uint32]uint64)
	w := walker{table: counts.Table(), ksize: 4, vsize: 8, visit: func(k, v []byte) bool {
		got[byteOrder.Uint32(k)] = byteOrder.Uint64(v)
		return true
	}}
	must(0, w.keys())(t)
	if want := maps.Collect(counts.All()); len(got) != 500 || !maps.Equal(got, want) {
		t.Errorf("%d entries", len(got))
	}
	clear(got)
	w.take = true
	must(0, w.keys())(t)
	if n, err := counts.Len(); len(got) != 500 || n != 0 || err != nil {
		t.Errorf("took %d, left %d, %v", len(got), n, err)
	}
	trie := m.Table("trie")
	err := trie.on(func(fd int) error { return sysbpf.LookupAndDeleteElem(fd, make([]byte, 8), make([]byte, 8)) })
	if !errors.Is(err, sysbpf.ErrUnsupported) {
		t.Errorf("take from a trie: %v", err)
	}
	if err := trie.takeElem(make([]byte, 8), make([]byte, 8)); !errors.Is(err, ErrKeyNotExist) {
		t.Errorf("take in two steps: %v", err)
	}
	if _, err := sysbpf.Delete(-1, make([]byte, 4), 1); !errors.Is(err, unix.EBADF) {
		t.Errorf("no file: %v", err)
	}
}
