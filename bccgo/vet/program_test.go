package vet

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestPrograms checks the programs of testdata, an archive each, whose last file
// "want" lists the findings: the place with what stands there, the category and
// the first line of the message, with the macros that it came out of.
func TestPrograms(t *testing.T) {
	unitOnly(t)
	someHeaders(t)
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no programs: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { testProgram(t, name) })
	}
}

// summary is a message without its excerpt, and the notes that are the same on
// every kernel.
func summary(message string) string {
	text, rest, _ := strings.Cut(message, "\n")
	for line := range strings.Lines(rest) {
		if _, note, ok := strings.Cut(line, ": note: expanded from macro "); ok {
			text += " (in macro " + strings.TrimSuffix(note, "\n") + ")"
		}
	}
	return text
}

func testProgram(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	dir := unpack(t, archive)
	target := filepath.Join(dir, "target")
	if _, err := os.Stat(target); err != nil {
		target = ""
	}
	fset, found, err := analyze(t, dir, &settings{target: target})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, d := range found {
		lines = append(lines, fmt.Sprintf("%s: %s: %s\n", place(t, fset, dir, d.Pos), d.Category, summary(d.Message)))
	}
	slices.Sort(lines)
	got := strings.Join(lines, "")
	want := &archive.Files[len(archive.Files)-1]
	if want.Name != "want" {
		t.Fatalf("the last file is %s, not want", want.Name)
	}
	if got == string(want.Data) {
		return
	}
	if os.Getenv("BCCGO_UPDATE_GOLDEN") == "" {
		t.Fatalf("got\n%s\nwant\n%s\nBCCGO_UPDATE_GOLDEN=1 writes it anew", got, want.Data)
	}
	want.Data = []byte(got)
	if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// unpack writes a program's files to a folder of their own. What the target's
// description leaves open is taken from this host.
func unpack(t *testing.T, archive *txtar.Archive) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "target")); err == nil {
		describeTarget(t, filepath.Join(dir, "target"))
	}
	return dir
}
