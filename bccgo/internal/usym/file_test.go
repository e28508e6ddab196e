package usym

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"

	"github.com/bccgo/bcc/internal/testenv"
)

// checkAgainst compares what is known of a file with what nm says of it, or of
// the one it was stripped from.
func checkAgainst(t *testing.T, file *File, want map[string]uint64) {
	t.Helper()
	if len(want) == 0 {
		t.Fatal("nm found nothing to compare with")
	}
	names := make(map[uint64][]string)
	for name, addr := range want {
		names[addr] = append(names[addr], name)
	}
	for name, addr := range want {
		if got, ok := file.Table().Address(name); !ok || got != addr {
			t.Errorf("%s: at %#x, %v; nm says %#x", name, got, ok, addr)
		}
		got, into, ok := file.Table().Lookup(addr, false)
		if !ok || into != 0 || !slices.Contains(names[addr], got) {
			t.Errorf("%#x: %s+%#x, %v; nm says %v", addr, got, into, ok, names[addr])
		}
	}
}

// own are the target's functions, all that a table of its must have. nm lists
// some more, of the C library's start-up code, which are no functions.
func own(all map[string]uint64) map[string]uint64 {
	found := make(map[string]uint64)
	for name, addr := range all {
		if strings.HasSuffix(name, "_part") || name == "__inner_alias" || name == "main" || name == "say" || name == "_start" {
			found[name] = addr
		}
	}
	return found
}

