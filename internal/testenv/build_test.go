package testenv

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fakeModule makes a module with one tool and one example, and goes there.
func fakeModule(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	source := "package main\n\nfunc main() { println(\"I am built\") }\n"
	for path, text := range map[string]string{
		"go.mod":                         "module example.com/fake\n\ngo 1.25\n",
		"tools/fakesnoop/main.go":        source,
		"examples/01_hello/main.go":      source,
		"examples/seeds/fakeseed/far.go": source,
	} {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(filepath.Join(root, "tools", "fakesnoop"))
	return root
}

func TestBuildDir(t *testing.T) {
	root := fakeModule(t)
	if got, want := BuildDir(), filepath.Join(root, "bin"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	t.Chdir("/")
	defer func() {
		if recover() == nil {
			t.Error("no panic outside of a module")
		}
	}()
	BuildDir()
}

func TestToolBuilds(t *testing.T) {
	t.Setenv(StageEnv, "unit")
	root := fakeModule(t)
	path := Tool(t, "fakesnoop")
	if want := filepath.Join(root, "bin", "fakesnoop"); path != want {
		t.Errorf("got %s, want %s", path, want)
	}
	if got := Run(t, 5*time.Second, path); got.Stderr != "I am built\n" {
		t.Errorf("the built tool gives %v", got)
	}
}

func TestToolInTheVM(t *testing.T) {
	fakeModule(t)
	t.Setenv(StageEnv, "vm")
	if how, why := outcome(func(tb testing.TB) { Tool(tb, "fakesnoop") }); how != "fatal" || !strings.Contains(why, "make build") {
		t.Errorf("a tool that is not built: %s: %s", how, why)
	}
}

func TestFindTool(t *testing.T) {
	root := fakeModule(t)
	for name, want := range map[string]string{
		"fakesnoop": "bin/fakesnoop",
		"01_hello":  "bin/examples/01_hello",
		"fakeseed":  "bin/examples/fakeseed",
	} {
		_, binary, err := findTool(root, name)
		if err != nil || binary != filepath.Join(root, want) {
			t.Errorf("%s: %s, %v; want %s", name, binary, err, want)
		}
	}
	if _, _, err := findTool(root, "nothing"); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("unknown tool: %v", err)
	}
}
