package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// TestFileWatch changes a file in the ways that editors do, and wants one piece of
// news for each.
func TestFileWatch(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(at(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	try := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	try(os.Mkdir(at("real"), 0o755))
	put("real/a.c", "#include \"b.h\"\nint a;\n")
	put("b.h", "int b;\n")
	put("real/c.c", "int other;\n")
	try(os.Symlink("real", at("link")))
	try(os.Symlink("link/a.c", at("main.c")))
	f, err := newFileWatch(at("main.c"))
	try(err)
	defer f.close()
	want := func(what string, state fileState) {
		t.Helper()
		select {
		case got := <-f.changed:
			if got != state {
				t.Errorf("%s: %v, want %v", what, got, state)
			}
		case <-time.After(testenv.Timeout(10 * time.Second)):
			t.Errorf("%s: no news", what)
		}
	}
	silence := func(what string) {
		t.Helper()
		select {
		case got := <-f.changed:
			t.Errorf("%s: %v, want nothing", what, got)
		case <-time.After(5 * quiet):
		}
	}
	put("real/a.c", "#include \"b.h\"\nint a2;\n")
	want("written", fileSaved)
	put("real/a.c", "#include \"b.h\"\nint a2;\n")
	put("real/c.c", "int still_other;\n")
	silence("the same, and another file")
	put("real/new", "#include \"b.h\"\nint a3;\n")
	try(os.Rename(at("real/new"), at("real/a.c")))
	want("renamed over", fileSaved)
	put("real/a.c", "")
	silence("truncated")
	put("real/a.c", "#include \"b.h\"\nint a4;\n")
	want("written after that", fileSaved)
	put("b.h", "int b2;\n")
	want("include written", fileSaved)
	try(os.Remove(at("real/a.c")))
	want("removed", fileGone)
	put("real/a.c", "#include \"b.h\"\nint a4;\n")
	silence("made again as it was")
	put("real/a.c", "int a5;\n")
	want("made again", fileSaved)
	try(os.Mkdir(at("other"), 0o755))
	put("other/a.c", "int a6;\n")
	try(os.Symlink("other", at("next")))
	try(os.Rename(at("next"), at("link")))
	want("the folder's link changed", fileSaved)
	put("other/d.c", "int a7;\n")
	try(os.Symlink("other/d.c", at("next")))
	try(os.Rename(at("next"), at("main.c")))
	want("the file's link changed", fileSaved)
	put("other/d.c", "int a8;\n")
	want("written through the new link", fileSaved)
}
