package bccgo

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// jitted is a program with memory for code that it makes itself, whose address it
// tells.
const jitted = `
#include <stdio.h>
#include <sys/mman.h>
int main(void)
{
	printf("%p\n", mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	fflush(stdout);
	getchar();
	return 0;
}
`

// lookups are addresses to resolve, each somewhere in a function.
type lookups struct {
	name  string
	pid   int
	addrs []uint64
}

// allLookups are some thousand functions each of the kernel, the C library of a
// process, and code that one has made.
func allLookups(t testing.TB, s *Symbols) []lookups {
	t.Helper()
	testenv.NeedUprobes(t)
	pid, memory := startJitted(t)
	return []lookups{{"kernel", KernelPID, kernelAddrs(t)}, {"process", pid, libraryAddrs(t, s, pid)}, {"perf map", pid, jittedAddrs(t, pid, memory)}}
}

// startJitted returns the process, and the address of its memory.
func startJitted(t testing.TB) (pid int, memory uint64) {
	t.Helper()
	cmd := exec.Command(buildC(t, "gcc", jitted))
	in := must(cmd.StdinPipe())(t)
	out := must(cmd.StdoutPipe())(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	if _, err := fmt.Fscanf(out, "0x%x\n", &memory); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid, memory
}

func kernelAddrs(t testing.TB) []uint64 {
	t.Helper()
	if err := SupportKSym(); err != nil {
		t.Skip(err)
	}
	file := must(os.Open("/proc/kallsyms"))(t)
	defer file.Close()
	var addrs []uint64
	for lines := bufio.NewScanner(file); lines.Scan() && len(addrs) < 20000; {
		var addr uint64
		var kind string
		if n, _ := fmt.Sscanf(lines.Text(), "%x %s", &addr, &kind); n == 2 && strings.EqualFold(kind, "t") {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

func libraryAddrs(t testing.TB, s *Symbols, pid int) []uint64 {
	t.Helper()
	path := must(FindLibrary("c", pid))(t)
	functions := must(UserFunctions(path, ".*"))(t)
	var base uint64
	for _, f := range functions {
		if f.Name == "fflush" {
			base = must(s.Address(pid, path, f.Name))(t) - f.Address
		}
	}
	var addrs []uint64
	for _, f := range functions {
		if f.Size > 0 {
			addrs = append(addrs, base+f.Address+f.Size/2)
		}
	}
	return addrs
}

func jittedAddrs(t testing.TB, pid int, start uint64) (addrs []uint64) {
	t.Helper()
	var text strings.Builder
	for i := range uint64(10000) {
		fmt.Fprintf(&text, "%x 40 compiled_%d\n", start+i*64, i)
		addrs = append(addrs, start+i*64+8)
	}
	name := fmt.Sprintf("/tmp/perf-%d.map", pid)
	if err := os.WriteFile(name, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(name) })
	return addrs
}

// resolve looks an address up, in no order of theirs.
func (l *lookups) resolve(s *Symbols, i int) error {
	_, err := s.Lookup(l.addrs[i*997%len(l.addrs)], l.pid)
	return err
}

// What is known already is looked up without an allocation.
func TestLiveSymbolsAllocateNothing(t *testing.T) {
	liveHere(t)
	s := NewSymbols(nil)
	for _, l := range allLookups(t, s) {
		failed := 0
		for i := range l.addrs {
			if l.resolve(s, i) != nil {
				failed++
			}
		}
		if len(l.addrs) < 1000 || failed > 0 {
			t.Errorf("%s: %d of %d addresses are not resolved", l.name, failed, len(l.addrs))
		}
		i := 0
		if n := testing.AllocsPerRun(1000, func() { i++; l.resolve(s, i) }); n != 0 {
			t.Errorf("%s: %v allocations a look-up", l.name, n)
		}
	}
}

// BenchmarkSymbols tells look-ups for each second of processor time, which other
// programs on the machine do not change much.
func BenchmarkSymbols(b *testing.B) {
	s := NewSymbols(nil)
	for _, l := range allLookups(b, s) {
		b.Run(l.name, func(b *testing.B) {
			for i := range l.addrs {
				if err := l.resolve(s, i); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			i, begun := 0, processorTime(b)
			for b.Loop() {
				if err := l.resolve(s, i); err != nil {
					b.Fatal(err)
				}
				i++
			}
			b.ReportMetric(float64(i)/(processorTime(b)-begun).Seconds(), "lookups/cpu-s")
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
