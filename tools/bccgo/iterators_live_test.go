package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

// children names the processes that a process has started, and what is noted of
// them.
const children = `
#include <linux/sched.h>
BPF_HASH(noted, u32, u64);

BPF_ITER(task)
{
	struct task_struct *task = ctx->task;
	char format[] = "%d %s\n";
	u32 key = 7;
	u64 pid, args[2];

	if (!task || task->real_parent->tgid != PARENT)
		return 0;
	pid = task->pid;
	noted.update(&key, &pid);
	args[0] = pid;
	args[1] = (u64)task->comm;
	bpf_seq_printf(ctx->meta->seq, format, sizeof(format), args, sizeof(args));
	return 0;
}

BPF_ITER(bpf_map_elem)
{
	char format[] = "%d noted\n";
	u64 *value = ctx->value;
	u64 pid;

	if (!value)
		return 0;
	pid = *value;
	bpf_seq_printf(ctx->meta->seq, format, sizeof(format), &pid, sizeof(pid));
	return 0;
}
`

func TestLiveIterators(t *testing.T) {
	testenv.Live(t)
	if err := bccgo.SupportIter(); err != nil {
		t.Skip(err)
	}
	tool := testenv.Tool(t, "bccgo")
	shell := testenv.Start(t, "sh", "-c", "sleep 1000 & echo started; wait")
	shell.Await("started", enough)
	argv := []string{tool, "run", "-D", fmt.Sprint("PARENT=", shell.Pid()), write(t, "children.c", children)}
	res := testenv.Run(t, enough, argv...)
	var pid int
	if _, err := fmt.Sscanf(res.Stdout, "\ntask:\n%d sleep\n", &pid); err != nil || pid <= shell.Pid() {
		t.Fatalf("%v: %v", err, res)
	}
	want := fmt.Sprintf("\ntask:\n%d sleep\n\nbpf_map_elem noted:\n%[1]d noted\n\nnoted:\n  7  %[1]d\n", pid)
	if res.ExitCode != 0 || res.Stdout != want || res.Stderr != "" {
		t.Errorf("want %q, %v", want, res)
	}
	res = testenv.Run(t, enough, append(argv, "--json")...)
	var first struct {
		Type, Name string
		Lines      []string
	}
	line, _, _ := strings.Cut(res.Stdout, "\n")
	if err := json.Unmarshal([]byte(line), &first); err != nil || first.Type != "iterator" || first.Name != "task" ||
		!slices.Equal(first.Lines, []string{fmt.Sprintf("%d sleep", pid)}) {
		t.Errorf("%v: %v", err, res)
	}
}
