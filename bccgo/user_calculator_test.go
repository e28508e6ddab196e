package bccgo

import (
	"debug/elf"
	"maps"
	"slices"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// calculator calls its functions as letters say; t calls the first one in a
// thread of its own. mid_add is an instruction inside of it.
const calculator = `
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define KEEP __attribute__((noinline, noclone))

KEEP int calc_add(int a, int b)
{
	asm volatile("nop\n\t.globl mid_add\n\t.type mid_add, @function\nmid_add:\n\tnop");
	return a + b;
}

KEEP int calc_mul(int a, int b)
{
	asm volatile("nop");
	return a * b;
}

KEEP int calc_neg(int a)
{
	asm volatile("nop");
	return -a;
}

int calc_minus(int a) __attribute__((alias("calc_neg")));

KEEP int other(int a)
{
	asm volatile("nop");
	return a;
}

static void *in_thread(void *unused)
{
	calc_add(30, 4);
	return unused;
}

#ifndef LIBRARY
int main(int argc, char **argv)
{
	size_t (*volatile length)(const char *) = strlen;
	pthread_t thread;
	int c;

	while ((c = getchar()) != EOF) {
		if (c == 'a') {
			calc_add(2, 3);
		} else if (c == 'm') {
			calc_mul(2, 3);
		} else if (c == 'n') {
			calc_neg(7);
		} else if (c == 'o') {
			other(1);
		} else if (c == 's') {
			length(argv[0]);
		} else if (c == 't') {
			pthread_create(&thread, NULL, in_thread, NULL);
			pthread_join(thread, NULL);
		}
		putchar('.');
		fflush(stdout);
	}
	return 0;
}
#endif
`

func startCalculator(t *testing.T, args ...string) *chain {
	t.Helper()
	testenv.NeedUprobes(t)
	return startAnswering(t, buildC(t, "gcc", calculator, append([]string{"-pthread"}, args...)...))
}

// Entries are counted by address, returns by result.
const callText = `
#include <uapi/linux/ptrace.h>
BPF_HASH(hits, u64, u64);
int on_call(struct pt_regs *ctx)
{
	u64 ip = PT_REGS_IP(ctx);

	hits.increment(ip);
	return 0;
}
int on_return(struct pt_regs *ctx)
{
	u64 result = (int)PT_REGS_RC(ctx);

	hits.increment(result);
	return 0;
}
`

// hits has the process do what letters say and returns the counts.
func (c *chain) hits(m *Module, letters string) map[uint64]uint64 {
	c.t.Helper()
	for _, letter := range letters {
		c.call(string(letter))
	}
	counts, err := Map[uint64, uint64](m, "hits")
	if err != nil {
		c.t.Fatal(err)
	}
	found := maps.Collect(counts.Drain())
	if err := counts.Err(); err != nil {
		c.t.Fatal(err)
	}
	return found
}

func (c *chain) wantHits(m *Module, letters string, want map[uint64]uint64) {
	c.t.Helper()
	if got := c.hits(m, letters); !maps.Equal(got, want) {
		c.t.Errorf("%s: hits %v, want %v", letters, got, want)
	}
}

// wantOne wants one hit, at whatever address.
func (c *chain) wantOne(m *Module, what, letters string) {
	c.t.Helper()
	got := c.hits(m, letters)
	if n := slices.Collect(maps.Values(got)); len(n) != 1 || n[0] != 1 {
		c.t.Errorf("%s: hits %v, want one", what, got)
	}
}

// fileOffset is where in a file a virtual address is, by its program headers.
func fileOffset(t *testing.T, path string, addr uint64) uint64 {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD && addr >= p.Vaddr && addr < p.Vaddr+p.Filesz {
			return addr - p.Vaddr + p.Off
		}
	}
	t.Fatalf("%#x is nowhere in %s", addr, path)
	return 0
}
