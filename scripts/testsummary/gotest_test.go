package main

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// packages are what "go test -json" is run on, to see the events of this Go
// version and not only those the other tests make up.
var packages = map[string]string{
	"good": `package good
		import "testing"
		func TestGood(t *testing.T) { t.Run("leaf", func(t *testing.T) {}) }`,
	"bad": `package bad
		import "testing"
		func TestBad(t *testing.T) { t.Error("wrong on purpose") }`,
	"skips": `package skips
		import "testing"
		func TestSkips(t *testing.T) { t.Skip("not today") }`,
	"panics": `package panics
		import "testing"
		func TestPanics(t *testing.T) { panic("on purpose") }
		func TestAfterwards(t *testing.T) {}`,
	"exits": `package exits
		import ("os"; "testing")
		func TestMain(m *testing.M) { m.Run(); println("left behind"); os.Exit(1) }
		func TestFine(t *testing.T) {}`,
	"broken": `package broken
		func TestBroken(t *testing.T) {}`,
}

func TestRealEvents(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "go.mod"), "module m\n\ngo 1.25\n")
	for name, text := range packages {
		write(t, filepath.Join(root, name, name+"_test.go"), text)
	}
	write(t, filepath.Join(root, "empty", "empty.go"), "package empty\n")
	cmd := exec.Command("go", "test", "-json", "-vet=off", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err == nil {
		t.Fatal("go test did not fail")
	}
	s := newStage("unit")
	if err := s.read(bytes.NewReader(out)); err != nil || len(s.damage) > 0 {
		t.Fatalf("events: %v %v\n%s", err, s.damage, cmd.Stderr)
	}
	got, output := make(map[string]string), make(map[string]string)
	for _, v := range verdicts([]*stage{s}, nil) {
		got[v.String()] = v.state
		output[v.String()] = v.reason
		for _, f := range v.failures {
			output[v.String()] += f.output
		}
	}
	want := map[string]string{
		"m/good TestGood/leaf": passed,
		"m/bad TestBad":        failed,
		"m/skips TestSkips":    skipped,
		"m/panics TestPanics":  failed,
		"m/exits":              failed,
		"m/exits TestFine":     passed,
		"m/broken":             failed,
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for name, text := range map[string]string{
		"m/bad TestBad":       "wrong on purpose",
		"m/skips TestSkips":   "not today",
		"m/panics TestPanics": "panic: on purpose",
		"m/exits":             "left behind",
		"m/broken":            "undefined: testing",
	} {
		if !strings.Contains(output[name], text) {
			t.Errorf("%s: %q not in %q", name, text, output[name])
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
