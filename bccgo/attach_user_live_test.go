package bccgo

import (
	"debug/elf"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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

// However a place is named, in whatever kind of file, one call is one hit, and
// any of the names detaches it.
func TestLiveUprobePlaces(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, callText, nil)
	for name, args := range map[string][]string{
		"pie": {"-pie", "-fPIE"}, "fixed": {"-no-pie"},
		// Addresses and offsets in the file are far apart here.
		"moved": {"-no-pie", "-Wl,-Ttext-segment=0x10000000"},
	} {
		c := startCalculator(t, args...)
		add, mid := addressBy(t, c.path, "calc_add"), addressBy(t, c.path, "mid_add")
		offset := fileOffset(t, c.path, add)
		if fixed := name != "pie"; fixed != (offset != add) {
			t.Errorf("%s: address %#x is at offset %#x", name, add, offset)
		}
		places := []struct {
			symbol string
			o      UprobeOptions
		}{
			{"calc_add", UprobeOptions{}},
			{"", UprobeOptions{Address: add}},
			{"", UprobeOptions{FileOffset: offset}},
			{"calc_add", UprobeOptions{Offset: mid - add}},
			{"", UprobeOptions{Address: add, Offset: mid - add}},
			{"mid_add", UprobeOptions{}},
		}
		for i, p := range places {
			p.o.PID = c.pid
			l, err := m.AttachUprobe(c.path, p.symbol, "on_call", &p.o)
			if err != nil {
				t.Errorf("%s: %s%+v: %v", name, p.symbol, p.o, err)
				continue
			}
			c.wantOne(m, l.String(), "am")
			other := places[i/3*3+(i+1)%3]
			other.o.PID = c.pid
			if err := m.DetachUprobe(c.path, other.symbol, &other.o); err != nil {
				t.Errorf("%s: %v by %s%+v: %v", name, l, other.symbol, other.o, err)
			}
			c.wantHits(m, "a", map[uint64]uint64{})
		}
	}
}

// A return probe by address reports the results.
func TestLiveUretprobeAddress(t *testing.T) {
	testenv.Live(t)
	c := startCalculator(t)
	m := loadLive(t, callText, nil)
	o := &UprobeOptions{PID: c.pid, Address: addressBy(t, c.path, "calc_mul")}
	if _, err := m.AttachUretprobe(c.path, "", "on_return", o); err != nil {
		t.Fatal(err)
	}
	c.wantHits(m, "amm", map[uint64]uint64{6: 2})
	if err := m.DetachUprobe(c.path, "calc_mul", &UprobeOptions{PID: c.pid}); err == nil {
		t.Error("detached a uprobe where there is a uretprobe")
	}
	if err := m.DetachUretprobe(c.path, "calc_mul", &UprobeOptions{PID: c.pid}); err != nil {
		t.Error(err)
	}
	c.wantHits(m, "m", map[uint64]uint64{})
}

// One of several probes is detached; those of another process and of another
// function stay.
func TestLiveDetachUprobe(t *testing.T) {
	testenv.Live(t)
	c := startCalculator(t)
	d := startAnswering(t, c.path)
	m := loadLive(t, callText, nil)
	inC, inD := &UprobeOptions{PID: c.pid}, &UprobeOptions{PID: d.pid}
	for _, p := range []struct {
		symbol string
		o      *UprobeOptions
	}{{"calc_add", inC}, {"calc_mul", inC}, {"calc_add", inD}} {
		if _, err := m.AttachUprobe(c.path, p.symbol, "on_call", p.o); err != nil {
			t.Fatal(err)
		}
	}
	if n := m.NumOpenUprobes(); n != 3 {
		t.Errorf("%d uprobes are open", n)
	}
	if err := m.DetachUprobe(c.path, "calc_add", inC); err != nil {
		t.Fatal(err)
	}
	c.wantHits(m, "aa", map[uint64]uint64{})
	c.wantOne(m, "the other function", "am")
	d.wantOne(m, "the other process", "am")
	var none *NotAttachedError
	for _, o := range []*UprobeOptions{inC, nil} {
		if err := m.DetachUprobe(c.path, "calc_add", o); !errors.As(err, &none) || none.Hook != "uprobe" {
			t.Errorf("detaching again: %v", err)
		}
	}
	if n := m.NumOpenUprobes(); n != 2 {
		t.Errorf("%d uprobes are open", n)
	}
}

