package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// embedding is a program that loads what it has embedded, or fails.
const embedding = `package main

import (
	"embed"
	"fmt"
	"log"

	"github.com/bccgo/bcc/bccgo"
)

//go:embed baked
var baked embed.FS

//go:embed trace.c
var text string

func main() {
	m, err := bccgo.Load(text, &bccgo.Options{Baked: baked, Cache: bccgo.CacheOff})
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	fmt.Println(m.Functions(), m.Tables(), len(m.Links()))
}
`

const traced = `BPF_HASH(seen);
TRACEPOINT_PROBE(syscalls, sys_enter_sync)
{
	return 0;
}
`

// TestLiveBake describes this kernel, bakes a program for it and starts it from
// a binary that was built without cgo, embedded and out of the cache.
func TestLiveBake(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_sync")
	if testenv.Current() == testenv.StageVM {
		t.Skip("there is no Go compiler in the machine")
	}
	tool := testenv.Tool(t, "bccgo")
	// Inside the module, so that the program can use it.
	dir, err := os.MkdirTemp(".", "testbake")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for name, text := range map[string]string{"main.go": embedding, "trace.c": traced} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	target := filepath.Join(t.TempDir(), "target")
	good := func(argv ...string) testenv.Result {
		t.Helper()
		r := testenv.Run(t, time.Minute, argv...)
		if r.ExitCode != 0 {
			t.Fatalf("%v: %v", argv, r)
		}
		return r
	}
	good(tool, "target", "dump", target)
	if r := good(tool, "bake", "-t", target, "-o", filepath.Join(dir, "baked"), filepath.Join(dir, "trace.c")); !strings.Contains(r.Stdout, ".bundle") {
		t.Errorf("bake: %v", r)
	}
	if r := testenv.Run(t, time.Minute, tool, "target", "dump", target); r.ExitCode == 0 || !strings.Contains(r.Stderr, "not empty") {
		t.Errorf("dumping into a used folder: %v", r)
	}

	program := build(t, "./"+dir, "CGO_ENABLED=0")
	t.Setenv("BCCGO_HEADERS", filepath.Join(t.TempDir(), "none"))
	if r := good(program); r.Stdout != "[tracepoint__syscalls__sys_enter_sync] [seen] 1\n" {
		t.Errorf("the embedded program: %v", r)
	}
	testCachedWithoutCgo(t, filepath.Join(dir, "trace.c"))
}

// TestLiveBakeExtern bakes a program whose table is another one's.
func TestLiveBakeExtern(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	tool, dir := testenv.Tool(t, "bccgo"), t.TempDir()
	from, to := filepath.Join(dir, "from.c"), filepath.Join(dir, "to.c")
	for name, text := range map[string]string{
		from: `BPF_TABLE_PUBLIC("hash", u32, u64, seen, 16);`,
		to:   `BPF_TABLE("extern", u32, u64, seen, 16);`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if r := testenv.Run(t, time.Minute, tool, "bake", "-o", filepath.Join(dir, "baked"), from, to); r.ExitCode != 0 || strings.Count(r.Stdout, ".bundle") != 2 {
		t.Errorf("bake: %v", r)
	}
	r := testenv.Run(t, time.Minute, tool, "bake", "-o", filepath.Join(dir, "wrong"), to, from)
	if r.ExitCode == 0 || !strings.Contains(r.Stderr, "extern table seen") || strings.Count(r.Stdout, ".bundle") != 1 {
		t.Errorf("bake in the wrong order: %v", r)
	}
}

// testCachedWithoutCgo runs a program that was compiled by a binary with cgo
// from one without.
func testCachedWithoutCgo(t *testing.T, file string) {
	t.Helper()
	headers := os.Getenv("BCCGO_HEADERS")
	t.Setenv("BCCGO_HEADERS", spareHeaders(t))
	t.Setenv("BCCGO_CACHE", filepath.Join(t.TempDir(), "cache"))
	// Both of the same state of the sources, as the cache wants it.
	tool, static := build(t, ".", "CGO_ENABLED=1"), build(t, ".", "CGO_ENABLED=0")
	if r := testenv.Run(t, time.Minute, static, "run", "-d", "0", file); r.ExitCode == 0 || !strings.Contains(r.Stderr, "without cgo") {
		t.Errorf("before it was compiled: %v", r)
	}
	for _, bin := range []string{tool, static} {
		if r := testenv.Run(t, time.Minute, bin, "run", "-d", "0", file); r.ExitCode != 0 {
			t.Errorf("%s: %v", bin, r)
		}
	}
	t.Setenv("BCCGO_HEADERS", headers)
}

// spareHeaders finds any kernel's headers.
func spareHeaders(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("/lib/modules/*/build")
	if err != nil || len(found) == 0 {
		t.Fatalf("no headers: %v", err)
	}
	return filepath.Dir(found[len(found)-1])
}

func build(t *testing.T, pkg, cgo string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "built")
	cmd := exec.Command("go", "build", "-o", path, pkg)
	cmd.Env = append(os.Environ(), cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, out)
	}
	return path
}
