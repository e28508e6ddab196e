package testenv

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// BuildDir returns the folder of the built tools, bin at the module's root. It
// panics outside of a module.
func BuildDir() string {
	root, err := moduleRoot()
	if err != nil {
		panic(err)
	}
	return filepath.Join(root, "bin")
}

// Tool returns the path of a built tool or example, named as its folder. On
// the machine itself it is built first when it is missing or older than its
// source; the VM has no compiler to speak of, so there a missing one fails the
// test.
func Tool(t testing.TB, name string) string {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	pkg, binary, err := findTool(root, name)
	if err != nil {
		t.Fatal(err)
	}
	if Current() != StageVM {
		if err := build(root, pkg, binary); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(binary); err != nil {
		t.Fatalf("tool %s is not built: %v; run make build", name, err)
	}
	return binary
}

// moduleRoot finds the folder of go.mod at or above the current folder, which
// for a test is that of its package.
func moduleRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module's root: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		_, err := os.Stat(filepath.Join(dir, "go.mod"))
		switch {
		case err == nil:
			return dir, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", fmt.Errorf("find the module's root: %w", err)
		case dir == filepath.Dir(dir):
			return "", fmt.Errorf("find the module's root: no go.mod at or above %s", start)
		}
	}
}

// findTool returns the folder of a tool's or example's source and where its
// binary goes.
func findTool(root, name string) (pkg, binary string, err error) {
	for _, place := range []struct{ pattern, bin string }{
		{"tools/" + name, "bin"},
		{"examples/" + name, "bin/examples"},
		{"examples/*/" + name, "bin/examples"},
	} {
		found, err := filepath.Glob(filepath.Join(root, place.pattern, "*.go"))
		if err != nil {
			return "", "", fmt.Errorf("find tool %s: %w", name, err)
		}
		if len(found) > 0 {
			return filepath.Dir(found[0]), filepath.Join(root, place.bin, name), nil
		}
	}
	return "", "", fmt.Errorf("no tool or example %s below %s", name, root)
}

// built remembers what this process has built.
var built struct {
	sync.Mutex
	done map[string]error
}

// build brings a binary up to date, once a process.
func build(root, pkg, binary string) error {
	built.Lock()
	defer built.Unlock()
	if err, ok := built.done[binary]; ok {
		return err
	}
	if built.done == nil {
		built.done = make(map[string]error)
	}
	err := lockedBuild(root, pkg, binary)
	built.done[binary] = err
	return err
}

// lockedBuild builds while no other test process does: two must not write the
// same file.
func lockedBuild(root, pkg, binary string) error {
	state := filepath.Join(root, ".build")
	if err := os.MkdirAll(state, 0o755); err != nil {
		return fmt.Errorf("build %s: %w", pkg, err)
	}
	lock, err := os.Create(filepath.Join(state, "tools.lock"))
	if err != nil {
		return fmt.Errorf("build %s: %w", pkg, err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("build %s: lock %s: %w", pkg, lock.Name(), err)
	}
	cmd := exec.Command("go", "build", "-o", binary, pkg)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return nil
}
