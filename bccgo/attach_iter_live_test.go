package bccgo

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// iterText prints what each of its iterators goes through.
const iterText = `
#include <linux/sched.h>
#include <linux/fs.h>
#include <linux/cgroup-defs.h>

BPF_HASH(squares, u32, u64, 128);
BPF_ARRAY(cubes, u64, 4);
BPF_QUEUE(order, u64, 8);

BPF_ITER(task)
{
	struct task_struct *task = ctx->task;
	char fmt[] = "%d %d %s\n";
	u64 args[3];

	if (!task)
		return 0;
	args[0] = task->tgid;
	args[1] = task->pid;
	args[2] = (u64)task->comm;
	bpf_seq_printf(ctx->meta->seq, fmt, sizeof(fmt), args, sizeof(args));
	return 0;
}

BPF_ITER(task_file)
{
	char fmt[] = "%d %lu\n";
	u64 args[2];

	if (!ctx->task || !ctx->file)
		return 0;
	args[0] = ctx->fd;
	args[1] = ctx->file->f_inode->i_ino;
	bpf_seq_printf(ctx->meta->seq, fmt, sizeof(fmt), args, sizeof(args));
	return 0;
}

BPF_ITER(bpf_map_elem)
{
	u32 *key = ctx->key;
	u64 *value = ctx->value;
	struct {
		u64 key, value;
	} pair;

	if (!key || !value)
		return 0;
	pair.key = *key;
	pair.value = *value;
	bpf_seq_write(ctx->meta->seq, &pair, sizeof(pair));
	return 0;
}

BPF_ITER(cgroup)
{
	char fmt[] = "%lu";
	u64 id;

	if (!ctx->cgroup)
		return 0;
	id = ctx->cgroup->kn->id;
	bpf_seq_printf(ctx->meta->seq, fmt, sizeof(fmt), &id, sizeof(id));
	return 0;
}
`

