package bccgo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// callChain makes the system call itself, at the end of two chains of calls. A
// letter from its input says which; it answers with a letter.
const callChain = `
#include <stdio.h>
#include <sys/syscall.h>

#define KEEP __attribute__((noinline))
#define BARRIER asm volatile("" : : : "memory")

KEEP static long inner_call(void)
{
	long result = SYS_getppid;

	/* Else gcc makes no frame here, as nothing is called. */
	asm volatile("" : : "r"(__builtin_frame_address(0)));
#if defined(__x86_64__)
	asm volatile("syscall" : "+a"(result) : : "rcx", "r11", "memory");
#elif defined(__aarch64__)
	register long number asm("x8") = SYS_getppid;
	register long first asm("x0");
	asm volatile("svc #0" : "=r"(first) : "r"(number) : "memory");
	result = first;
#endif
	return result;
}

KEEP static long middle_call(void)
{
	long result = inner_call();

	BARRIER;
	return result + 1;
}

KEEP static long outer_call(void)
{
	long result = middle_call();

	BARRIER;
	return result + 1;
}

KEEP static long other_call(void)
{
	long result = inner_call();

	BARRIER;
	return result + 2;
}

int main(void)
{
	int c;

	while ((c = getchar()) != EOF) {
		if (c == 'a')
			outer_call();
		else
			other_call();
		putchar('.');
		fflush(stdout);
	}
	return 0;
}
`

// chain is a running callChain, or another program that takes letters.
type chain struct {
	t    *testing.T
	path string
	pid  int
	in   io.Writer
	out  io.Reader
}

func startChain(t *testing.T) *chain {
	t.Helper()
	return startAnswering(t, buildC(t, "gcc", callChain, "-fno-omit-frame-pointer", "-fno-optimize-sibling-calls", "-Wl,--build-id"))
}

// startAnswering starts a program that does what letters from its input say.
func startAnswering(t *testing.T, path string) *chain {
	t.Helper()
	c := &chain{t: t, path: path}
	cmd := exec.Command(c.path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if c.out, err = cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", c.path, err)
		}
	})
	c.in, c.pid = in, cmd.Process.Pid
	awaitSleep(t, c.pid)
	return c
}

// awaitSleep waits until a process has nothing to do. One that was just started
// need not have mapped its files yet.
func awaitSleep(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(testenv.Timeout(10 * time.Second)); ; time.Sleep(time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(stat, []byte(") S ")) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("process %d does not come to rest: %s", pid, stat)
		}
	}
}

// call makes the process call, and waits until it has.
func (c *chain) call(letter string) {
	c.t.Helper()
	if _, err := io.WriteString(c.in, letter); err != nil {
		c.t.Fatal(err)
	}
	if _, err := io.ReadFull(c.out, make([]byte, 1)); err != nil {
		c.t.Fatal(err)
	}
}

const stackText = `
BPF_STACK_TRACE(stacks, 1024);
BPF_STACK_TRACE(tiny, 1);
BPF_STACK_TRACE_BUILDID(builds, 1024);
BPF_ARRAY(ids, int, 4);
BPF_HASH(other, u32, u32);

TRACEPOINT_PROBE(syscalls, sys_enter_getppid)
{
	if (bpf_get_current_pid_tgid() >> 32 != CHILD)
		return 0;
	int at = 0, id = stacks.get_stackid(args, BPF_F_USER_STACK);
	ids.update(&at, &id);
	at = 2;
	id = tiny.get_stackid(args, BPF_F_USER_STACK);
	ids.update(&at, &id);
	at = 3;
	id = builds.get_stackid(args, BPF_F_USER_STACK);
	ids.update(&at, &id);
	return 0;
}
`

// Where stackText stores an id.
const (
	userID = iota
	kernelID
	tinyID
	buildID
)

func loadStacks(t *testing.T, c *chain, text string) (*Module, func(which int32) int64) {
	t.Helper()
	m := loadLive(t, text, &Options{Defines: map[string]string{"CHILD": strconv.Itoa(c.pid)}})
	ids, err := Map[int32, int32](m, "ids")
	if err != nil {
		t.Fatal(err)
	}
	return m, func(which int32) int64 {
		id, err := ids.Lookup(which)
		if err != nil {
			t.Fatal(err)
		}
		return int64(id)
	}
}

