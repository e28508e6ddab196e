package bccgo

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// benchEntries is how many entries the benchmarks read.
const benchEntries = 10000

// benchTable is a hash of u32 to u64, filled.
func benchTable(b *testing.B) *TypedMap[uint32, uint64] {
	b.Helper()
	m := liveTablesOf(b, "BPF_HASH(counts, u32, u64, 16384);\nint unused(void *ctx) { return 0; }\n")
	counts := must(Map[uint32, uint64](m, "counts"))(b)
	keys, values := make([]uint32, benchEntries), make([]uint64, benchEntries)
	for i := range keys {
		keys[i], values[i] = uint32(i), uint64(i)
	}
	must(counts.BatchUpdate(keys, values))(b)
	return counts
}

// rawBatches reads a hash of u32 to u64 with nothing but the system calls, into
// memory that is there already, and hands over each entry.
func rawBatches(fd int, mem []byte, visit func(k uint32, v uint64)) error {
	const count = 4096
	keys, values := mem[:4*count], mem[4*count:12*count]
	var c sysbpf.Cursor
	for {
		n, done, err := sysbpf.Lookup(fd, &c, keys, values, 4, count)
		if err != nil {
			return err
		}
		for i := range n {
			visit(binary.NativeEndian.Uint32(keys[4*i:]), binary.NativeEndian.Uint64(values[8*i:]))
		}
		if done {
			return nil
		}
	}
}

// compare runs two ways of doing the same in turn and reports what the second
// costs, as a multiple of the first. Each counts by its quickest round: what
// other processes take does not belong to it.
func compare(b *testing.B, raw, ours func() error) {
	b.Helper()
	quickest := [2]time.Duration{1 << 62, 1 << 62}
	for b.Loop() {
		for i, run := range []func() error{raw, ours} {
			start := time.Now()
			if err := run(); err != nil {
				b.Fatal(err)
			}
			quickest[i] = min(quickest[i], time.Since(start))
		}
	}
	b.ReportMetric(float64(quickest[0].Nanoseconds())/benchEntries, "raw-ns/entry")
	b.ReportMetric(float64(quickest[1].Nanoseconds())/benchEntries, "ns/entry")
	b.ReportMetric(float64(quickest[1])/float64(quickest[0]), "times-raw")
	b.ReportMetric(0, "ns/op") // of both together, which says nothing
}

// BenchmarkTable compares reading and printing a table with the bare batch
// calls: times-raw is to stay below 1.3 for typed reads.
func BenchmarkTable(b *testing.B) {
	counts := benchTable(b)
	fd, mem := counts.Table().FD(), make([]byte, 12*4096)
	var sum uint64
	read := func() error {
		return rawBatches(fd, mem, func(_ uint32, v uint64) { sum += v })
	}
	out := bufio.NewWriter(io.Discard)
	print := func() error {
		return rawBatches(fd, mem, func(k uint32, v uint64) { fmt.Fprintf(out, "%d %d\n", k, v) })
	}
	b.Run("typed read", func(b *testing.B) {
		compare(b, read, func() error {
			for _, v := range counts.All() {
				sum += v
			}
			return counts.Err()
		})
	})
	b.Run("typed print", func(b *testing.B) {
		compare(b, print, func() error {
			for k, v := range counts.All() {
				fmt.Fprintf(out, "%d %d\n", k, v)
			}
			return counts.Err()
		})
	})
	b.Run("untyped read", func(b *testing.B) {
		compare(b, read, func() error {
			for e, err := range counts.Table().Entries() {
				if err != nil {
					return err
				}
				n, _ := e.Value.Uint()
				sum += n
			}
			return nil
		})
	})
	b.Run("untyped print", func(b *testing.B) {
		compare(b, print, func() error { return counts.Table().Print(out) })
	})
}