// loadIters loads iterText with the running kernel's own types.
func loadIters(t *testing.T) *Module {
	t.Helper()
	testenv.Live(t)
	if err := SupportIter(); err != nil {
		t.Skip(err)
	}
	m, err := Load(iterText, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func attachIter(t *testing.T, m *Module, target string, o *IterOptions) *Iter {
	t.Helper()
	it, err := m.AttachIter(target, o)
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// iterLines runs an iterator, which has to write lines.
func iterLines(t *testing.T, it *Iter) []string {
	t.Helper()
	var lines []string
	for line, err := range it.Lines() {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

// entriesOf lists a directory.
func entriesOf(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestLiveIterTasks(t *testing.T) {
	m := loadIters(t)
	if len(m.Links()) != 0 {
		t.Fatalf("attached by loading: %v", m.Links())
	}
	child := testenv.Start(t, "sleep", "1000")
	it := attachIter(t, m, "task", nil)
	if it.Hook() != "iterator" || it.Target() != "task" || it.Function() != "bpf_iter__task" {
		t.Errorf("attached %v", it)
	}
	want := fmt.Sprintf("%d %d sleep", child.Pid(), child.Pid())
	if lines := iterLines(t, it); !slices.Contains(lines, want) || len(lines) < 3 {
		t.Errorf("no %q among %d lines", want, len(lines))
	}
	child.Stop()
	if lines := iterLines(t, it); slices.Contains(lines, want) {
		t.Error("the process has ended, and is there in the second run")
	}
}

// ownThreads are the threads of this process that a run of an iterator gives.
func ownThreads(t *testing.T, it *Iter) []string {
	t.Helper()
	var tids []string
	for _, line := range iterLines(t, it) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != strconv.Itoa(os.Getpid()) {
			t.Fatalf("a line %q", line)
		}
		tids = append(tids, words[1])
	}
	slices.Sort(tids)
	return tids
}

func TestLiveIterOneProcess(t *testing.T) {
	m := loadIters(t)
	it := attachIter(t, m, "bpf_iter__task", &IterOptions{PID: os.Getpid()})
	// The runtime may start threads at any time, and never ends one here.
	before := entriesOf(t, "/proc/self/task")
	got := ownThreads(t, it)
	after := entriesOf(t, "/proc/self/task")
	for _, tid := range before {
		if !slices.Contains(got, tid) {
			t.Errorf("thread %s is missing in %v", tid, got)
		}
	}
	for _, tid := range got {
		if !slices.Contains(after, tid) {
			t.Errorf("there is no thread %s", tid)
		}
	}
	main := strconv.Itoa(os.Getpid())
	if got := ownThreads(t, attachIter(t, m, "task", &IterOptions{TID: os.Getpid()})); !slices.Equal(got, []string{main}) {
		t.Errorf("one thread gave %v", got)
	}
	if err := m.DetachIter("task"); err != nil {
		t.Fatal(err)
	}
	if _, err := it.Open(); !errors.Is(err, errIterClosed) {
		t.Errorf("detached, and runs: %v", err)
	}
	var gone *NotAttachedError
	if err := m.DetachIter("task"); !errors.As(err, &gone) {
		t.Errorf("detached twice: %v", err)
	}
}

func TestLiveIterFiles(t *testing.T) {
	m := loadIters(t)
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var stat syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &stat); err != nil {
		t.Fatal(err)
	}
	lines := iterLines(t, attachIter(t, m, "task_file", &IterOptions{PID: os.Getpid()}))
	want := fmt.Sprintf("%d %d", f.Fd(), stat.Ino)
	if !slices.Contains(lines, want) {
		t.Errorf("no %q in %q", want, lines)
	}
}

func TestLiveIterTable(t *testing.T) {
	m := loadIters(t)
	squares, err := Map[uint32, uint64](m, "squares")
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[uint32]uint64)
	for n := range uint32(100) {
		want[n] = uint64(n * n)
		if err := squares.Update(n, want[n]); err != nil {
			t.Fatal(err)
		}
	}
	it := attachIter(t, m, "bpf_map_elem", &IterOptions{Table: "squares"})
	if got := pairs(t, it); !maps.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got := pairs(t, attachIter(t, m, "bpf_map_elem", &IterOptions{Table: "cubes"})); len(got) != 4 {
		t.Errorf("an array of 4 gave %v", got)
	}
	if err := squares.Clear(); err != nil {
		t.Fatal(err)
	}
	if got := pairs(t, it); len(got) != 0 {
		t.Errorf("an empty table gave %v", got)
	}
}

// pairs are what a run over a table wrote.
func pairs(t *testing.T, it *Iter) map[uint32]uint64 {
	t.Helper()
	run, err := it.Open()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(run)
	if err := errors.Join(err, run.Close()); err != nil {
		t.Fatal(err)
	}
	got := make(map[uint32]uint64)
	for pair := range slices.Chunk(data, 16) {
		got[uint32(byteOrder.Uint64(pair))] = byteOrder.Uint64(pair[8:])
	}
	return got
}

// TestLiveIterCgroup compares the id of a group with its directory's number, which
// is the same.
func TestLiveIterCgroup(t *testing.T) {
	m := loadIters(t)
	root := cgroup2(t)
	var stat syscall.Stat_t
	if err := syscall.Stat(root, &stat); err != nil {
		t.Fatal(err)
	}
	want := []string{fmt.Sprint(stat.Ino)}
	it := attachIter(t, m, "cgroup", &IterOptions{Cgroup: root, Order: CgroupSelf})
	// Without a line end.
	if lines := iterLines(t, it); !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q", lines, want)
	}
	if lines := iterLines(t, attachIter(t, m, "cgroup", nil)); len(lines) != 1 {
		t.Errorf("got %q", lines)
	}
}

// cgroup2 is where the version 2 hierarchy is mounted.
func cgroup2(t *testing.T) string {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if words := strings.Fields(line); len(words) > 2 && words[2] == "cgroup2" {
			return words[1]
		}
	}
	t.Skip("no cgroup version 2 hierarchy is mounted")
	return ""
}

func TestLiveIterErrors(t *testing.T) {
	m := loadIters(t)
	for _, tt := range []struct {
		target string
		o      IterOptions
		part   string
	}{
		{"bpf_map_elem", IterOptions{}, "IterOptions.Table"},
		{"bpf_map_elem", IterOptions{Table: "order"}, "type of order"},
		{"bpf_map_elem", IterOptions{Table: "square"}, "squares"},
		{"task", IterOptions{Table: "squares"}, "no table"},
		{"task", IterOptions{PID: 1, TID: 1}, "one of them"},
		{"task", IterOptions{PID: -1}, "-1"},
		{"task", IterOptions{Order: CgroupsDown}, "cgroup"},
		{"bpf_map_elem", IterOptions{Table: "squares", PID: 1}, "task_file"},
		{"cgroup", IterOptions{Cgroup: "/no/such/group"}, "/no/such/group"},
		{"cgroup", IterOptions{Order: 5}, "order 5"},
	} {
		_, err := m.AttachIter(tt.target, &tt.o)
		var failed *AttachError
		if !errors.As(err, &failed) || failed.Target != tt.target || !strings.Contains(err.Error(), tt.part) {
			t.Errorf("%s %+v: got %v, want %q", tt.target, tt.o, err, tt.part)
		}
	}
	var unknown *UnknownError
	if _, err := m.AttachIter("tasks", nil); !errors.As(err, &unknown) {
		t.Errorf("no function for it: %v", err)
	}
	absent := loadLive(t, `int bpf_iter__tasks(void *ctx) { return 0; }`, nil)
	var hook *UnknownHookError
	if _, err := absent.AttachIter("tasks", nil); !errors.As(err, &hook) || !slices.Contains(hook.Nearest, "task") {
		t.Errorf("no such target: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.AttachIter("task", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// TestLiveIterPin reads a pinned iterator as a file, also when the module that
// made it is closed.
func TestLiveIterPin(t *testing.T) {
	m := loadIters(t)
	path := filepath.Join(bpffs(t), "tasks")
	it := attachIter(t, m, "task", &IterOptions{TID: os.Getpid()})
	want := iterLines(t, it)
	if err := it.Pin(path); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || len(want) != 1 || string(got) != want[0]+"\n" {
		t.Errorf("read %q, %v; want %q", got, err, want)
	}
}
