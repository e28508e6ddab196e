package cc

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/internal/testenv"
)

// userEnv makes this test binary a program that compiles a text, the variable's
// value, with headers made from types, and cancelEnv one that gives up as soon as
// there is a folder for them. It prints the error.
const (
	userEnv   = "BCCGO_TEST_USER_TEXT"
	cancelEnv = "BCCGO_TEST_USER_CANCEL"
)

const kernelTypes = "/sys/kernel/btf/vmlinux"

// compileAsUser is the program.
func compileAsUser() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if os.Getenv(cancelEnv) != "" {
		go func() {
			for len(trees(os.TempDir())) == 0 {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
	}
	r, err := Compile(ctx, &Request{
		Text:   os.Getenv(userEnv),
		Target: bundle.Target{Release: "6.1.0", Machine: "x86_64", PossibleCPUs: 4, OnlineCPUs: 2},
		Tree:   &Tree{BTF: kernelTypes, Version: 6<<16 + 1<<8, Includes: []string{"linux/sched.h"}},
	})
	if err == nil && r.Bundle.Function("count") == nil {
		err = errors.New("the program has no function")
	}
	return err
}

// trees are the folders for headers in a folder for temporary files.
func trees(tmp string) []string {
	list, _ := filepath.Glob(filepath.Join(tmp, treePrefix+"*"))
	return list
}

const walking = `
#include <linux/sched.h>
BPF_HASH(counts, u32, u64);

int count(void *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	u32 parent = task->real_parent->tgid;

	counts.increment(parent);
	return 0;
}
`

// user is somebody who may not mount, and whose folder for temporary files is
// his own.
type user struct {
	t          *testing.T
	path, temp string
}

func newUser(t *testing.T) *user {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user")
	}
	if _, err := os.Stat(kernelTypes); err != nil {
		t.Skip("this kernel has no types: ", err)
	}
	if testenv.Current() == testenv.StageVM {
		t.Skip("what is emulated compiles slowly")
	}
	temp, err := os.MkdirTemp("/var/tmp", "bccgo-user-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(temp) })
	if err := os.Chown(temp, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	return &user{t, testenv.CopySelf(t, 0o755), temp}
}

// start has the user compile a text.
func (u *user) start(text string, env ...string) *testenv.Proc {
	u.t.Helper()
	cmd := exec.Command(u.path)
	cmd.Env = append(os.Environ(), userEnv+"="+text, "TMPDIR="+u.temp, SpoolEnv+"=")
	cmd.Env = append(cmd.Env, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	return testenv.StartCmd(u.t, cmd)
}

// wantEmpty wants nothing left of a compile.
func (u *user) wantEmpty(what string) {
	u.t.Helper()
	if left, err := os.ReadDir(u.temp); len(left) > 0 || err != nil {
		u.t.Errorf("%s: %v is left, %v", what, left, err)
	}
}

// TestTreeOfUser compiles as a user whose header trees are in a temporary folder.
func TestTreeOfUser(t *testing.T) {
	u := newUser(t)
	for name, test := range map[string]struct{ text, env, want string }{
		"good":   {walking, "", ""},
		"syntax": {"int count(void *ctx)\n{\n\treturn none;\n}\n", "", "undeclared identifier 'none'"},
		// libbcc exits over it.
		"stack":     {"int count(void *ctx)\n{\n\tchar b[600];\n\t__builtin_memset(b, 1, sizeof(b));\n\tbpf_trace_printk(\"%s\", b);\n\treturn b[5];\n}\n", "", "stack"},
		"cancelled": {walking, cancelEnv + "=1", context.Canceled.Error()},
	} {
		r := u.start(test.text, test.env).Wait(time.Minute)
		if good := test.want == ""; (r.ExitCode == 0) != good || !strings.Contains(r.Stderr, test.want) {
			t.Errorf("%s: %v", name, r)
		}
		u.wantEmpty(name)
	}
}

// TestTreeOfKilledUser kills a program while it compiles. The next one removes
// what it left, a minute later.
func TestTreeOfKilledUser(t *testing.T) {
	u := newUser(t)
	p := u.start(walking)
	for deadline := time.Now().Add(testenv.Timeout(time.Minute)); len(trees(u.temp)) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no header tree appears")
		}
	}
	p.Signal(syscall.SIGKILL)
	if r := p.Wait(time.Minute); r.Signal != syscall.SIGKILL {
		t.Fatalf("it ended before: %v", r)
	}
	left := trees(u.temp)
	if len(left) != 1 {
		t.Fatalf("%v is left", left)
	}
	awaitUnlocked(t, left[0])
	if r := u.start(walking).Wait(time.Minute); r.ExitCode != 0 || len(trees(u.temp)) != 1 {
		t.Errorf("within the minute: %v is left\n%v", trees(u.temp), r)
	}
	makeOld(t, left[0])
	if r := u.start(walking).Wait(time.Minute); r.ExitCode != 0 {
		t.Error(r)
	}
	u.wantEmpty("after the minute")
}

// awaitUnlocked waits for the end of the compile child, which the kernel kills.
func awaitUnlocked(t *testing.T, path string) {
	t.Helper()
	dir, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	for deadline := time.Now().Add(testenv.Timeout(time.Minute)); ; time.Sleep(time.Millisecond) {
		err := unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("somebody has the folder open still: ", err)
		}
	}
}

// makeOld has a folder look as if it had been made some time ago.
func makeOld(t *testing.T, path string) {
	t.Helper()
	past := time.Now().Add(-2 * staleAfter)
	if err := os.Chtimes(path, past, past); err != nil {
		t.Fatal(err)
	}
}
