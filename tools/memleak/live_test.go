package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
}

// here is needs for what the virtual machine, which is slow, has shown by another
// test.
func here(t *testing.T) {
	t.Helper()
	if testenv.Current() == testenv.StageVM {
		t.Skip("shown by another test there")
	}
	needs(t)
}

// startTool starts memleak and waits until it traces.
func startTool(t *testing.T, args ...string) *testenv.Proc {
	t.Helper()
	p := testenv.Start(t, append([]string{testenv.Tool(t, "memleak"), "-v"}, args...)...)
	p.Await("(?m)^memleak: tracing$", time.Minute)
	return p
}

// trace runs memleak on a command until that ends.
func trace(t *testing.T, args ...string) testenv.Result {
	t.Helper()
	return checkEnd(t, testenv.Run(t, time.Minute, append([]string{testenv.Tool(t, "memleak")}, args...)...))
}

// checkEnd finds that the tool ended well and missed nothing.
func checkEnd(t *testing.T, r testenv.Result) testenv.Result {
	t.Helper()
	for _, bad := range []string{"lost", "not seen", "left out"} {
		if r.ExitCode != 0 || strings.Contains(r.Stderr, bad) {
			t.Fatalf("%v", r)
		}
	}
	return r
}

// everything asks for all stacks, as JSON.
var everything = []string{"--json", "-T", "100000"}

// A command's leaks are found to the byte, and nothing else, with each
// allocation or with sums, in a program that the command becomes, and with one
// more allocator that calls the C library's.
func TestLiveCommand(t *testing.T) {
	needs(t)
	leaker := buildLeaker(t)
	nest := build(t, "gcc", "libnest.so", "-shared", "-fPIC", "testdata/nest.c")
	dir := filepath.Dir(nest)
	nested := build(t, "gcc", "nested", "-DNEST", "testdata/leaker.c", "-pthread", "-L"+dir, "-lnest", "-Wl,-rpath,"+dir)
	for name, args := range map[string][]string{
		"each":   {"-a", "-c", leaker + " 1 20000 0"},
		"sums":   {"--combined-only", "-c", leaker + " 2 20000 0"},
		"exec":   {"-c", fmt.Sprintf("sh -c 'x=1; exec %s 3 5000 0'", leaker)},
		"nested": {"-O", nest, "--symbols-prefix", "nest_", "-c", nested + " 4 20000 0"},
	} {
		t.Run(name, func(t *testing.T) {
			if name != "each" {
				here(t)
			}
			r := trace(t, append(everything, args...)...)
			report := lastReport(t, r.Stdout)
			if others := checkLeft(t, report, leftBy(t, r.Stderr)); len(others) > 0 {
				t.Errorf("also found: %+v", others)
			}
			if name == "each" {
				checkAllocs(t, report)
			}
		})
	}
}

// checkAllocs finds that the single allocations of each stack are its sum, each
// at an address of its own.
func checkAllocs(t *testing.T, report []entry) {
	t.Helper()
	seen := map[uint64]bool{}
	for _, e := range report {
		var l left
		for _, a := range e.Allocs {
			if seen[a.Address] || a.Address == 0 {
				t.Errorf("address %x twice, or 0", a.Address)
			}
			seen[a.Address] = true
			l.count, l.bytes = l.count+1, l.bytes+a.Size
		}
		if l != (left{e.Count, e.Bytes}) {
			t.Errorf("allocations make %+v, their stack has %d bytes in %d", l, e.Bytes, e.Count)
		}
	}
}

