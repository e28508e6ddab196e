package rules

import (
	"debug/elf"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// compilers are the libraries that must not be needed to start a program: they
// are opened in the compile child alone.
var compilers = []string{"libbcc", "libLLVM", "libclang"}

// programs lists the folders with a main package and the binary of each.
func programs(t *testing.T) map[string]string {
	t.Helper()
	list := make(map[string]string)
	for _, f := range goFiles(t) {
		switch {
		case f.isTest() || f.ast.Name.Name != "main":
		case within(f.dir(), "tools"):
			list[f.dir()] = filepath.Join(root, "bin", path.Base(f.dir()))
		case within(f.dir(), "examples"):
			list[f.dir()] = filepath.Join(root, "bin/examples", path.Base(f.dir()))
		}
	}
	return list
}

// ensureBuilt builds all programs if one is missing.
func ensureBuilt(t *testing.T, programs map[string]string) {
	t.Helper()
	for _, binary := range programs {
		if _, err := os.Stat(binary); err == nil {
			continue
		}
		if out, err := exec.Command(root + "/scripts/build").CombinedOutput(); err != nil {
			t.Fatalf("scripts/build: %v\n%s", err, out)
		}
		return
	}
}

func TestProgramsStartWithoutCompiler(t *testing.T) {
	list := programs(t)
	if len(list) == 0 {
		t.Fatal("there are no programs")
	}
	ensureBuilt(t, list)
	for _, binary := range list {
		file, err := elf.Open(binary)
		if err != nil {
			t.Error(err)
			continue
		}
		libraries, err := file.ImportedLibraries()
		file.Close()
		if err != nil {
			t.Errorf("%s: %v", binary, err)
		}
		report(t, needless(binary, libraries))
	}
	wants(t, 1, needless("x", []string{"libc.so.6", "libbcc.so.0"}))
}

// needless lists the compiler libraries among those a binary needs.
func needless(binary string, libraries []string) []string {
	var list []string
	for _, library := range libraries {
		for _, c := range compilers {
			if strings.HasPrefix(library, c) {
				list = append(list, binary+" needs "+library+" to start")
			}
		}
	}
	return list
}