func open(t testing.TB, path string) *File {
	t.Helper()
	file, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestOpenAgainstNM(t *testing.T) {
	for name, args := range map[string][]string{
		"pie":         {"-pie", "-fPIE"},
		"fixed":       {"-no-pie", "-fno-pie"},
		"one segment": {"-no-pie", "-fno-pie", "-Wl,-z,noseparate-code"},
		"static":      {"-static"},
		"prelinked":   {"-pie", "-fPIE", "-Wl,-Ttext-segment=0x4100000000"},
		"gnu hash":    {"-Wl,--hash-style=gnu", "-rdynamic"},
	} {
		t.Run(name, func(t *testing.T) {
			path := build(t, filepath.Join(t.TempDir(), "target"), target, args...)
			file := open(t, path)
			want := own(nm(t, path))
			checkAgainst(t, file, want)
			checkNested(t, file, want)

			// By offset in the file, as probes and build-id stacks give places.
			elf := openELF(t, path)
			for _, p := range elf.Progs {
				if addr := want["hidden_part"]; addr >= p.Vaddr && addr < p.Vaddr+p.Filesz {
					got, into, ok := file.Lookup(addr-p.Vaddr+p.Off+2, false)
					if !ok || got != "hidden_part" || into != 2 {
						t.Errorf("hidden_part+2 by offset: %s+%d, %v", got, into, ok)
					}
				}
			}
		})
	}
}

// checkNested asks for functions inside others, aliases, ones without size, and
// places outside of any.
func checkNested(t *testing.T, file *File, addrs map[string]uint64) {
	t.Helper()
	for _, test := range []struct {
		addr uint64
		name string
		into uint64
	}{
		{addrs["outer_part"], "outer_part", 0},
		{addrs["outer_part"] + 15, "outer_part", 15},
		{addrs["nested_part"], "nested_part", 0},
		{addrs["nested_part"] + 7, "nested_part", 7},
		{addrs["nested_part"] + 8, "outer_part", 24},
		{addrs["sizeless_part"] + 24, "sizeless_part", 24},
		{addrs["__inner_alias"], "visible_part", 0},
	} {
		if got, into, ok := file.Table().Lookup(test.addr, false); !ok || got != test.name || into != test.into {
			t.Errorf("%#x: %s+%d, %v; want %s+%d", test.addr, got, into, ok, test.name, test.into)
		}
	}
	for _, addr := range []uint64{0, 1, 1 << 60, ^uint64(0)} {
		if got, into, ok := file.Table().Lookup(addr, false); ok {
			t.Errorf("%#x is in %s+%d", addr, got, into)
		}
	}
}

func TestStripped(t *testing.T) {
	testenv.NeedProgram(t, "strip")
	path := build(t, filepath.Join(t.TempDir(), "target"), target, "-rdynamic")
	exported := own(nm(t, path, "-D"))
	run(t, "strip", path)
	file := open(t, path)
	checkAgainst(t, file, exported)
	if addr, ok := file.Table().Address("hidden_part"); ok {
		t.Errorf("hidden_part is at %#x in a stripped file", addr)
	}
}

// TestDebugLink looks in each folder the debug file may be in.
func TestDebugLink(t *testing.T) {
	testenv.NeedProgram(t, "objcopy")
	for _, folder := range []string{"", ".debug"} {
		for _, id := range []string{"-Wl,--build-id=none", "-Wl,--build-id"} {
			dir := t.TempDir()
			path := build(t, filepath.Join(dir, "target"), target, id)
			want := own(nm(t, path))
			debug := filepath.Join(dir, "target.debug")
			run(t, "objcopy", "--only-keep-debug", path, debug)
			run(t, "strip", path)
			run(t, "objcopy", "--add-gnu-debuglink="+debug, path)
			if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(debug, filepath.Join(dir, folder, "target.debug")); err != nil {
				t.Fatal(err)
			}
			checkAgainst(t, open(t, path), want)
		}
	}
}

// TestForeignDebugLink puts the debug file of another program in the place.
func TestForeignDebugLink(t *testing.T) {
	testenv.NeedProgram(t, "objcopy")
	dir := t.TempDir()
	path := build(t, filepath.Join(dir, "target"), target)
	debug := filepath.Join(dir, "target.debug")
	run(t, "objcopy", "--only-keep-debug", path, debug)
	run(t, "strip", path)
	run(t, "objcopy", "--add-gnu-debuglink="+debug, path)
	build(t, debug, "int strange_part(void) { return 1; }\nint main(void) { return 0; }\n")
	file := open(t, path)
	if addr, ok := file.Table().Address("strange_part"); ok {
		t.Errorf("the functions of another program were taken: strange_part at %#x", addr)
	}
}

// TestBuildIDFile finds the debug file below a moved root, with links that must
// not lead out of it.
func TestBuildIDFile(t *testing.T) {
	testenv.NeedProgram(t, "objcopy")
	root := t.TempDir()
	path := build(t, filepath.Join(root, "target"), target, "-Wl,--build-id=0x0123456789abcdef")
	want := own(nm(t, path))
	debug := filepath.Join(root, "elsewhere", "file")
	if err := os.MkdirAll(filepath.Dir(debug), 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, "objcopy", "--only-keep-debug", path, debug)
	run(t, "strip", path)
	link := filepath.Join(root, debugDir, ".build-id/01/23456789abcdef.debug")
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/elsewhere/file", link); err != nil {
		t.Fatal(err)
	}
	stripped, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer stripped.Close()
	file, err := readFile(stripped, debugFinder{path: "/target", roots: []string{filepath.Join(root, "missing"), root}})
	if err != nil {
		t.Fatal(err)
	}
	checkAgainst(t, file, want)
	if file.BuildID() != "0123456789abcdef" {
		t.Errorf("build id %q", file.BuildID())
	}

	outside := filepath.Join(t.TempDir(), "outside")
	copyFile(t, debug, outside)
	if err := os.Remove(debug); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, debug); err != nil {
		t.Fatal(err)
	}
	if found, err := (debugFinder{path: "/target", roots: []string{root}}).find(openELF(t, path), "0123456789abcdef"); found != nil || err != nil {
		t.Errorf("a link led out of the root: %v, %v", found, err)
	}
}

// TestPrelinkedAfterwards has a debug file that was made before all addresses of
// the program were moved, as prelink(8) does.
func TestPrelinkedAfterwards(t *testing.T) {
	testenv.NeedProgram(t, "objcopy")
	dir := t.TempDir()
	path := build(t, filepath.Join(dir, "target"), target, "-Wl,--build-id=none")
	want := own(nm(t, path))
	debug := filepath.Join(dir, "target.debug")
	run(t, "objcopy", "--only-keep-debug", path, debug)
	moved := filepath.Join(dir, "moved")
	const delta = 0x3000000000
	build(t, moved, target, "-pie", "-fPIE", "-Wl,-Ttext-segment=0x3000000000", "-Wl,--build-id=none")
	movedWant := own(nm(t, moved))
	if movedWant["main"] != want["main"]+delta {
		t.Fatalf("main moved from %#x to %#x", want["main"], movedWant["main"])
	}
	run(t, "strip", moved)
	run(t, "objcopy", "--add-gnu-debuglink="+debug, moved)
	checkAgainst(t, open(t, moved), movedWant)
}

