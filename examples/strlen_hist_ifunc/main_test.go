package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestFollowsTheChoice(t *testing.T) {
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "gcc")
	target, other := activity.StartStrlen(t), activity.StartStrlen(t)
	p := testenv.Start(t, testenv.Tool(t, "strlen_hist_ifunc"), "-p", strconv.Itoa(target.Pid()))
	p.Await("Ctrl-C prints", time.Minute)
	for _, n := range []int{3, 3, 500, 500, 500} {
		target.Tell(strings.Repeat("x", n))
	}
	other.Tell("of another process")

	result := p.Stop()
	want := regexp.MustCompile(`^strlen in \S+/libc\.so\.6: the resolver at 0x[0-9a-f]+ chose the function at 0x[0-9a-f]+\n` +
		` +bytes +: count +distribution\n` +
		`(?: +\d+ -> \d+ +: 0 .*\n)*` +
		` +2 -> 3 +: 2 .*\n` +
		`(?: +\d+ -> \d+ +: 0 .*\n)*` +
		` +256 -> 511 +: 3 .*\n` +
		`5 calls of the function seen to be chosen\n` +
		`5 calls of the function found by name\n$`)
	if result.ExitCode != 0 || !want.MatchString(result.Stdout) {
		t.Errorf("does not match %v: %v", want, result)
	}
}

// library builds a shared library with an indirect function, twice, and an
// ordinary one, once.
func library(t *testing.T) string {
	t.Helper()
	testenv.NeedProgram(t, "gcc")
	path := filepath.Join(t.TempDir(), "lib.so")
	cmd := exec.Command("gcc", "-x", "c", "-shared", "-fPIC", "-o", path, "-")
	cmd.Stdin = strings.NewReader(`
static int times_two(int n) { return 2 * n; }
static int (*choose(void))(int) { return times_two; }
int twice(int n) __attribute__((ifunc("choose")));
int once(int n) { return n; }
`)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	return path
}

func TestFindIndirect(t *testing.T) {
	path := library(t)
	if f, err := findIndirect(path, "twice"); err != nil || f.path != path || f.resolver == 0 {
		t.Errorf("twice: %+v, %v", f, err)
	}
	for name, reason := range map[string]string{"once": "no indirect function", "thrice": "exports no thrice"} {
		if _, err := findIndirect(path, name); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v, want %q", name, err, reason)
		}
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no ELF file"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := findIndirect(text, "twice"); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a text file: %v", err)
	}
}
