package ksym

import (
	"bufio"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/internal/testenv"
)

// TestLiveAgainstKallsyms reads the kernel's list by other means and asks for
// every function of it.
func TestLiveAgainstKallsyms(t *testing.T) {
	testenv.Live(t)
	k := New(probe.Running())
	if err := k.Err(); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open("/proc/kallsyms")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	checked := 0
	seen := make(map[uint64]bool)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		// Modules and BPF programs may come and go meanwhile.
		if len(fields) != 3 || !strings.Contains("tTwW", fields[1]) || sectionEnds[fields[2]] {
			continue
		}
		addr, err := strconv.ParseUint(fields[0], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		if seen[addr] {
			continue
		}
		seen[addr] = true
		got, err := k.Lookup(addr)
		if err != nil || got.Name != fields[2] || got.Offset != 0 || got.Module != "" {
			t.Fatalf("%#x: %+v, %v; kallsyms has %s", addr, got, err, fields[2])
		}
		if _, ok := k.Address(fields[2]); !ok {
			t.Fatalf("%s has no address", fields[2])
		}
		checked++
	}
	if checked < 10000 {
		t.Errorf("only %d symbols checked", checked)
	}
}

// TestLiveCost holds the table to the memory and time it may take.
func TestLiveCost(t *testing.T) {
	testenv.Live(t)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	table, err := Load(probe.Running())
	took := time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	bytes := after.HeapAlloc - before.HeapAlloc
	t.Logf("%d symbols: %v, %.1f MiB", table.Len(), took, float64(bytes)/(1<<20))
	if bytes > 20<<20 {
		t.Errorf("the table takes %d bytes", bytes)
	}
	runtime.KeepAlive(table)
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(probe.Running()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	k := New(probe.Running())
	if err := k.Err(); err != nil {
		b.Skip(err)
	}
	symbols := k.state.Load().table.symbols
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		// A step that visits them all in no order.
		i = (i + 7919) % len(symbols)
		if !symbols[i].ends && symbols[i].module == 0 {
			if _, err := k.Lookup(symbols[i].addr); err != nil {
				b.Fatal(err)
			}
		}
	}
}