// Threads that free what others allocated are followed in a process that runs;
// another process of the same program is not. When it ends, so does the tool.
func TestLiveProcess(t *testing.T) {
	here(t)
	path := buildLeaker(t)
	l, other := startLeaker(t, path, 5, 10000, 3), startLeaker(t, path, 6, 5000, 0)
	p := startTool(t, append(everything, "-o", "0", "-p", fmt.Sprint(l.Pid()), "0.5")...)
	other.run()
	l.run()
	time.Sleep(testenv.Timeout(2 * time.Second))
	want := leftBy(t, l.Stdout())
	report := lastWhole(t, p.Stdout())
	l.input.Close()
	last := lastReport(t, checkEnd(t, p.Wait(time.Minute)).Stdout)
	for _, r := range [][]entry{report, last} {
		if others := checkLeft(t, r, want); len(others) > 0 {
			t.Errorf("also found: %+v", others)
		}
	}
}

// Memory of new, in all its kinds, has the function that wanted it, by its C++
// name.
func TestLiveCXX(t *testing.T) {
	here(t)
	r := trace(t, "-T", "100", "-c", build(t, "g++", "shapes", "-std=c++17", "testdata/shapes.cpp"))
	for want, times := range map[string]int{
		`\t4 bytes in 1 allocations from stack\n\t\t0x[0-9a-f]{16}\toperator new\(unsigned long\)\+0x[0-9a-f]+ \[libstdc\S+\]\n.*\tshop::single\(\)\+0x[0-9a-f]+ \[shapes\]\n.*\tmain\+`: 5,
		`\t800 bytes in 1 allocations from stack\n.*\toperator new\(unsigned long\).*\n.*\tshop::Shelf<long>::fill\(int\)\+.*\n.*\tmain\+`:                                               2,
		`\t333 bytes in 1 allocations from stack\n.*\toperator new\(unsigned long\).*\n.*\tshop::careful\(\)\+.*\n.*\tmain\+`:                                                            1,
		`\t192 bytes in 1 allocations from stack\n.*\toperator new\(unsigned long, std::align_val_t\).*\n.*\tshop::wide\(\)\+.*\n.*\tmain\+`:                                             1,
		`\t576 bytes in 1 allocations from stack\n.*\toperator new\(unsigned long, std::align_val_t\).*\n.*\tshop::wides\(\)\+.*\n.*\tmain\+`:                                            1,
		`bytes in \d+ allocations`: 11, // with the pool that libstdc++ makes for exceptions
		`tidy`:                     0,
	} {
		if n := len(regexp.MustCompile(want).FindAllString(r.Stdout, -1)); n != times {
			t.Errorf("%d times, want %d: %s\n%s", n, times, want, r.Stdout)
		}
	}
}

// -t prints each call.
func TestLiveTrace(t *testing.T) {
	here(t)
	r := trace(t, "-t", "-c", build(t, "gcc", "calls", "testdata/calls.c"))
	var got strings.Builder
	for _, f := range regexp.MustCompile(`(?m)^[\d:.]{15} \d+ +calls +(\w+) +(\d+) ([0-9a-f]+)$`).FindAllStringSubmatch(r.Stdout, -1) {
		fmt.Fprintln(&got, f[1], f[2], f[3])
	}
	want := regexp.MustCompile(`(?m)^did (.*)$`).FindAllStringSubmatch(r.Stderr, -1)
	var did strings.Builder
	for _, f := range want {
		fmt.Fprintln(&did, f[1])
	}
	if len(want) != 15 || got.String() != did.String() {
		t.Errorf("got\n%swant\n%s%s", got.String(), did.String(), r.Stdout)
	}
}

// The kernel takes the kernel's programs, also those for tracepoints that it does
// not have: of memory nodes since Linux 6.1, or of allocations per processor.
func TestLiveLoads(t *testing.T) {
	needs(t)
	for _, defines := range []map[string]string{nil, {"PERCPU": ""}} {
		m, err := bccgo.Load(toolkit.MissedC+toolkit.StacksC+common+kernelProgram, &bccgo.Options{NoAutoAttach: true, Defines: defines})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.LoadFuncs(); err != nil {
			t.Errorf("%v: %v", defines, err)
		}
		if links := m.Links(); len(links) > 0 {
			t.Errorf("attached: %v", links)
		}
		m.Close()
	}
}