// Probe texts name places of user space, too.
func TestLiveUprobeByText(t *testing.T) {
	testenv.Live(t)
	c := startCalculator(t, "-no-pie")
	m := loadLive(t, callText, nil)
	add, mid := addressBy(t, c.path, "calc_add"), addressBy(t, c.path, "mid_add")
	inside := "uprobe:" + c.path + ":calc_add+" + strconv.FormatUint(mid-add, 10)
	missing := []string{"uprobe:no-such-library:f", "uretprobe:" + c.path + ":calc_sub", "uprobe:" + c.path + ":calc_add+4096"}
	first, err := FirstProbe(append(missing, inside)...)
	if err != nil || first != inside {
		t.Errorf("chose %q, %v", first, err)
	}
	l, err := m.Attach(inside, "on_call")
	if err != nil {
		t.Fatal(err)
	}
	c.wantHits(m, "aam", map[uint64]uint64{mid: 2})
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	l, err = m.AttachFirst("on_return", append(missing, "uretprobe:"+c.path+":calc_mul")...)
	if err != nil || l.Hook() != "uretprobe" {
		t.Fatalf("%v, %v", l, err)
	}
	c.wantHits(m, "am", map[uint64]uint64{6: 1})
	_, err = m.AttachFirst("on_call", missing...)
	var none *NoProbeError
	var file *FileError
	var symbol *SymbolError
	if !errors.As(err, &none) || len(none.Candidates) != 3 || !errors.As(none.Candidates[0].Err, &file) ||
		!errors.As(none.Candidates[1].Err, &symbol) || !slices.Contains(symbol.Nearest, "calc_mul") {
		t.Errorf("none of them: %v", err)
	}
}

// A probe can be detached after its file has gone.
func TestLiveDetachUprobeGone(t *testing.T) {
	testenv.Live(t)
	c := startCalculator(t)
	m := loadLive(t, callText, nil)
	o := &UprobeOptions{PID: c.pid}
	if _, err := m.AttachUprobe(c.path, "calc_add", "on_call", o); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(c.path); err != nil {
		t.Fatal(err)
	}
	c.wantOne(m, "without a file", "a")
	if err := m.DetachUprobe(c.path, "calc_add", o); err != nil {
		t.Error(err)
	}
	c.wantHits(m, "a", map[uint64]uint64{})
}

const libraryUser = `
#include <stdio.h>
int calc_add(int a, int b);
int main(void)
{
	int c;

	while ((c = getchar()) != EOF) {
		calc_add(c, 1);
		putchar('.');
		fflush(stdout);
	}
	return 0;
}
`

