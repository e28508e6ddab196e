package usdt

import (
	"bytes"
	"debug/elf"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"testing"
)

// shop has two probes, one of them at two places.
func shop() *built {
	return &built{machine: elf.EM_X86_64, notes: []note{
		{0x1010, 0x3000, 0x5008, "shop", "sale", "-4@%eax 8@-8(%rbp)"},
		{0x1020, 0x3000, 0, "shop", "closed", ""},
		{0x1030, 0x3000, 0x5008, "shop", "sale", "-4@$7 8@%rsi"},
		{0x1030, 0x3000, 0x5008, "shop", "sale", "-4@$7 8@%rsi"},
	}}
}

func TestRead(t *testing.T) {
	for _, narrow := range []bool{false, true} {
		b := shop()
		b.narrow = narrow
		f := b.read(t)
		if len(f.Probes) != 2 || f.Machine != elf.EM_X86_64 {
			t.Fatalf("%+v", f)
		}
		sale, closed := f.Probes[0], f.Probes[1]
		if sale.String() != "shop:sale" || len(sale.Locations) != 2 || closed.Name != "closed" || len(closed.Locations) != 1 {
			t.Fatalf("%+v", f.Probes)
		}
		l := sale.Locations[1]
		if l.Address != 0x1030 || l.Offset != codeOffset+0x30 || l.Semaphore != 0x5008 || l.SemaphoreOffset != dataOffset+8 || l.Err != nil {
			t.Errorf("%+v", l)
		}
		if len(l.Arguments) != 2 || l.Arguments[1].Spec != "8@%rsi" || (l.Arguments[0].Err != nil) != narrow {
			t.Errorf("arguments %+v", l.Arguments)
		}
		if l := closed.Locations[0]; l.Semaphore != 0 || l.SemaphoreOffset != 0 || l.Arguments != nil || l.Err != nil {
			t.Errorf("%+v", l)
		}
	}
}

// What prelink moved is found where it is now.
func TestReadMoved(t *testing.T) {
	b := &built{machine: elf.EM_X86_64, base: 0x3000, notes: []note{
		{0x101010, 0x103000, 0x105008, "p", "up", ""}, {0x10, 0x2000, 0x4008, "p", "down", ""}, {0x101010, 0x103000, 0, "p", "none", ""},
	}}
	for i, l := range []Location{b.read(t).Probes[0].Locations[0], b.read(t).Probes[1].Locations[0], b.read(t).Probes[2].Locations[0]} {
		semaphore := uint64(0x5008)
		if i == 2 {
			semaphore = 0
		}
		if l.Address != 0x1010 || l.Offset != codeOffset+0x10 || l.Semaphore != semaphore || l.Err != nil {
			t.Errorf("%d: %+v", i, l)
		}
	}
}

// A location outside of what is loaded is refused alone.
func TestReadOutside(t *testing.T) {
	b := shop()
	b.notes[1].pc, b.notes[2].semaphore, b.notes[3].semaphore = 0x9000, 0x9000, 0x9000
	f := b.read(t)
	if l := f.Probes[1].Locations[0]; l.Err == nil || !strings.Contains(l.Err.Error(), "0x9000 is not in the file's code") {
		t.Errorf("code: %v", l.Err)
	}
	if l := f.Probes[0].Locations[1]; l.Err == nil || !strings.Contains(l.Err.Error(), "semaphore") {
		t.Errorf("semaphore: %v", l.Err)
	}
	if l := f.Probes[0].Locations[0]; l.Err != nil {
		t.Error(l.Err)
	}
}

func TestOpenRefuses(t *testing.T) {
	var failed *FormatError
	text := t.TempDir() + "/text"
	if err := os.WriteFile(text, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(text); !errors.As(err, &failed) || !strings.Contains(err.Error(), text) {
		t.Errorf("a script: %v", err)
	}
	if _, err := Open(t.TempDir()); !errors.As(err, &failed) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Open("/no/such/file"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing: %v", err)
	}
	if f, err := Open(shop().write(t)); err != nil || len(f.Probes) != 2 {
		t.Errorf("a good one: %+v, %v", f, err)
	}
}

// Whatever is cut off or overwritten, reading ends, and in an error of its own.
func TestReadDamaged(t *testing.T) {
	whole := shop().bytes()
	for size := range whole {
		checkRead(t, whole[:size])
	}
	for at := range whole {
		for _, value := range []byte{0, 0x7f, 0xff} {
			damaged := bytes.Clone(whole)
			damaged[at] = value
			checkRead(t, damaged)
		}
	}
}

// memoryFactor is how many bytes each byte of a file may cost, on top of what
// reading any file does.
const memoryFactor, memoryBase = 64, 64 << 10

func checkRead(t *testing.T, data []byte) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f, err := Read("x", bytes.NewReader(data), int64(len(data)))
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > uint64(memoryFactor*len(data)+memoryBase) {
		t.Fatalf("%d bytes for a file of %d", spent, len(data))
	}
	var failed *FormatError
	if err != nil && !errors.As(err, &failed) {
		t.Fatalf("%T: %v", err, err)
	}
	if err != nil {
		return
	}
	for _, p := range f.Probes {
		for _, l := range p.Locations {
			for _, a := range l.Arguments {
				if a.Err == nil && (a.Size < 1 || a.Size > 8 || a.CType() == "") {
					t.Fatalf("%+v", a)
				}
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(shop().bytes())
	moved := shop()
	moved.base, moved.machine, moved.symbols = 0x3000, elf.EM_AARCH64, map[string]uint64{"buf": 0x5000}
	moved.notes[0].arguments = "-4@[sp, 12] 8@[x0, :lo12:buf] 4@w1"
	f.Add(moved.bytes())
	f.Fuzz(func(t *testing.T, data []byte) { checkRead(t, data) })
}

func TestMatches(t *testing.T) {
	p := &Probe{Provider: "hotspot", Name: "gc__begin"}
	for name, want := range map[string]bool{
		"gc__begin": true, "hotspot:gc__begin": true, "hotspot:*": true, "gc__*": true, "*:*": true, "h?tspot:gc__[ab]egin": true,
		"gc__end": false, "hotspot": false, "libc:gc__begin": false, "": false, "gc__": false, "[": false,
	} {
		if p.Matches(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}
