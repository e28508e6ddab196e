package bccgo

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// withoutFiles compiles with headers made from types on a host where there are
// no others.
func withoutFiles(t *testing.T) *Options {
	t.Helper()
	testenv.Live(t)
	if _, err := os.Stat(typesFile); err != nil {
		t.Skip("this kernel has no BTF")
	}
	return &Options{Headers: "btf", Cache: CacheOff, FileName: "t.c"}
}

// TestTypesExplainMissingNames wants each name that is missing explained below
// the compiler's message: what comes near, and which header nobody knows.
func TestTypesExplainMissingNames(t *testing.T) {
	_, err := Compile(`#include <linux/sched.h>
#include <linux/foo_frob.h>
int f(void *ctx)
{
	struct task_strukt *u = ctx;
	return u->pid + TCP_ESTABLISHD + FROB_MAX;
}`, withoutFiles(t))
	var refusal *CompileError
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v", err)
	}
	text := refusal.Error()
	for _, want := range []string{
		"t.c:6:10: note: this kernel's types (BTF) have no struct task_strukt; the nearest names are task_struct\n",
		"t.c:6:18: note: this kernel's types (BTF) have no TCP_ESTABLISHD; the nearest names are TCP_ESTABLISHED, ",
		"nothing here stands in for those of linux/foo_frob.h: define it in the text",
		"t.c:6:35: note: this kernel's types (BTF) have no FROB_MAX",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if n := strings.Count(text, "define it in the text"); n != 1 {
		t.Errorf("the headers are explained %d times", n)
	}
}

// TestTypesMisspelledMember: the compiler's own words are enough, and nothing
// points to a file that is gone.
func TestTypesMisspelledMember(t *testing.T) {
	_, err := Compile(`#include <linux/sched.h>
int f(void *ctx)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	return t->real_parnet->tgid;
}`, withoutFiles(t))
	var refusal *CompileError
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v", err)
	}
	text := refusal.Error()
	if !strings.Contains(text, "t.c:5:12: error: no member named 'real_parnet' in 'struct task_struct'; did you mean 'real_parent'?") ||
		strings.Contains(text, "kconfig.h") || strings.Contains(text, "nearest names") {
		t.Errorf("got %s", text)
	}
}

// TestTypesPastedNames: a name that a text makes of pieces is found by the
// compiler's message.
func TestTypesPastedNames(t *testing.T) {
	o := withoutFiles(t)
	_, err := Compile(`#define OF(what) struct what##_struct
#define STATE(s) TCP_##s
int f(void *ctx)
{
	OF(task) *t = (void *)bpf_get_current_task();
	OF(signal) *s = t->signal;
	return t->pid + s->nr_threads + STATE(LISTEN);
}`, o)
	if err != nil {
		t.Error(err)
	}
}

// TestTypesInOwnHeaders: names in the user's own headers and in flags count as well.
func TestTypesInOwnHeaders(t *testing.T) {
	o := withoutFiles(t)
	t.Setenv("BCCGO_COMPILE_SPOOL", "") // whoever serves it has other files
	dir := t.TempDir()
	const own = "#include <net/sock.h>\nstatic inline int family(struct sock *sk) { return sk->__sk_common.skc_family == AF_INET6; }\n"
	if err := os.WriteFile(dir+"/own.h", []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Cflags = []string{"-I", dir, "-DKIND=struct sock"}
	if _, err := Compile("#include \"own.h\"\nint f(void *ctx) { KIND *sk = ctx; return family(sk); }", o); err != nil {
		t.Error(err)
	}
}

func TestTypesRefused(t *testing.T) {
	withoutFiles(t)
	target, err := HostTarget()
	if err != nil {
		t.Fatal(err)
	}
	const text = "int f(void *ctx) { return 0; }"
	for name, change := range map[string]func(*Target){
		"no such file": func(t *Target) { t.BTF = "/nowhere/vmlinux.btf" },
		"no types":     func(t *Target) { t.BTF = "/etc/passwd" },
	} {
		other := *target
		change(&other)
		_, err := Compile(text, &Options{Headers: "btf", Cache: CacheOff, Target: &other})
		var none *HeadersError
		if !errors.As(err, &none) || !strings.Contains(err.Error(), other.BTF) {
			t.Errorf("%s: %v", name, err)
		}
	}
	target.BTF, target.BTFSum = typesFile, strings.Repeat("0", 64)
	if _, err := Compile(text, &Options{Headers: "btf", Cache: CacheOff, Target: target}); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("another kernel's types: %v", err)
	}
	if _, err := Compile("#include <../../../etc/passwd>\n"+text, &Options{Headers: "btf", Cache: CacheOff}); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("an include that leads out of the tree: %v", err)
	}
}
