package bccgo

import (
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestSymbolFormat(t *testing.T) {
	read := Symbol{Name: "read", Offset: 0x1f, Module: "/usr/lib/libc.so.6"}
	for _, test := range []struct {
		symbol Symbol
		opts   *SymOptions
		want   string
	}{
		{read, nil, "read"},
		{read, &SymOptions{Offset: true}, "read+0x1f"},
		{read, &SymOptions{Module: true}, "read [libc.so.6]"},
		{read, &SymOptions{Offset: true, Module: true}, "read+0x1f [libc.so.6]"},
		{Symbol{Name: "vfs_read", Module: "kernel"}, &SymOptions{Offset: true, Module: true}, "vfs_read+0x0 [kernel]"},
		{Symbol{Name: "__vdso_time", Module: "[vdso]"}, &SymOptions{Module: true}, "__vdso_time [vdso]"},
		{Symbol{Name: "jitted"}, &SymOptions{Module: true}, "jitted"},
		{Symbol{}, nil, "[unknown]"},
		{Symbol{Offset: 7}, &SymOptions{Offset: true, Module: true}, "[unknown]"},
		{Symbol{Module: "/opt/stripped"}, &SymOptions{Offset: true, Module: true}, "[unknown] [stripped]"},
	} {
		if got := test.symbol.Format(test.opts); got != test.want {
			t.Errorf("%+v with %+v: %q, want %q", test.symbol, test.opts, got, test.want)
		}
	}
	if got := read.String(); got != "read+0x1f" {
		t.Errorf("String: %q", got)
	}
}

// buildC compiles C or C++ (by the program's name) for a test.
func buildC(t testing.TB, compiler, text string, args ...string) string {
	t.Helper()
	testenv.NeedProgram(t, compiler)
	path := filepath.Join(t.TempDir(), "target")
	key := strings.Join(append([]string{compiler, text}, args...), "\x00")
	built.Lock()
	defer built.Unlock()
	if built.programs[key] == nil {
		compileC(t, path, compiler, text, args)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		built.programs[key] = data
		return path
	}
	if err := os.WriteFile(path, built.programs[key], 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// built keeps the programs that tests share: a compile takes long on an emulated
// machine.
var built = struct {
	sync.Mutex
	programs map[string][]byte
}{programs: make(map[string][]byte)}

func compileC(t testing.TB, path, compiler, text string, args []string) {
	t.Helper()
	language := map[string]string{"gcc": "c", "musl-gcc": "c", "g++": "c++"}[compiler]
	cmd := exec.Command(compiler, append([]string{"-x", language, "-O1", "-g0", "-o", path, "-"}, args...)...)
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", compiler, err, out)
	}
}

const mangledText = `
namespace probe {
	template <typename T> __attribute__((noinline)) T twice(T n) { asm volatile("" : : : "memory"); return n + n; }
}
int main(int argc, char **) { return probe::twice(argc) == probe::twice(2L); }
`

// addressBy finds a function as nm prints it.
func addressBy(t testing.TB, path, name string) uint64 {
	t.Helper()
	testenv.NeedProgram(t, "nm")
	out, err := exec.Command("nm", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[2] == name {
			addr, err := strconv.ParseUint(fields[0], 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			return addr
		}
	}
	t.Fatalf("nm finds no %s in %s", name, path)
	return 0
}

func TestOpenSymbols(t *testing.T) {
	path := buildC(t, "g++", mangledText, "-Wl,--build-id=0xfedcba98")
	const mangled, plain = "_ZN5probe5twiceIiEET_S1_", "int probe::twice<int>(int)"
	want := addressBy(t, path, mangled)
	f, err := OpenSymbols(path)
	if err != nil {
		t.Fatal(err)
	}
	if addr, err := f.Address(mangled); err != nil || addr != want {
		t.Errorf("Address: %#x, %v; nm says %#x", addr, err, want)
	}
	if s, err := f.At(want + 1); err != nil || s != (Symbol{Name: plain, Offset: 1, Module: path}) {
		t.Errorf("At: %+v, %v", s, err)
	}
	if f.Path() != path || f.BuildID() != "fedcba98" {
		t.Errorf("path %s, build id %s", f.Path(), f.BuildID())
	}
	var unknown *UnknownSymbolError
	if _, err := f.At(1); !errors.As(err, &unknown) || unknown.Module != path {
		t.Errorf("At nowhere: %v", err)
	}
	if _, err := f.AtOffset(math.MaxUint64); !errors.As(err, &unknown) {
		t.Errorf("AtOffset nowhere: %v", err)
	}
	if _, err := f.Address("twice"); !errors.As(err, &unknown) || unknown.Name != "twice" {
		t.Errorf("Address of nothing: %v", err)
	}
	if _, err := OpenSymbols(path + ".none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}

	s := NewSymbols(nil)
	if err := s.AddModule(path); err != nil {
		t.Fatal(err)
	}
	if _, err := s.LookupBuildID(BuildIDFrame{BuildID: "fedcba98", Offset: math.MaxUint64}); !errors.As(err, &unknown) {
		t.Errorf("nowhere in a module: %v", err)
	}
	if _, err := s.LookupBuildID(BuildIDFrame{BuildID: "00"}); !errors.As(err, &unknown) || !strings.Contains(err.Error(), "AddModule") {
		t.Errorf("a module not added: %v", err)
	}
	if err := s.AddModule(buildC(t, "gcc", "int main(void) { return 0; }", "-Wl,--build-id=none")); err == nil || !strings.Contains(err.Error(), "no build id") {
		t.Errorf("a module without build id: %v", err)
	}
}

func TestSymbolsUnknown(t *testing.T) {
	s := NewSymbols(&SymbolsOptions{MaxBytes: 1 << 20})
	if got := s.Sym(0x10, os.Getpid(), &SymOptions{Offset: true, Module: true}); got != "[unknown]" {
		t.Errorf("an address in no memory: %q", got)
	}
	if got := Sym(0x10, 1<<30, nil); got != "[unknown]" {
		t.Errorf("a process that is not there: %q", got)
	}
	var failed *ProcessError
	if _, err := s.Lookup(0x10, 1<<30); !errors.As(err, &failed) || failed.PID != 1<<30 {
		t.Errorf("a process that is not there: %v", err)
	}
	if _, err := s.Lookup(0x10, 0); !errors.As(err, &failed) {
		t.Errorf("process 0: %v", err)
	}
	if _, err := s.Address(os.Getpid(), "/no/such/file", "main"); err == nil || !strings.Contains(err.Error(), "/no/such/file") {
		t.Errorf("a file not mapped: %v", err)
	}
}

func TestFolded(t *testing.T) {
	var out strings.Builder
	err := WriteFolded(&out,
		FoldedStack{Comm: "cat", User: []string{"read", "main"}, Kernel: []string{"vfs_read", "ksys_read"}, Count: 12},
		FoldedStack{Comm: "cat", User: []string{"read", "main"}, Kernel: []string{"vfs_read"}, Delimiter: true, Count: 3},
		FoldedStack{Comm: "kworker/0:1", Kernel: []string{"schedule"}, Delimiter: true, Count: math.MaxUint64},
		FoldedStack{Comm: "a;b\nc", User: []string{"<[u8; 4] as Trait>::run"}, Count: 0},
	)
	const want = "cat;main;read;ksys_read;vfs_read 12\n" +
		"cat;main;read;-;vfs_read 3\n" +
		"kworker/0:1;schedule 18446744073709551615\n" +
		"a:b c;<[u8: 4] as Trait>::run 0\n"
	if err != nil || out.String() != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out.String(), want)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	if err := WriteFolded(full, FoldedStack{}); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("a full device: %v", err)
	}
}

func TestSignedStackID(t *testing.T) {
	for id, want := range map[int64]int64{0: 0, 5: 5, -14: -14, math.MaxInt32: math.MaxInt32, math.MaxUint32 - 13: -14, 1 << 33: 1 << 33} {
		if got := signed(id); got != want {
			t.Errorf("%d: %d, want %d", id, got, want)
		}
	}
}