func openStacks(t *testing.T, m *Module, name string) *StackTable {
	t.Helper()
	s, err := StackTraces(m, name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLiveSymUserStack(t *testing.T) {
	testenv.Live(t)
	testenv.NotEmulated(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	c := startChain(t)
	m, id := loadStacks(t, c, stackText)
	c.call("a")
	stacks := openStacks(t, m, "stacks")
	first := id(userID)
	frames, err := stacks.Frames(first, c.pid)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"inner_call", "middle_call", "outer_call", "main"}
	if got := FrameNames(frames, nil); len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
		t.Fatalf("stack %v, want %v and the C library", got, want)
	}
	for i, f := range frames[:len(want)] {
		start, err := m.Symbols().Address(c.pid, c.path, want[i])
		if err != nil || f.Addr != start+f.Offset || f.Module != c.path || f.Offset == 0 {
			t.Errorf("frame %+v; %s begins at %#x, %v", f, want[i], start, err)
		}
	}
	if got, want := frames[0].Format(&SymOptions{Module: true}), "inner_call [target]"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	folded := FoldedStack{Comm: "target", User: FrameNames(frames[:4], nil), Count: 2}
	if got, want := folded.String(), "target;main;outer_call;middle_call;inner_call 2"; got != want {
		t.Errorf("%q, want %q", got, want)
	}

	c.call("b")
	other, err := stacks.Frames(id(userID), c.pid)
	if err != nil {
		t.Fatal(err)
	}
	want = []string{"inner_call", "other_call", "main"}
	if got := FrameNames(other, nil); len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
		t.Errorf("the other stack is %v, want %v", got, want)
	}
	t.Run("collision", func(t *testing.T) { checkCollision(t, openStacks(t, m, "tiny"), id(tinyID)) })
	t.Run("build ids", func(t *testing.T) { checkBuildIDs(t, c, openStacks(t, m, "builds"), id(buildID)) })
	t.Run("clear", func(t *testing.T) { checkClear(t, stacks, first, id(userID)) })
	t.Run("misuse", func(t *testing.T) { checkMisuse(t, m) })
}

// checkCollision is told the id of the second of two stacks in a table for one.
func checkCollision(t *testing.T, tiny *StackTable, id int64) {
	_, err := tiny.Walk(id)
	var failed *StackError
	if !errors.As(err, &failed) || !errors.Is(err, unix.EEXIST) || failed.ID != -int64(unix.EEXIST) || failed.Table != "tiny" {
		t.Errorf("a collision: id %d, %v", id, err)
	}
	for _, none := range []int64{-int64(unix.EFAULT), 1<<32 - int64(unix.EFAULT)} {
		if _, err := tiny.Frames(none, 1); !errors.Is(err, unix.EFAULT) {
			t.Errorf("id %d: %v", none, err)
		}
	}
}

func checkBuildIDs(t *testing.T, c *chain, builds *StackTable, id int64) {
	frames, err := builds.BuildIDFrames(id)
	if err != nil {
		t.Fatal(err)
	}
	if len(frames) < 3 || frames[0].Name != "" {
		t.Fatalf("before its file is known: %+v", frames)
	}
	if err := builds.symbols.AddModule(c.path); err != nil {
		t.Fatal(err)
	}
	if frames, err = builds.BuildIDFrames(id); err != nil {
		t.Fatal(err)
	}
	want := []string{"inner_call", "other_call", "main"}
	if got := FrameNames(frames[:3], nil); !slices.Equal(got, want) {
		t.Errorf("by build id %v, want %v", got, want)
	}
	if _, err := builds.Walk(id); err == nil || !strings.Contains(err.Error(), "builds") {
		t.Errorf("addresses of a table of build ids: %v", err)
	}
}

