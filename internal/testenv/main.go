package testenv

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
	"time"
)

// leakGrace is how long what a test stopped may take to disappear.
const leakGrace = 2 * time.Second

// Main runs the tests of a package from its TestMain and exits. The exit
// status is not 0 when a test failed, and also when the tests left goroutines,
// file descriptors, child processes or temporary files behind; what leaked is
// printed.
//
// While the tests run, TMPDIR is a folder of the package's own, and BCCGO_CACHE
// another (in the VM it is off). Both are removed at the end.
func Main(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	tmp, err := privateTemp()
	if err != nil {
		fmt.Fprintf(os.Stderr, "testenv: make a temporary folder: %v\n", err)
		return 1
	}
	defer os.RemoveAll(tmp)
	cache, err := privateCache()
	if err != nil {
		fmt.Fprintf(os.Stderr, "testenv: make a cache: %v\n", err)
		return 1
	}
	if cache != "" {
		defer os.RemoveAll(cache)
	}

	startForker()
	before := takeSnapshot()
	code := m.Run()
	// The garbage collector closes forgotten files, and would hide them.
	debug.SetGCPercent(-1)
	leaks := awaitNoLeaks(before, tmp, Timeout(leakGrace))
	for _, leak := range leaks {
		fmt.Fprintf(os.Stderr, "testenv: left behind: %s\n", leak)
	}
	if len(leaks) > 0 && code == 0 {
		fmt.Println("FAIL: the tests left something behind")
		return 1
	}
	return code
}

// privateTemp makes a folder and moves os.TempDir there.
func privateTemp() (string, error) {
	tmp, err := os.MkdirTemp("", "bccgo-test-")
	if err != nil {
		return "", err
	}
	return tmp, os.Setenv("TMPDIR", tmp)
}

// privateCache makes a folder and has compiled programs kept there. In the VM
// nothing is kept: comparing a thousand headers takes minutes through its
// emulated file system.
func privateCache() (string, error) {
	if Current() == StageVM {
		return "", os.Setenv("BCCGO_CACHE", "off")
	}
	dir, err := os.MkdirTemp(filepath.Dir(os.TempDir()), "bccgo-test-cache-")
	if err != nil {
		return "", err
	}
	return dir, os.Setenv("BCCGO_CACHE", dir)
}

// awaitNoLeaks compares with the state before, again and again until there is
// no difference or the time is over. It returns the last differences.
func awaitNoLeaks(before snapshot, tmp string, grace time.Duration) []string {
	deadline := time.Now().Add(grace)
	for {
		leaks := append(before.leaks(takeSnapshot()), entries(tmp)...)
		if len(leaks) == 0 || time.Now().After(deadline) {
			return leaks
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// entries describes what is in a temporary folder.
func entries(tmp string) []string {
	found, err := os.ReadDir(tmp)
	if err != nil {
		return []string{fmt.Sprintf("unknown temporary files: %v", err)}
	}
	var list []string
	for _, entry := range found {
		list = append(list, "temporary file "+entry.Name())
	}
	return list
}
