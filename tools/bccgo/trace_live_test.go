package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

const traceProgram = `
TRACEPOINT_PROBE(syscalls, sys_enter_getpgid)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;

	if (pid == PID)
		bpf_trace_printk("getpgid %d\n", args->pid);
	return 0;
}
`

func TestRunPrintsTheTrace(t *testing.T) {
	tool := live(t)
	for _, asJSON := range []bool{false, true} {
		t.Run(fmt.Sprintf("json=%v", asJSON), func(t *testing.T) {
			w := startWorker(t)
			args := []string{tool, "run", "-v", w.define(), "-e", traceProgram}
			if asJSON {
				args = append(args, "--json")
			}
			p := testenv.Start(t, args...)
			attached(p)
			w.call(t, 2)
			p.Await(fmt.Sprintf("getpgid %d", w.Pid()), enough)
			w.call(t, 2)
			res := p.Stop()
			if res.ExitCode != 0 {
				t.Fatalf("%v", res)
			}
			checkTrace(t, res.Stdout, w.Pid(), asJSON)
		})
	}
}

// checkTrace expects the lines of four calls among those of other programs.
func checkTrace(t *testing.T, output string, pid int, asJSON bool) {
	t.Helper()
	var messages []string
	for line := range strings.Lines(output) {
		if asJSON {
			if l := parseLines(t, line)[0]; l.Type == "trace" && l.PID == pid {
				messages = append(messages, l.Message)
			}
			continue
		}
		// The kernel keeps few names, and may not know this one.
		task, rest, ok := strings.Cut(line, fmt.Sprintf("-%d [", pid))
		if ok && (task == workerComm || task == "<...>") {
			_, message, _ := strings.Cut(strings.TrimSuffix(rest, "\n"), ": ")
			messages = append(messages, message)
		}
	}
	self := fmt.Sprint("getpgid ", pid)
	if got, want := strings.Join(messages, "|"), "getpgid 0|"+self+"|getpgid 0|"+self; got != want {
		t.Errorf("got %s, want %s, in\n%s", got, want, output)
	}
}

// rawProgram needs tracefs for its prints alone; %s is for tables.
const rawProgram = `
%s
int raw_tracepoint__sys_enter(struct bpf_raw_tracepoint_args *ctx)
{
	if (bpf_get_current_pid_tgid() >> 32 == PID)
		bpf_trace_printk("called\n");
	return 0;
}
`

// withoutTracefs is a command that sees no tracefs.
func withoutTracefs(argv ...string) []string {
	const hide = `for d in /sys/kernel/debug/tracing /sys/kernel/debug /sys/kernel/tracing; do
			while umount "$d" 2>/dev/null; do :; done
		done
		exec "$@"`
	return append([]string{"unshare", "--mount", "sh", "-c", hide, "-"}, argv...)
}

func TestRunWithoutTracefs(t *testing.T) {
	tool := live(t)
	testenv.NeedProgram(t, "unshare")
	run := func(tables string) testenv.Result {
		return testenv.Run(t, enough, withoutTracefs(tool, "run", "-d", "0.1", "-DPID=1", "-e", fmt.Sprintf(rawProgram, tables))...)
	}
	if res := run(""); res.ExitCode != 2 || !strings.Contains(res.Stderr, "bccgo: open trace pipe: tracefs is not mounted") || !strings.Contains(res.Stderr, "mount -t tracefs") {
		t.Errorf("nothing but prints: %v", res)
	}
	if res := run("BPF_HASH(other);"); res.ExitCode != 0 || !strings.Contains(res.Stderr, "bccgo: trace prints are not shown: open trace pipe: tracefs is not mounted") {
		t.Errorf("with a table: %v", res)
	}
}
