package rules

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// snippet is a fenced block of a document.
type snippet struct {
	file string
	line int // of the fence
	text string
}

// snippets lists a document's blocks of a language.
func snippets(name, text, language string) []snippet {
	var list []snippet
	var open *snippet
	for i, line := range strings.SplitAfter(text, "\n") {
		switch {
		case open != nil && strings.TrimSpace(line) == "```":
			list = append(list, *open)
			open = nil
		case open != nil:
			open.text += line
		case strings.TrimSpace(line) == "```"+language:
			open = &snippet{file: name, line: i + 1}
		}
	}
	return list
}

// TestGoInDocumentsBuilds builds and vets the Go programs in the documents. A
// part of a program cannot be checked, so there must be none.
func TestGoInDocumentsBuilds(t *testing.T) {
	n := 0
	for _, name := range named(t, "*.md") {
		for _, s := range snippets(name, string(read(t, name)), "go") {
			n++
			t.Run(fmt.Sprintf("%s:%d", name, s.line), func(t *testing.T) {
				if err := buildProgram(t, s.text); err != nil {
					t.Error(err)
				}
			})
		}
	}
	if n == 0 {
		t.Error("no Go program in any document: README.md must show one")
	}
}

func TestBuildProgramRefuses(t *testing.T) {
	for _, text := range []string{
		"m.Close()\n",
		"package main\n\nfunc main() { nothing() }\n",
	} {
		if buildProgram(t, text) == nil {
			t.Errorf("a program that cannot be built passed:\n%s", text)
		}
	}
}

func buildProgram(t *testing.T, text string) error {
	if !strings.Contains("\n"+text, "\npackage main\n") {
		return fmt.Errorf("not a whole program; only those can be checked")
	}
	if bad := unformatted("the program", []byte(text)); len(bad) > 0 {
		return fmt.Errorf("%s", bad[0])
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	for _, args := range [][]string{{"vet", file}, {"build", "-o", filepath.Join(dir, "main"), file}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", args[0], err, out)
		}
	}
	return nil
}
