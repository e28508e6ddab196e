package elfsym

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
	"github.com/bccgo/bcc/internal/testenv"
)

const programText = `
__attribute__((noinline)) int first_function(int x) { return x * 7 + 3; }
__attribute__((noinline)) static int second_function(int x) { return x * 11 + first_function(x); }
int not_a_function = 5;
int main(int argc, char **argv) { return second_function(argc) + not_a_function; }
`

// codeAt checks that the bytes of the file at offset are those of the function
// as objcopy extracts its section, by the address nm gives.
func codeAt(t *testing.T, path, symbol string, offset uint64) {
	t.Helper()
	file, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var addr uint64
	for line := range strings.Lines(run(t, "nm", path)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[2] == symbol {
			if _, err := fmt.Sscanf(fields[0], "%x", &addr); err != nil {
				t.Fatal(err)
			}
		}
	}
	text := file.Section(".text")
	code, err := text.Data()
	if err != nil || addr < text.Addr {
		t.Fatalf("%s at %#x: %v", symbol, addr, err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := code[addr-text.Addr:][:8]; !bytes.HasPrefix(whole[offset:], want) {
		t.Errorf("%s: at %d the file has % x, the function begins % x", symbol, offset, whole[offset:][:8], want)
	}
}

func TestOffset(t *testing.T) {
	testenv.NotEmulated(t)
	for name, args := range map[string][]string{
		"pie": {"-pie", "-fPIE"}, "fixed": {"-no-pie"},
		// The code's addresses and offsets are far apart here.
		"moved": {"-no-pie", "-Wl,-Ttext-segment=0x10000000"}, "static": {"-static"},
	} {
		path := build(t, filepath.Join(t.TempDir(), name), programText, args...)
		for _, symbol := range []string{"first_function", "second_function", "main"} {
			offset, err := Offset(path, symbol)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			codeAt(t, path, symbol, offset)
			if got, into, err := SymbolAt(path, offset+2); got != symbol || into != 2 || err != nil {
				t.Errorf("%s: two into %s is %s+%d, %v", name, symbol, got, into, err)
			}
		}
	}
}

func TestSymbolErrors(t *testing.T) {
	dir := t.TempDir()
	path := build(t, filepath.Join(dir, "full"), programText)
	var failed *SymbolError
	if _, err := Offset(path, "first_funktion"); !errors.As(err, &failed) || !slices.Equal(failed.Nearest, []string{"first_function"}) {
		t.Errorf("a mistyped name: %v", err)
	}
	for _, symbol := range []string{"not_a_function", "puts", "", "@"} {
		if offset, err := Offset(path, symbol); !errors.As(err, &failed) {
			t.Errorf("%q: %d, %v", symbol, offset, err)
		}
	}
	if name, _, err := SymbolAt(path, 1); !errors.As(err, &failed) {
		t.Errorf("in the header there is %q, %v", name, err)
	}
	if _, err := Open("/proc/self/status"); err == nil {
		t.Error("a text was read")
	}

	stripped := filepath.Join(dir, "stripped")
	run(t, "strip", "-o", stripped, path)
	if _, err := Offset(stripped, "first_function"); !errors.As(err, &failed) || !strings.Contains(failed.Reason, "debug symbols") {
		t.Errorf("a stripped program: %v", err)
	}
}

func TestStrippedLibrary(t *testing.T) {
	path := build(t, filepath.Join(t.TempDir(), "libfoo.so"), fooText+"static int hidden_one(int x) { return x + 2; }\nint (*keep)(int) = hidden_one;\n", "-shared", "-fPIC")
	want, err := Offset(path, "foo_answer")
	if err != nil {
		t.Fatal(err)
	}
	hidden, err := Offset(path, "hidden_one")
	if err != nil {
		t.Fatal(err)
	}
	debug := path + ".debug"
	run(t, "objcopy", "--only-keep-debug", path, debug)
	run(t, "strip", path)
	if got, err := Offset(path, "foo_answer"); got != want || err != nil {
		t.Errorf("stripped: %d, %v; want %d", got, err, want)
	}
	var failed *SymbolError
	if _, err := Offset(path, "hidden_one"); !errors.As(err, &failed) || !strings.Contains(failed.Reason, "stripped") {
		t.Errorf("a symbol that was stripped: %v", err)
	}

	useDebugRoot(t, path, debug)
	if got, err := Offset(path, "hidden_one"); got != hidden || err != nil {
		t.Errorf("with the debug file: %d, %v; want %d", got, err, hidden)
	}
}

// useDebugRoot installs a debug file where Open looks for it.
func useDebugRoot(t *testing.T, path, debug string) {
	t.Helper()
	file, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	id := buildID(file)
	if len(id) < 2 {
		t.Skip("this linker writes no build ids")
	}
	old := debugRoot
	debugRoot = t.TempDir()
	t.Cleanup(func() { debugRoot = old })
	copyFile(t, debug, filepath.Join(debugRoot, ".build-id", fmt.Sprintf("%02x", id[0]), fmt.Sprintf("%x.debug", id[1:])))
}

func TestVersions(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "versions")
	if err := os.WriteFile(script, []byte("V1 { global: f; };\nV2 { global: f; } V1;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const text = `
__asm__(".symver f_old, f@V1");
__asm__(".symver f_new, f@@V2");
int f_old(int x) { return x + 1; }
int f_new(int x) { return x * 2; }
`
	path := build(t, filepath.Join(dir, "libv.so"), text, "-shared", "-fPIC", "-Wl,--version-script="+script)
	offset := func(symbol string) uint64 {
		t.Helper()
		at, err := Offset(path, symbol)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	old, fresh := offset("f@V1"), offset("f@V2")
	if old == fresh || offset("f") != fresh || offset("f@@V2") != fresh {
		t.Errorf("f is at %d, its versions at %d and %d", offset("f"), old, fresh)
	}
	var failed *SymbolError
	if _, err := Offset(path, "f@V3"); !errors.As(err, &failed) || !slices.Contains(failed.Nearest, "f@V2") {
		t.Errorf("a version it lacks: %v", err)
	}
}

func TestAtPrefersNothingToAGap(t *testing.T) {
	b := &Binary{symbols: []Symbol{{Name: "a", Offset: 16, Size: 8}, {Name: "b", Offset: 32}, {Name: "c", Offset: 48, Size: 4}, {Name: "d", Offset: 48, Size: 8}}}
	for offset, want := range map[uint64]string{15: "", 16: "a", 23: "a", 24: "", 32: "b", 47: "b", 48: "c", 53: "d", 56: ""} {
		if got, _, ok := b.At(offset); got.Name != want || ok != (want != "") {
			t.Errorf("at %d there is %q", offset, got.Name)
		}
	}
}

func TestAddrOffset(t *testing.T) {
	path := build(t, filepath.Join(t.TempDir(), "exe"), programText, "-no-pie")
	b, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	symbol, err := b.Lookup("main")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := b.AddrOffset(symbol.Addr); got != symbol.Offset || err != nil {
		t.Errorf("main: %d, %v; want %d", got, err, symbol.Offset)
	}
	var failed *SymbolError
	if _, err := b.AddrOffset(1); !errors.As(err, &failed) {
		t.Errorf("address 1: %v", err)
	}
}

// TestIndirect lets a program say where the loader put strlen, and compares.
func TestIndirect(t *testing.T) {
	dir := t.TempDir()
	library := build(t, filepath.Join(dir, "libpick.so"), `
static int plain(int x) { return x + 1; }
static int fancy(int x) { return x + 2; }
static int (*pick(void))(int) { (void)plain; return fancy; }
__attribute__((ifunc("pick"), visibility("hidden"))) int inner(int x);
extern __typeof(inner) outer __attribute__((alias("inner")));
__attribute__((ifunc("pick"))) int chosen(int x);
int use(int x) { return inner(x); }
`, "-shared", "-fPIC")
	exe := build(t, filepath.Join(dir, "exe"), "#include <unistd.h>\nint use(int);\nint main(int c, char **v) { if (use(c) == 3) write(1, \"up\\n\", 3); pause(); return 0; }\n", library, "-Wl,-rpath,"+dir)
	process := testenv.Start(t, exe)
	process.Await("up", 10*time.Second)

	want, err := Offset(library, "fancy")
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range []int{process.Pid(), 0} {
		if got, err := IndirectOffset(rootfs.Live, library, "inner", pid); got != want || err != nil {
			t.Errorf("through process %d: %d, %v; want %d", pid, got, err, want)
		}
	}
	var failed *SymbolError
	if _, err := Offset(library, "inner"); !errors.As(err, &failed) || !strings.Contains(failed.Reason, "indirect") {
		t.Errorf("Offset of an indirect function: %v", err)
	}
	if got, err := IndirectOffset(rootfs.Live, library, "fancy", process.Pid()); got != want || err != nil {
		t.Errorf("an ordinary function: %d, %v", got, err)
	}
	if got, err := IndirectOffset(rootfs.Live, library, "inner", os.Getpid()); err == nil {
		t.Errorf("through a process that lacks it: %d", got)
	}
}

func TestIndirectInLibc(t *testing.T) {
	libc, err := FindLibrary(rootfs.Live, "c", 0)
	if err != nil {
		t.Skip("no C library here")
	}
	b, err := Open(libc)
	if err != nil {
		t.Fatal(err)
	}
	strlen, err := b.Lookup("strlen")
	if err != nil {
		t.Fatal(err)
	}
	if !strlen.Indirect {
		t.Skip("this C library has one strlen for all processors")
	}
	exe := build(t, filepath.Join(t.TempDir(), "exe"), `
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(void) { size_t (*volatile f)(const char *) = strlen; printf("at %p\n", (void *)f); fflush(stdout); pause(); return 0; }
`)
	process := testenv.Start(t, exe)
	var addr uint64
	if _, err := fmt.Sscanf(process.Await("at 0x[0-9a-f]+", 10*time.Second), "at 0x%x", &addr); err != nil {
		t.Fatal(err)
	}
	got, err := IndirectOffset(rootfs.Live, libc, "strlen", process.Pid())
	if err != nil {
		t.Fatal(err)
	}
	mappings, err := Mappings(rootfs.Live, process.Pid())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mappings {
		if m.Start <= addr && addr < m.End {
			if want := addr - m.Start + m.Offset; got != want {
				t.Errorf("strlen is at %#x, the process calls %#x", got, want)
			}
			return
		}
	}
	t.Errorf("%#x is in no mapping", addr)
}

func TestGo(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := build(t, filepath.Join(t.TempDir(), "c"), programText)
	for path, want := range map[string]bool{self: true, c: false} {
		got, err := IsGo(path)
		if got != want || err != nil {
			t.Errorf("IsGo(%s) = %v, %v", path, got, err)
		}
		var refused *GoUretprobeError
		if err := CheckUretprobe(path); errors.As(err, &refused) != want {
			t.Errorf("CheckUretprobe(%s) = %v", path, err)
		}
	}
	if _, err := exec.LookPath("strip"); err == nil {
		stripped := filepath.Join(t.TempDir(), "stripped")
		run(t, "strip", "-o", stripped, self)
		if got, err := IsGo(stripped); !got || err != nil {
			t.Errorf("a stripped Go program: %v, %v", got, err)
		}
	}
	if _, err := IsGo("/nonexistent"); err == nil {
		t.Error("no error without a file")
	}
}

// A stripped program's mini debug information has what strip(1) took.
func TestMiniDebug(t *testing.T) {
	testenv.NeedProgram(t, "xz")
	dir := t.TempDir()
	path := build(t, filepath.Join(dir, "program"), programText)
	want, err := Offset(path, "second_function")
	if err != nil {
		t.Fatal(err)
	}
	mini := filepath.Join(dir, "mini")
	run(t, "objcopy", "--only-keep-debug", path, mini)
	run(t, "xz", mini)
	run(t, "strip", path)
	var failed *SymbolError
	if _, err := Offset(path, "second_function"); !errors.As(err, &failed) {
		t.Errorf("stripped: %v", err)
	}
	run(t, "objcopy", "--add-section", ".gnu_debugdata="+mini+".xz", path)
	if got, err := Offset(path, "second_function"); got != want || err != nil {
		t.Errorf("%d, %v; want %d", got, err, want)
	}

	data, err := os.ReadFile(mini + ".xz")
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 0x55
	if err := os.WriteFile(mini+".xz", data, 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "objcopy", "--update-section", ".gnu_debugdata="+mini+".xz", path)
	if _, err := Offset(path, "second_function"); !errors.As(err, &failed) {
		t.Errorf("damaged: %v", err)
	}
}

func TestMatch(t *testing.T) {
	b, err := Open(build(t, filepath.Join(t.TempDir(), "program"), programText))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range b.Match(regexp.MustCompile("^(first|second)_function$|^not_a")) {
		names = append(names, s.Name)
		if err := b.CheckCode(s.Offset); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"first_function", "second_function"}) {
		t.Errorf("%q", names)
	}
	var failed *SymbolError
	for _, offset := range []uint64{0, 1 << 40} {
		if err := b.CheckCode(offset); !errors.As(err, &failed) {
			t.Errorf("offset %#x: %v", offset, err)
		}
	}
}