func TestMiniDebug(t *testing.T) {
	testenv.NeedProgram(t, "objcopy")
	testenv.NeedProgram(t, "xz")
	dir := t.TempDir()
	path := build(t, filepath.Join(dir, "target"), target)
	want := own(nm(t, path))
	mini := filepath.Join(dir, "mini")
	run(t, "objcopy", "--only-keep-debug", path, mini)
	run(t, "xz", mini)
	run(t, "strip", path)
	run(t, "objcopy", "--add-section", ".gnu_debugdata="+mini+".xz", path)
	checkAgainst(t, open(t, path), want)

	// Damaged, it is an error only where nothing else is known.
	data, err := os.ReadFile(mini + ".xz")
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 0x55
	if _, err := unpack(data); err == nil {
		t.Error("damaged mini debug information was unpacked")
	}
	const dictionary = 12 + 2 + 2 // behind the headers' flags and the filter's id and size
	data[dictionary] = 40
	if err := checkDictionary(data); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("a dictionary of 4 GiB: %v", err)
	}
}

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("no ELF file", 10)), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		filepath.Join(dir, "missing"): "no such file",
		text:                          "bad magic",
		dir:                           "not a regular file",
		"/dev/zero":                   "not a regular file",
	} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v; want %q", path, err, says)
		}
	}
}

func TestDemangle(t *testing.T) {
	for name, want := range map[string]string{
		"main":    "main",
		"_start":  "_start",
		"_Z3fooi": "foo(int)",
		"_ZN3std2io5stdio5print17h0123456789abcdefE": "std::io::stdio::print",
		"_RNvCs1234_7mycrate4main":                   "mycrate::main",
		"_Znonsense":                                 "_Znonsense",
		"_RESULT":                                    "_RESULT",
	} {
		if got := Demangle(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	var d demangled
	for range 2 {
		if got := d.name("_Z3fooi"); got != "foo(int)" {
			t.Error(got)
		}
	}
}

func FuzzReadFile(f *testing.F) {
	path := build(f, filepath.Join(f.TempDir(), "tiny"), "int f(void) { return 1; }", "-shared", "-fPIC", "-nostdlib", "-Wl,-z,noseparate-code")
	data, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		file, err := readFile(bytes.NewReader(data), debugFinder{path: "/none"})
		runtime.ReadMemStats(&after)
		// debug/elf reads up to 10 MiB before it finds that a section ends early.
		if spent := after.TotalAlloc - before.TotalAlloc; spent > uint64(256*len(data)+(64<<20)) {
			t.Fatalf("%d bytes for a file of %d", spent, len(data))
		}
		if err != nil {
			return
		}
		for _, s := range file.table.symbols {
			if _, _, ok := file.table.Lookup(s.addr, true); ok {
				break
			}
		}
	})
}

// What unpacks to far more than any symbols do is refused before it has.
func TestUnpackTooMuch(t *testing.T) {
	var packed bytes.Buffer
	w, err := xz.NewWriter(&packed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 4<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if plain, err := unpack(packed.Bytes()); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("%d bytes from %d, %v", len(plain), packed.Len(), err)
	}
}

func FuzzUnpack(f *testing.F) {
	var packed bytes.Buffer
	w, err := xz.NewWriter(&packed)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := io.WriteString(w, "some text to pack"); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(packed.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		if plain, err := unpack(data); err == nil && len(plain) > maxMini {
			t.Errorf("%d bytes", len(plain))
		}
	})
}

// TestDebugFolders finds debug files where the environment says.
func TestDebugFolders(t *testing.T) {
	testenv.NeedProgram(t, "objcopy")
	dir := t.TempDir()
	path := build(t, filepath.Join(dir, "target"), target, "-Wl,--build-id=0x0123456789abcdef")
	want := own(nm(t, path))
	whole := filepath.Join(dir, "whole")
	copyFile(t, path, whole)
	run(t, "strip", path)
	for variable, below := range map[string]string{
		symfsEnv:     path,
		debugRootEnv: ".build-id/01/23456789abcdef.debug",
	} {
		t.Run(variable, func(t *testing.T) {
			folder := t.TempDir()
			place := filepath.Join(folder, below)
			if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
				t.Fatal(err)
			}
			copyFile(t, whole, place)
			if addr, ok := open(t, path).Table().Address("hidden_part"); ok {
				t.Errorf("hidden_part is at %#x without it", addr)
			}
			t.Setenv(variable, folder)
			checkAgainst(t, open(t, path), want)
			// One of another build does not count.
			build(t, place, "int strange_part(void) { return 1; }\nint main(void) { return 0; }\n", "-Wl,--build-id=0xffff")
			if addr, ok := open(t, path).Table().Address("strange_part"); ok {
				t.Errorf("the functions of another program were taken: strange_part at %#x", addr)
			}
		})
	}
}