func checkClear(t *testing.T, stacks *StackTable, first, second int64) {
	if err := stacks.Delete(first); err != nil {
		t.Errorf("delete: %v", err)
	}
	if _, err := stacks.Walk(first); !errors.Is(err, ErrKeyNotExist) {
		t.Errorf("a deleted stack: %v", err)
	}
	if _, err := stacks.Walk(second); err != nil {
		t.Errorf("the other stack: %v", err)
	}
	if err := stacks.Clear(); err != nil {
		t.Errorf("clear: %v", err)
	}
	if _, err := stacks.Walk(second); !errors.Is(err, ErrKeyNotExist) {
		t.Errorf("a cleared stack: %v", err)
	}
}

func checkMisuse(t *testing.T, m *Module) {
	var kind *KindError
	if _, err := StackTraces(m, "other"); !errors.As(err, &kind) {
		t.Errorf("a hash as stacks: %v", err)
	}
	var unknown *UnknownError
	if _, err := StackTraces(m, "stack"); !errors.As(err, &unknown) || !slices.Contains(unknown.Nearest, "stacks") {
		t.Errorf("an unknown table: %v", err)
	}
	if _, err := StackTraces(nil, "stacks"); err == nil {
		t.Error("stacks of no module were opened")
	}
}

// TestLiveSymKernelStack has the kernel's side of a system call.
func TestLiveSymKernelStack(t *testing.T) {
	testenv.Live(t)
	testenv.NeedKprobes(t)
	const text = `
BPF_STACK_TRACE(stacks, 1024);
BPF_ARRAY(ids, int, 4);

int on_getppid(void *ctx)
{
	int at = 1, id;

	if (bpf_get_current_pid_tgid() >> 32 != CHILD)
		return 0;
	id = stacks.get_stackid(ctx, 0);
	ids.update(&at, &id);
	return 0;
}
`
	function, err := GetSyscallFnName("getppid")
	if err != nil {
		t.Fatal(err)
	}
	c := startChain(t)
	m, id := loadStacks(t, c, text)
	if _, err := m.AttachKprobe(function, "on_getppid", nil); err != nil {
		t.Fatal(err)
	}
	c.call("a")
	checkKernelStack(t, openStacks(t, m, "stacks"), id(kernelID), function)
}

// checkKernelStack wants a function, which may have other names, in a stack, and
// no frame that is unknown.
func checkKernelStack(t *testing.T, stacks *StackTable, id int64, function string) {
	t.Helper()
	frames, err := stacks.Frames(id, KernelPID)
	if err != nil {
		t.Fatal(err)
	}
	start, ok := KSymName(function)
	if !ok {
		t.Fatalf("the kernel has no %s", function)
	}
	found := false
	for _, f := range frames {
		found = found || f.Addr-f.Offset == start
		if f.Module != "kernel" || f.Name == "" {
			t.Errorf("frame %+v is not of the kernel", f)
		}
	}
	if !found || len(frames) < 2 {
		t.Errorf("kernel stack %v, want %s in it", FrameNames(frames, nil), function)
	}
}

// TestLiveSymKernelStackTracepoint does without kprobes.
func TestLiveSymKernelStackTracepoint(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "task:task_rename")
	const text = `
BPF_STACK_TRACE(stacks, 1024);
BPF_ARRAY(ids, int, 4);

TRACEPOINT_PROBE(task, task_rename)
{
	int at = 1, id;

	if (bpf_get_current_pid_tgid() >> 32 != ME)
		return 0;
	id = stacks.get_stackid(args, 0);
	ids.update(&at, &id);
	return 0;
}
`
	m := loadLive(t, text, &Options{Defines: me()})
	renameThread(t)
	ids, err := Map[int32, int32](m, "ids")
	if err != nil {
		t.Fatal(err)
	}
	id, err := ids.Lookup(kernelID)
	if err != nil {
		t.Fatal(err)
	}
	checkKernelStack(t, openStacks(t, m, "stacks"), int64(id), "vfs_write")
}

// renameThread gives a thread the name that it has.
func renameThread(t *testing.T) {
	t.Helper()
	const file = "/proc/self/comm"
	name, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// The kernel keeps the newline that it reads with the name, if given back.
	if err := os.WriteFile(file, bytes.TrimSuffix(name, []byte("\n")), 0); err != nil {
		t.Fatal(err)
	}
}
