package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// watchedText is a program that counts and sends the calls of getpgid by PID. Its
// parts are those that the tests edit.
func watchedText(entries, size, extra string) string {
	return `
struct event {
	u32 pid;
	u32 version;
};

BPF_PERF_OUTPUT(events);
BPF_HASH(calls, u32, u64, ` + entries + `);
BPF_HASH(other, u32, u64);

TRACEPOINT_PROBE(syscalls, sys_enter_getpgid)
{
	struct event ev = {};
	u32 pid = bpf_get_current_pid_tgid() >> 32;

	if (pid != PID)
		return 0;
	ev.pid = pid;
	ev.version = ` + size + `;
	events.perf_submit(args, &ev, sizeof(ev));
	calls.increment(pid);
	other.increment(pid);
	` + extra + `
	return 0;
}
`
}

// save puts another text into a file the way that many editors do.
func save(t *testing.T, path, text string) {
	t.Helper()
	tmp := path + "~"
	if err := os.WriteFile(tmp, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(tmp, path); err != nil {
		t.Fatal(err)
	}
}

// TestRunWatch edits a running program: well, badly, with a table of another
// shape, and by removing it, and wants every call to be printed once and counted
// once.
func TestRunWatch(t *testing.T) {
	tool := live(t)
	w := startWorker(t)
	path := write(t, "watched.c", watchedText("100", "1", ""))
	p := testenv.Start(t, tool, "run", "--watch", "-v", w.define(), path)
	attached(p)
	sent := func(version, n int) {
		t.Helper()
		w.call(t, n)
		p.Await(fmt.Sprintf(`(?s)(events: pid=%d version=%d\n.*){%d}`, w.Pid(), version, n), enough)
	}
	sent(1, 3)

	save(t, path, watchedText("100", "2", "BROKEN;"))
	p.Await(`watched.c:23:2: error: use of undeclared identifier 'BROKEN'`, enough)
	p.Await(`^bccgo: \S+/watched.c was saved with the above; what ran before goes on$`, enough)
	w.call(t, 2) // of version 1

	if err := os.WriteFile(path, []byte(watchedText("100", "3", "")), 0o644); err != nil {
		t.Fatal(err)
	}
	p.Await(`^bccgo: reloaded \S+/watched.c in \d+\.\d s; kept calls, other$`, enough)
	sent(3, 4)

	save(t, path, watchedText("100", "4", "u64 *n = calls.lookup(&pid); *n = 1;"))
	p.Await(`watched.c:23: error: the verifier refuses tracepoint__syscalls__sys_enter_getpgid`, enough)
	p.Await(`(?s)(what ran before goes on\n.*){2}`, enough)
	w.call(t, 1) // of version 3

	save(t, path, strings.ReplaceAll(watchedText("200", "5", "more.increment(pid);"), "BPF_PERF", "BPF_HASH(more, u32, u64);\nBPF_PERF"))
	p.Await(`^bccgo: reloaded \S+ in \d+\.\d s; kept other; started anew, since its shape changed: calls; new: more$`, enough)
	sent(5, 5)

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	p.Await(`^bccgo: \S+/watched.c is gone; what runs goes on$`, enough)
	w.call(t, 6) // of version 5
	save(t, path, watchedText("200", "6", ""))
	p.Await(`^bccgo: reloaded \S+ in \d+\.\d s; kept calls, other; gone: more$`, enough)
	sent(6, 7)

	res := p.Stop()
	var want strings.Builder
	for _, part := range []struct{ version, n int }{{1, 5}, {3, 5}, {5, 11}, {6, 7}} {
		want.WriteString(strings.Repeat(fmt.Sprintf("events: pid=%d version=%d\n", w.Pid(), part.version), part.n))
	}
	fmt.Fprintf(&want, "\ncalls:\n  %d  18\n\nother:\n  %d  28\n", w.Pid(), w.Pid())
	if res.ExitCode != 0 || res.Stdout != want.String() {
		t.Errorf("exit status %d\n%s\ngot\n%s\nwant\n%s", res.ExitCode, res.Stderr, res.Stdout, want.String())
	}
}

// TestRunWatchInclude saves a file that the program includes, and reads traces
// before and after.
func TestRunWatchInclude(t *testing.T) {
	tool := live(t)
	testenv.NotEmulated(t)
	t.Setenv("BCCGO_COMPILE_SPOOL", "") // a compiler elsewhere has other files
	w := startWorker(t)
	path := write(t, "traced.c", `
#include "mark.h"
TRACEPOINT_PROBE(syscalls, sys_enter_getpgid)
{
	if (bpf_get_current_pid_tgid() >> 32 == PID)
		bpf_trace_printk(MARK);
	return 0;
}
`)
	header := filepath.Join(filepath.Dir(path), "mark.h")
	save(t, header, "#define MARK \"mark one\\n\"\n")
	p := testenv.Start(t, tool, "run", "-w", "-v", w.define(), path)
	attached(p)
	w.call(t, 2)
	p.Await(`(?s)(mark one\n.*){2}`, enough)
	save(t, header, "#define MARK \"mark two\\n\"\n")
	p.Await(`^bccgo: reloaded \S+/traced.c in \d+\.\d s$`, enough)
	w.call(t, 3)
	p.Await(`(?s)(mark two\n.*){3}`, enough)
	res := p.Stop()
	if ones, twos := strings.Count(res.Stdout, "mark one\n"), strings.Count(res.Stdout, "mark two\n"); res.ExitCode != 0 || ones != 2 || twos != 3 {
		t.Errorf("%d and %d marks: %v", ones, twos, res)
	}
}

// TestRunWatchUnattachable saves a version that belongs nowhere.
func TestRunWatchUnattachable(t *testing.T) {
	tool := live(t)
	w := startWorker(t)
	path := write(t, "watched.c", watchedText("100", "1", ""))
	p := testenv.Start(t, tool, "run", "--watch", "-v", "--json", w.define(), path)
	attached(p)
	save(t, path, "int nowhere(void *ctx) { return 0; }\n")
	p.Await(`(?s)nothing to attach: .*what ran before goes on\n.*attached tracepoint__`, enough)
	w.call(t, 2)
	res := p.Stop()
	if res.ExitCode != 0 || len(regexp.MustCompile(`(?m)^\{"type":"event",.*"version":1`).FindAllString(res.Stdout, -1)) != 2 {
		t.Errorf("%v", res)
	}
}

// TestRunWatchFirst starts with versions that are bad: for the compiler, the
// verifier, and because they belong nowhere.
func TestRunWatchFirst(t *testing.T) {
	tool := live(t)
	w := startWorker(t)
	path := write(t, "watched.c", watchedText("100", "1", "BROKEN;"))
	p := testenv.Start(t, tool, "run", "--watch", "-v", w.define(), path)
	p.Await(`(?s)use of undeclared identifier 'BROKEN'\n.*\nbccgo: waiting for \S+/watched.c to be saved\n`, enough)
	save(t, path, watchedText("100", "2", "u64 *n = calls.lookup(&pid); *n = 1;"))
	p.Await(`(?s)the verifier refuses .*waiting for `, enough)
	save(t, path, "int nowhere(void *ctx) { return 0; }\n")
	p.Await(`(?s)nothing to attach: .*waiting for `, enough)
	save(t, path, watchedText("100", "3", ""))
	attached(p)
	w.call(t, 2)
	res := p.Stop()
	want := strings.Repeat(fmt.Sprintf("events: pid=%d version=3\n", w.Pid()), 2)
	if res.ExitCode != 0 || !strings.HasPrefix(res.Stdout, want+"\ncalls:\n") {
		t.Errorf("%v", res)
	}
}

func TestRunWatchNeverGood(t *testing.T) {
	tool := live(t)
	path := write(t, "bad.c", "int kprobe__f(void *ctx) { return BROKEN; }\n")
	res := testenv.Run(t, enough, tool, "run", "--watch", "-d", "2", path)
	if res.ExitCode != 1 || res.Stdout != "" || !strings.HasSuffix(res.Stderr, "bad.c was not saved again\n") {
		t.Errorf("after -d: %v", res)
	}
	p := testenv.Start(t, tool, "run", "--watch", path)
	p.Await("to be saved", enough)
	if res := p.Stop(); res.ExitCode != 130 || res.Stdout != "" {
		t.Errorf("after Ctrl-C: %v", res)
	}
}

func TestRunWatchWants(t *testing.T) {
	tool := live(t)
	bundle := write(t, "a.bundle", "")
	source := write(t, "a.c", "int f(void *ctx) { return 0; }\n")
	if res := testenv.Run(t, enough, tool, "compile", "-o", bundle, source); res.ExitCode != 0 {
		t.Fatalf("%v", res)
	}
	for _, args := range [][]string{{"-e", "int f(void *ctx) { return 0; }"}, {bundle}, {"-"}} {
		res := testenv.Run(t, enough, append([]string{tool, "run", "--watch"}, args...)...)
		if res.ExitCode != 2 || !strings.Contains(res.Stderr, "--watch takes a C file") {
			t.Errorf("%v: %v", args, res)
		}
	}
	if res := testenv.Run(t, enough, tool, "run", "--watch", "-d", "0", source); res.ExitCode != 2 || !strings.Contains(res.Stderr, "--watch runs until") {
		t.Errorf("%v", res)
	}
}
