package bccgo

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestStrcmpRewrite(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		"pid == 7":                  "pid == 7",
		`STRCMP("test", arg1)`:      "begins_with_0((const void *)(arg1))",
		`!STRCMP( "a)b\"c" ,x )||y`: "!begins_with_0((const void *)(x))||y",
		`STRCMP("a", f(p, 1)) && STRCMP("b", ((char *)q) + 1)`: "begins_with_0((const void *)(f(p, 1))) && begins_with_1((const void *)(((char *)q) + 1))",
		`MY_STRCMP("a", p)`: `MY_STRCMP("a", p)`,
	} {
		var r StrcmpRewriter
		got, err := r.Rewrite(in)
		if err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", in, got, err, want)
		}
		if n := strings.Count(r.Functions(), "static inline bool"); n != strings.Count(want, "begins_with_") {
			t.Errorf("%s: %d functions", in, n)
		}
	}
	for _, bad := range []string{`STRCMP("a", p`, `STRCMP("a")`, `STRCMP(p, "a")`, `STRCMP("a", p, q)`, `STRCMP("a", )`, `STRCMP("", p)`, `STRCMP`, `STRCMP("a, p)`} {
		var r StrcmpRewriter
		if got, err := r.Rewrite(bad); err == nil {
			t.Errorf("%s: got %s", bad, got)
		}
	}
	r := StrcmpRewriter{User: func(argument string) bool { return argument == "arg1" }}
	if _, err := r.Rewrite(`STRCMP("a", arg1) && STRCMP("b", arg2)`); err != nil {
		t.Error(err)
	}
	if f := r.Functions(); strings.Index(f, "bpf_probe_read_user") > strings.Index(f, "bpf_probe_read_kernel") || !strings.Contains(f, "bpf_probe_read_user") {
		t.Errorf("the wrong memory is read:\n%s", f)
	}
}

// TestLiveStrcmp compares the path of access(2).
func TestLiveStrcmp(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_faccessat")
	r := StrcmpRewriter{User: func(string) bool { return true }}
	expr, err := r.Rewrite(`STRCMP("/bccgo \"no\"", args->filename) && !STRCMP("/bccgo \"no\" such", args->filename)`)
	if err != nil {
		t.Fatal(err)
	}
	m := loadLive(t, r.Functions()+`
BPF_ARRAY(answers, u64, 2);

TRACEPOINT_PROBE(syscalls, sys_enter_faccessat)
{
	if (bpf_get_current_pid_tgid() >> 32 == ME)
		answers.increment(`+expr+`);
	return 0;
}
`, &Options{Defines: me()})
	for _, path := range []string{`/bccgo "no"`, `/bccgo "no" file`, `/bccgo "no" such file`, "/bccgo", "/other"} {
		if err := unix.Faccessat(unix.AT_FDCWD, path, unix.F_OK, 0); err == nil {
			t.Errorf("%s exists", path)
		}
	}
	answers := must(Map[int32, uint64](m, "answers"))(t)
	if got := slices.Collect(answers.Values()); !slices.Equal(got, []uint64{3, 2}) {
		t.Errorf("no and yes: %v, want 3 and 2", got)
	}
}
