package bccgo

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// debianPython is built with probes.
const debianPython = "/usr/bin/python3.11"

const pythonCalls = `#!` + debianPython + `
import gc, os

def outer(n):
    for i in range(n):
        inner()

def inner():
    pass

class Loop:
    def __init__(self):
        self.me = self

gc.disable()
gc.collect()
while os.read(0, 1):
    outer(2)
    Loop()
    os.write(1, b"%d" % gc.collect(1))
`

type pythonCall struct {
	Function [32]byte
	Line     int32
	Started  int32
	Done     int64
}

// What a Python program does is what its probes say: functions that return with
// their lines, the generation that a collection is for, and how many objects it
// finds. (The probe function__entry of Python 3.11 needs a trace function to be
// set as well.)
func TestLiveUSDTPython(t *testing.T) {
	liveHere(t)
	testenv.NeedUprobes(t)
	testenv.NeedProgram(t, debianPython)
	script := filepath.Join(t.TempDir(), "calls.py")
	writeText(t, script, pythonCalls)
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	c := startAnswering(t, script)
	c.call("x") // it has begun
	u := must(NewUSDT(USDTOptions{PID: c.pid}))(t)
	for probe, function := range map[string]string{"function__return": "on_return", "python:gc__start": "on_start", "gc__done": "on_done"} {
		if err := u.EnableProbe(probe, function); err != nil {
			t.Fatal(err)
		}
	}
	m := loadLive(t, `
struct call_t {
	char function[32];
	int line;
	int started;
	s64 done;
};
BPF_QUEUE(calls, struct call_t, 64);
int on_return(struct pt_regs *ctx)
{
	struct call_t call = {};
	char *function;

	bpf_usdt_readarg(2, ctx, &function);
	bpf_probe_read_user_str(call.function, sizeof(call.function), function);
	bpf_usdt_readarg(3, ctx, &call.line);
	calls.push(&call, 0);
	return 0;
}
int on_start(struct pt_regs *ctx)
{
	struct call_t call = {};

	bpf_usdt_readarg(1, ctx, &call.started);
	calls.push(&call, 0);
	return 0;
}
int on_done(struct pt_regs *ctx)
{
	struct call_t call = {};

	bpf_usdt_readarg(1, ctx, &call.done);
	calls.push(&call, 0);
	return 0;
}`, &Options{USDT: []*USDT{u}})
	collected := c.ask("x")
	var got []string
	for call, err := range must(Queue[pythonCall](m, "calls"))(t).Drain() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s:%d %d %d", CString(call.Function[:]), call.Line, call.Started, call.Done))
	}
	want := []string{"inner:9 0 0", "inner:9 0 0", "outer:5 0 0", "__init__:13 0 0", ":0 1 0", ":0 0 " + collected}
	if collected == "0" {
		t.Error("there was nothing to collect")
	}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}
