package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/inspect"
	"github.com/bccgo/bcc/internal/testenv"
)

const shownText = `
BPF_HASH(shown_counts, u32, u64);

TRACEPOINT_PROBE(syscalls, sys_enter_getpgid)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;

	if (pid == OWN)
		shown_counts.increment(pid);
	return 0;
}
`

// What "bccgo run" holds is shown: its program, its table with what was counted,
// its link, and the code.
func TestLiveShow(t *testing.T) {
	testenv.Live(t)
	testenv.NotEmulated(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getpgid")
	tool := testenv.Tool(t, "bccgo")
	p := testenv.Start(t, tool, "run", "-e", strings.ReplaceAll(shownText, "OWN", fmt.Sprint(os.Getpid())))
	show := func(args ...string) string {
		t.Helper()
		r := testenv.Run(t, time.Minute, append([]string{tool, "show"}, args...)...)
		if r.ExitCode != 0 || r.Stderr != "" {
			t.Fatalf("%q: %v", args, r)
		}
		return r.Stdout
	}
	held := map[string]uint32{}
	for end := time.Now().Add(30 * time.Second); len(held) < 5; time.Sleep(20 * time.Millisecond) {
		for line := range strings.Lines(show("holders", "--json", "-p", fmt.Sprint(p.Pid()))) {
			var one struct{ Holder inspect.Holder }
			if err := json.Unmarshal([]byte(line), &one); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			held[one.Holder.Kind] = one.Holder.ID
		}
		if time.Now().After(end) {
			t.Fatalf("held: %v", held)
		}
	}
	for range 11 {
		getpgid(t)
	}
	program, table := fmt.Sprint(held["program"]), fmt.Sprint(held["table"])
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, `(?s)^PROGRAMS\nID .*\n\nTABLES\nID .*\n\nLINKS\nID .*\n\nHOLDERS\nPID .*\n`},
		{[]string{"programs"}, `(?m)^` + program + ` +TracePoint +tracepoint__syscalls__sys_enter_getpgid +\S+ \S+ +\d+ +\d+ +` + table + ` `},
		{[]string{"tables"}, `(?m)^` + table + ` +Hash +shown_counts +4 B +8 B +10240 +[\d.]+ KiB +0x0$`},
		{[]string{"links"}, `(?m)^` + fmt.Sprint(held["link"]) + ` +perf event +` + program + ` `},
		{[]string{"holders", "-p", fmt.Sprint(p.Pid())}, `(?m)^` + fmt.Sprint(p.Pid()) + ` +bccgo +\d+ +event +` + program + ` +tracepoint sys_enter_getpgid$`},
		{[]string{"program", program}, `(?m)^ +\d+: r1 = table shown_counts \(number ` + table + `\)$`},
		{[]string{"program", "--machine", program}, `^function bpf_prog_\w+: \d+ bytes of machine code\n`},
		{[]string{"table", table}, `^table shown_counts: hash, at most 10240 entries\nkey: u32, 4 bytes\nvalue: u64, 8 bytes\n\n\nshown_counts:\n  ` + fmt.Sprint(os.Getpid()) + `  11\n$`},
		{[]string{"table", "--json", table}, `"entries":\[{"key":` + fmt.Sprint(os.Getpid()) + `,"value":11}\]}\n$`},
		{[]string{"types", "vmlinux", "list_head"}, `^struct list_head, 16 bytes\n`},
	} {
		if got := show(c.args...); !regexp.MustCompile(c.want).MatchString(got) {
			t.Errorf("show %q: no %s in\n%s", c.args, c.want, got)
		}
	}
	checkRuns(t, tool, held["program"])
	p.Stop()
}

// checkRuns makes calls while runs are counted, and ends that by Ctrl-C: those
// calls are told, and not those before.
func checkRuns(t *testing.T, tool string, program uint32) {
	t.Helper()
	const calls = 5
	counting := testenv.Start(t, tool, "show", "programs", "--json", "-d", "60")
	counting.AwaitRest()
	time.Sleep(300 * time.Millisecond) // what rests is its first thread
	for range calls {
		getpgid(t)
	}
	r := counting.Stop()
	for line := range strings.Lines(r.Stdout) {
		var one struct{ Program inspect.Program }
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if one.Program.ID == program && one.Program.Runs >= calls && one.Program.RunTime > 0 {
			return
		}
	}
	t.Errorf("no program %d of %d runs: %v", program, calls, r)
}

func TestShowRefuses(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"show nothing", "no command show nothing"},
		{"show programs 3", "show programs takes no argument"},
		{"show program", "show program takes NUMBER"},
		{"show program x", `"x" is no number`},
		{"show table 0", `"0" is no number`},
		{"show table 1 2", "show table takes NUMBER"},
		{"show types", "show types takes NUMBER|vmlinux|MODULE [TYPE]"},
		{"show programs -d 0", "want a number of seconds"},
		{"show programs --durations 1", "did you mean --duration?"},
	} {
		if got := execute(strings.Fields(c.args)...); got.status != exitHost || got.stdout != "" || !strings.Contains(got.stderr, c.want) {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
}

func getpgid(t *testing.T) {
	t.Helper()
	if _, err := unix.Getpgid(0); err != nil {
		t.Fatal(err)
	}
}
