package bccgo

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// wantMarked compiles a text whose lines say what is expected of them, as
// // want WORDS at their end, and expects just these warnings.
func wantMarked(t *testing.T, text string, o *Options) *Bundle {
	t.Helper()
	o.FileName = "marked.c"
	b, err := Compile(text, o)
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]string)
	for i, line := range strings.Split(text, "\n") {
		if _, words, ok := strings.Cut(line, "// want "); ok {
			want[fmt.Sprint(i+1)] = words
		}
	}
	for _, d := range b.Warnings() {
		line := fmt.Sprint(d.Line)
		words := want[line]
		if d.File != "marked.c" || words == "" || !strings.Contains(d.Message, words) || !strings.HasSuffix(d.Excerpt, "^") {
			t.Errorf("got %v", d)
		}
		delete(want, line)
	}
	for line, words := range want {
		t.Errorf("no warning in line %s: %s", line, words)
	}
	return b
}

// unset sends and looks up structs with and without holes. Members that are
// named in an initializer leave the padding between them as it is.
const unset = `
struct event { u32 pid; u64 ts; char comm[16]; u8 flag; };
struct key { u32 pid; u64 id; };
struct full { u32 a, b; u64 c; };
BPF_PERF_OUTPUT(events);
BPF_PERF_OUTPUT(others);
BPF_HASH(counts, struct key, u64);
BPF_HASH(sums, struct full, u64);
int members(struct pt_regs *ctx)
{
	struct event e;
	struct key k;
	struct full f;

	e.pid = bpf_get_current_pid_tgid();
	e.ts = bpf_ktime_get_ns();
	bpf_get_current_comm(&e.comm, sizeof(e.comm));
	events.perf_submit(ctx, &e, sizeof(e)); // want struct event is sent with 4 bytes of padding at offset 4 (after pid) and 1 byte of its member flag (offset 32) and 7 bytes of padding at offset 33 (after flag) never set
	k.pid = e.pid;
	k.id = e.ts;
	f.a = f.b = e.pid;
	f.c = e.ts;
	sums.delete(&f);
	return counts.lookup(&k) != 0; // want the key of counts is used with 4 bytes of padding at offset 4 (after pid) never set
}
int initialised(struct pt_regs *ctx)
{
	struct event e = { .pid = bpf_get_current_pid_tgid(), .ts = bpf_ktime_get_ns(), .comm = "", .flag = 1 };
	struct full f = { .a = 1, .c = bpf_ktime_get_ns() };

	others.perf_submit(ctx, &f, sizeof(f));
	events.perf_submit(ctx, &e, sizeof(e)); // want 4 bytes of padding at offset 4 (after pid) and 7 bytes of padding at offset 33 (after flag) never set
	return 0;
}
int cleared(struct pt_regs *ctx)
{
	struct event e, z = {};
	struct key k = {};

	__builtin_memset(&e, 0, sizeof(e));
	e.pid = z.pid = k.pid = bpf_get_current_pid_tgid();
	events.perf_submit(ctx, &e, sizeof(e));
	events.perf_submit(ctx, &z, sizeof(z));
	return counts.lookup(&k) != 0;
}
`

func TestWarningsUnsetBytes(t *testing.T) {
	foreignHeaders(t)
	wantMarked(t, unset, new(Options))
}

// mixed has one of each other kind.
const mixed = `
#include <linux/sched.h>
BPF_HASH(never, u32, u64); // want table never is never used
BPF_HASH(pids, u32, u64);
int kprobe__sys_openat(struct pt_regs *ctx, int dfd) // want parameter dfd is not the system call's
{
	struct task_struct *t = (struct task_struct *)bpf_get_current_task();
	u32 n = dfd;
	char name[16] = "abc";

	bpf_trace_printk("%s %s\n", name, name);
	bpf_trace_printk("%f\n", n); // want does not know %f
	pids.increment(n);
	n += t->comm[0];
	return n + t->comm[3]; // want reads t->comm[3] from the wrong place
}
`

func TestWarningsMixed(t *testing.T) {
	foreignHeaders(t)
	wantMarked(t, mixed, new(Options))
}

func TestStackTooLarge(t *testing.T) {
	foreignHeaders(t)
	_, err := Compile(`
#define LEN 200
struct big { u64 a[20]; char name[LEN]; };
static inline int help(void *ctx)
{
	char path[LEN + 8] = {};

	bpf_get_current_comm(path, sizeof(path));
	return path[3];
}
int f(void *ctx)
{
	u32 small = 1;
	struct big b = {};

	bpf_get_current_comm(b.name, sizeof(b.name));
	bpf_trace_printk("%s %d\n", b.name, small);
	return help(ctx);
}
`, &Options{FileName: "deep.c"})
	var refused *CompileError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v", err)
	}
	want := regexp.MustCompile(`(?m)^deep.c:14:13: note: f has 512 bytes of stack, and keeps there: b \(struct big\) 360 bytes in line 14, path \(char\[LEN \+ 8\]\) 208 bytes in line 6 of help; keep .* BPF_PERCPU_ARRAY\(scratch, struct big, 1\)`)
	if !want.MatchString(err.Error()) {
		t.Errorf("got %v", err)
	}
}