// A library that only the process can see is found by its short name.
func TestLiveUprobeOtherMounts(t *testing.T) {
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedProgram(t, "unshare")
	inner := filepath.Join(t.TempDir(), "inner")
	if err := os.Mkdir(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	library := buildC(t, "gcc", calculator, "-DLIBRARY", "-shared", "-fPIC", "-pthread", "-Wl,-soname,libbccgocalc.so")
	user := buildC(t, "gcc", libraryUser, "-x", "none", library, "-Wl,-rpath,"+inner)
	script := filepath.Join(t.TempDir(), "start")
	writeText(t, script, "#!/bin/sh\nexec unshare --mount sh -c 'mount -t tmpfs none "+inner+
		" && cp "+library+" "+inner+"/libbccgocalc.so && exec "+user+"'\n")
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	c := startAnswering(t, script)
	c.call("x") // it is mapped now
	if _, err := os.Stat(inner + "/libbccgocalc.so"); err == nil {
		t.Fatal("the library can be seen from outside")
	}
	m := loadLive(t, callText, nil)
	path, err := FindLibrary("bccgocalc", c.pid)
	if err != nil || !strings.HasPrefix(path, "/proc/") {
		t.Fatalf("found %q, %v", path, err)
	}
	for _, name := range []string{"bccgocalc", inner + "/libbccgocalc.so"} {
		o := &UprobeOptions{PID: c.pid}
		if _, err := m.AttachUprobe(name, "calc_add", "on_call", o); err != nil {
			t.Fatal(err)
		}
		c.wantOne(m, name, "x")
		if err := m.DetachUprobe(name, "calc_add", o); err != nil {
			t.Error(err)
		}
		var failed *FileError
		if _, err := m.AttachUprobe(name, "calc_add", "on_call", nil); !errors.As(err, &failed) {
			t.Errorf("%s without the process: %v", name, err)
		}
	}
}

func TestLiveUprobeBad(t *testing.T) {
	testenv.Live(t)
	c := startCalculator(t)
	m := loadLive(t, callText, nil)
	ended := endedPID(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	type attach func(name, symbol, function string, o *UprobeOptions) (*Link, error)
	for _, b := range []struct {
		attach       attach
		name, symbol string
		o            UprobeOptions
		want         string
	}{
		{m.AttachUprobe, "", "f", UprobeOptions{}, "the name is empty"},
		{m.AttachUprobe, c.path, "", UprobeOptions{}, "neither a symbol nor an address"},
		{m.AttachUprobe, c.path, "calc_add", UprobeOptions{Address: 1}, "several places"},
		{m.AttachUprobe, c.path, "", UprobeOptions{Address: 1, FileOffset: 1}, "several places"},
		{m.AttachUprobe, c.path, "", UprobeOptions{Address: 1 << 60}, "not in the file's code"},
		{m.AttachUprobe, c.path, "", UprobeOptions{FileOffset: 1}, "not in the file's code"},
		{m.AttachUprobe, c.path, "calc_add", UprobeOptions{Offset: 1 << 20}, "bytes long"},
		{m.AttachUprobe, c.path, "calc_add", UprobeOptions{PID: -4}, "negative"},
		{m.AttachUprobe, c.path, "calc_add", UprobeOptions{PID: ended}, "process"},
		{m.AttachUprobe, "c", "malloc", UprobeOptions{PID: ended}, "no such process"},
		{m.AttachUprobe, c.path, "calc_ad", UprobeOptions{}, "calc_add"},
		{m.AttachUprobe, "/etc/passwd", "f", UprobeOptions{}, "no ELF file"},
		{m.AttachUprobe, "/etc", "f", UprobeOptions{}, "not a regular file"},
		{m.AttachUretprobe, c.path, "calc_add", UprobeOptions{Offset: 4}, "no Offset"},
		{m.AttachUretprobe, c.path, "", UprobeOptions{Address: addressBy(t, c.path, "calc_mul") + 2}, "into it"},
		{m.AttachUretprobe, self, "main.main", UprobeOptions{}, "Go program"},
		{m.AttachUprobeRe, "", ".*", UprobeOptions{}, "the name is empty"},
		{m.AttachUprobeRe, c.path, "", UprobeOptions{}, "empty"},
		{m.AttachUprobeRe, c.path, "calc_(", UprobeOptions{}, "missing closing )"},
		{m.AttachUprobeRe, c.path, "calc", UprobeOptions{}, "the whole name must match"},
		{m.AttachUprobeRe, c.path, "calc_.*", UprobeOptions{Offset: 1}, "neither Offset"},
		{m.AttachUprobeRe, c.path, "calc_.*", UprobeOptions{PID: -4}, "negative"},
		{m.AttachUprobeRe, c.path, "calc_.*", UprobeOptions{PID: ended}, "process"},
		{m.AttachUretprobeRe, self, "main.*", UprobeOptions{}, "Go program"},
	} {
		_, err := b.attach(b.name, b.symbol, "on_call", &b.o)
		var failed *AttachError
		if !errors.As(err, &failed) || !strings.Contains(err.Error(), b.want) {
			t.Errorf("%s:%s %+v: %v, want %q", b.name, b.symbol, b.o, err, b.want)
		}
	}
	if n := len(m.Links()); n != 0 {
		t.Errorf("%d links after failures", n)
	}
	var unknown *UnknownError
	for _, a := range []attach{m.AttachUprobe, m.AttachUprobeRe} {
		if _, err := a(c.path, "calc_add", "on_cal", nil); !errors.As(err, &unknown) {
			t.Errorf("unknown function: %v", err)
		}
	}
	badDetach(t, m, c)
}

func badDetach(t *testing.T, m *Module, c *chain) {
	t.Helper()
	if err := m.DetachUprobe(c.path, "", nil); err == nil || !strings.Contains(err.Error(), "neither") {
		t.Errorf("detach from nothing: %v", err)
	}
	var gone *NotAttachedError
	if err := m.DetachUprobe("/no/such/file", "f", nil); !errors.As(err, &gone) {
		t.Errorf("detach from no file: %v", err)
	}
	var none *Module
	for _, err := range []error{
		none.DetachUprobe("c", "malloc", nil), none.DetachUretprobe("c", "malloc", nil),
		second(none.AttachUprobe("c", "malloc", "f", nil)), second(none.AttachUprobeRe("c", "malloc", "f", nil)),
	} {
		if !errors.Is(err, errNoModule) {
			t.Errorf("nil module: %v", err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	o := &UprobeOptions{PID: c.pid}
	for _, err := range []error{
		m.DetachUprobe(c.path, "calc_add", o),
		second(m.AttachUprobe(c.path, "calc_add", "on_call", o)), second(m.AttachUprobeRe(c.path, "calc_.*", "on_call", o)),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("closed module: %v", err)
		}
	}
}

func second(_ *Link, err error) error { return err }
