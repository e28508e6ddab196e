package bccgo

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

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
