package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPrograms(t *testing.T) {
	seen := make(map[string]bool)
	for _, p := range programs {
		if _, err := os.Stat(filepath.Join("../..", p.path, "main.go")); err != nil || seen[p.path] {
			t.Errorf("%s: twice, or %v", p.path, err)
		}
		seen[p.path] = true
	}
	if len(seen) != 40 {
		t.Errorf("%d programs", len(seen))
	}
}

func TestCommand(t *testing.T) {
	got := tool("opensnoop", "-p", ofProcess).command("dir", "7")
	if want := []string{"dir/tools/opensnoop", "-v", "-p", "7"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// shell starts a shell script in place of a program.
func shell(script string) (started, error) {
	return startProgram("it", []string{"WORD=Ctrl"}, "/bin/sh", "-c", script)
}

func TestStartProgram(t *testing.T) {
	for name, script := range map[string]string{
		"a tool":    `trap 'exit 0' INT; echo it: attached >&2; echo it: tracing >&2; while :; do sleep 0.05; done`,
		"a lesson":  `trap 'echo bye >&2; exit 0' INT; echo "Tracing; $WORD-C ends it." >&2; while :; do sleep 0.05; done`,
		"a printer": `trap 'exit 0' INT; echo it: tracing >&2; while echo a line >&2; do sleep 0.05; done`,
	} {
		if s, err := shell(script); err != nil || s.refused || s.took <= 0 || s.rss <= 0 {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	s, err := shell("echo 'attach f to kprobe g: kprobes are not available: CONFIG_KPROBES' >&2; exit 1")
	if err != nil || !s.refused || s.took <= 0 {
		t.Errorf("without kprobes: %+v, %v", s, err)
	}
	for script, want := range map[string]string{
		"echo no such file >&2; exit 1": "no such file",
		"exit 0":                        "it ended",
		"trap 'exit 3' INT; echo it: tracing >&2; while :; do sleep 0.05; done": "exit status 3",
	} {
		if s, err := shell(script); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v", script, s, err)
		}
	}
	if _, err := startProgram("it", nil, "/no/such/program"); err == nil {
		t.Error("a program that is not there starts")
	}
}
