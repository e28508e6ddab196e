package bccgo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// load loads a text for a live test and closes it at its end.
func loadLive(t testing.TB, text string, o *Options) *Module {
	t.Helper()
	foreignHeaders(t)
	m, err := Load(text, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return m
}

// me restricts a C text to this process.
func me() map[string]string {
	return map[string]string{"ME": fmt.Sprint(os.Getpid())}
}

// call makes the process call getppid(2) n times, on one thread.
func call(n int) {
	for range n {
		syscall.Syscall(syscall.SYS_GETPPID, 0, 0, 0)
	}
}

const getppidText = `
struct event_t {
	u32 pid;
	u32 tid;
	u64 nth;
	char comm[16];
	u8 low : 3;
	u8 high : 5;
};
BPF_HASH(counts, u32, u64);
BPF_ARRAY(total, u64, 2);
BPF_PERCPU_HASH(per_cpu, u32, u64);
BPF_PERCPU_ARRAY(cpu_total, u64, 1);
BPF_HISTOGRAM(dist);
BPF_PERF_OUTPUT(events);
BPF_RINGBUF_OUTPUT(ring, 16);

TRACEPOINT_PROBE(syscalls, sys_enter_getppid)
{
	struct event_t e = {};
	u64 id = bpf_get_current_pid_tgid();
	int one = 1;

	if (id >> 32 != ME)
		return 0;
	e.pid = id >> 32;
	e.tid = id;
	e.low = 5;
	e.high = 21;
	bpf_get_current_comm(&e.comm, sizeof(e.comm));
	total.increment(one);
	u64 *n = total.lookup(&one);
	if (n)
		e.nth = *n;
	counts.increment(e.tid);
	u64 zero = 0, *c = per_cpu.lookup_or_try_init(&e.tid, &zero);
	if (c)
		*c += 1;
	cpu_total.increment(0);
	dist.increment(bpf_log2l(e.nth));
	events.perf_submit(args, &e, sizeof(e));
	ring.ringbuf_output(&e, sizeof(e), 0);
	return 0;
}
`

// getppidEvent is event_t.
type getppidEvent struct {
	PID, TID uint32
	Nth      uint64
	Comm     Comm
	Bits     uint8
	_        [7]byte
}

func TestLiveEventsAndTables(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := loadLive(t, getppidText, &Options{Defines: me()})
	perf, ring := Stream[getppidEvent](m, "events", nil), Stream[getppidEvent](m, "ring", nil)
	if err := errors.Join(perf.Err(), ring.Err()); err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const calls = 20
	call(calls)
	tid := uint32(unix.Gettid())

	for name, s := range map[string]*EventStream[getppidEvent]{"perf": perf, "ring": ring} {
		got := collect(t, s, calls)
		for i, e := range got {
			want := getppidEvent{PID: uint32(os.Getpid()), TID: tid, Nth: uint64(i + 1), Comm: got[0].Comm, Bits: 5 | 21<<3}
			if e != want {
				t.Errorf("%s event %d: %+v, want %+v", name, i, e, want)
			}
		}
		if comm, _ := os.ReadFile("/proc/self/task/" + fmt.Sprint(tid) + "/comm"); got[0].Comm.String() != strings.TrimSpace(string(comm)) {
			t.Errorf("%s comm %q, /proc says %q", name, got[0].Comm, comm)
		}
	}
	checkTables(t, m, tid, calls)
}

func checkTables(t *testing.T, m *Module, tid uint32, calls uint64) {
	t.Helper()
	counts, err := Map[uint32, uint64](m, "counts")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := counts.Lookup(tid); err != nil || n != calls {
		t.Errorf("counts[tid] = %d, %v", n, err)
	}
	if _, err := counts.Lookup(tid + 1); !errors.Is(err, ErrKeyNotExist) {
		t.Errorf("a missing key gives %v", err)
	}
	cpus, err := PerCPU[uint32, uint64](m, "per_cpu")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := cpus.Lookup(tid); err != nil || Sum(v) != calls {
		t.Errorf("per_cpu[tid] = %v, %v", v, err)
	}
	sums, err := PerCPU[int32, uint64](m, "cpu_total")
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range sums.All() {
		if k != 0 || Sum(v) != calls {
			t.Errorf("cpu_total[%d] = %v", k, v)
		}
	}
	var out strings.Builder
	if err := m.Table("dist").PrintLog2Hist(&out, "nth", nil); err != nil {
		t.Fatal(err)
	}
	// 1..20 fall into the slots [1] 2 [2,3] 2 [4,7] 4 [8,15] 8 [16,31] 5, where
	// BCC's first row is 0 -> 1.
	for _, row := range []string{"0 -> 1          : 1 ", "2 -> 3          : 2 ", "4 -> 7          : 4 ", "8 -> 15         : 8 ", "16 -> 31         : 5 "} {
		if !strings.Contains(out.String(), strings.TrimLeft(row, " ")) {
			t.Errorf("no row %q in\n%s", row, out.String())
		}
	}
	out.Reset()
	if err := m.Table("counts").Print(&out); err != nil || out.String() != fmt.Sprintf("%d %d\n", tid, calls) {
		t.Errorf("printed %q, %v", out.String(), err)
	}
}

// collect reads n events, within seconds.
func collect[T any](t testing.TB, s *EventStream[T], n int) []T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Timeout(10*time.Second))
	defer cancel()
	var got []T
	for e, err := range s.All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, e); len(got) == n {
			return got
		}
	}
	t.Fatalf("only %d of %d events came", len(got), n)
	return nil
}

func TestLiveLayoutError(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := loadLive(t, getppidText, &Options{Defines: me()})
	type wrong struct {
		PID uint32
		Nth uint64
	}
	s := Stream[wrong](m, "events", nil)
	var layout *LayoutError
	if !errors.As(s.Err(), &layout) {
		t.Fatalf("got %v", s.Err())
	}
	for _, want := range []string{"tid", "type wrong struct", "uint32"} {
		if !strings.Contains(strings.ToLower(layout.Error()), strings.ToLower(want)) {
			t.Errorf("no %q in\n%v", want, layout)
		}
	}
	for _, err := range s.All(t.Context()) {
		if !errors.As(err, &layout) {
			t.Errorf("All gives %v", err)
		}
	}
	if _, err := Map[uint64, uint64](m, "counts"); !errors.As(err, &layout) {
		t.Errorf("a key of another size gives %v", err)
	}
}

func TestLiveUnknownNames(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, "BPF_HASH(counts, u32);\nBPF_PERF_OUTPUT(events);\nint look(void *ctx)\n{\n\tcounts.increment(1);\n\treturn 0;\n}\n", nil)
	var name *UnknownError
	_, err := m.AttachTracepoint("syscalls:sys_enter_getppid", "lok")
	if !errors.As(err, &name) || !slices.Equal(name.Nearest, []string{"look"}) {
		t.Errorf("function: %v", err)
	}
	if err := m.Table("count").Err(); !errors.As(err, &name) || !slices.Contains(name.Nearest, "counts") {
		t.Errorf("table: %v", err)
	}
	var kind *KindError
	if err := m.RawStream("counts", nil).Err(); !errors.As(err, &kind) {
		t.Errorf("stream of a hash: %v", err)
	}
	if _, err := Map[int32, uint32](m, "events"); !errors.As(err, &kind) {
		t.Errorf("map of a buffer: %v", err)
	}
	var hook *UnknownHookError
	if _, err := m.AttachTracepoint("syscalls:sys_enter_getpid_", "look"); !errors.As(err, &hook) || !slices.Contains(hook.Nearest, "syscalls:sys_enter_getpid") {
		t.Errorf("tracepoint: %v", err)
	}
	if _, err := m.AttachTracepoint("sys_enter_getpid", "look"); err == nil {
		t.Error("a tracepoint without category was attached")
	}
	var symbol *SymbolError
	if _, err := m.AttachUprobe("c", "mallok", "look", nil); !errors.As(err, &symbol) || !slices.Contains(symbol.Nearest, "malloc") {
		t.Errorf("symbol: %v", err)
	}
	var file *FileError
	if _, err := m.AttachUprobe("no-such-library", "f", "look", nil); !errors.As(err, &file) {
		t.Errorf("library: %v", err)
	}
	var golang *GoUretprobeError
	if _, err := m.AttachUretprobe("/proc/self/exe", "main.main", "look", nil); !errors.As(err, &golang) {
		t.Errorf("uretprobe on Go: %v", err)
	}
	if got := m.Links(); len(got) != 0 {
		t.Errorf("failed attaches left %v", got)
	}
}

func TestLiveNoKprobes(t *testing.T) {
	testenv.Live(t)
	if _, err := os.Stat("/sys/bus/event_source/devices/kprobe"); err == nil {
		t.Skip("this kernel has kprobes")
	}
	foreignHeaders(t)
	_, err := Load("int kprobe__sys_clone(void *ctx) { return 0; }", nil)
	var attach *AttachError
	var lack *UnsupportedError
	if !errors.As(err, &attach) || attach.Hook != "kprobe" || !errors.As(err, &lack) || !strings.Contains(err.Error(), "CONFIG_KPROBE") {
		t.Fatalf("got %v", err)
	}
}

func TestLiveKprobes(t *testing.T) {
	testenv.Live(t)
	testenv.NeedKprobes(t)
	m := loadLive(t, `
BPF_HASH(hits, u32, u64);
static int hit(u32 kind)
{
	if (bpf_get_current_pid_tgid() >> 32 == ME)
		hits.increment(kind);
	return 0;
}
int kprobe__sys_getppid(void *ctx) { return hit(1); }
int kretprobe__sys_getppid(void *ctx) { return hit(2); }
int by_call(void *ctx) { return hit(3); }
`, &Options{Defines: me()})
	if _, err := m.AttachKprobe("__x64_sys_getppid", "by_call", nil); err != nil {
		t.Fatal(err)
	}
	call(7)
	hits, err := Map[uint32, uint64](m, "hits")
	if err != nil {
		t.Fatal(err)
	}
	for kind := range uint32(3) {
		if n, err := hits.Lookup(kind + 1); err != nil || n != 7 {
			t.Errorf("kind %d: %d hits, %v", kind+1, n, err)
		}
	}
	var why *KprobeError
	if _, err := m.AttachKprobe("no_such_function_here", "by_call", nil); !errors.As(err, &why) {
		t.Errorf("absent function: %v", err)
	}
}

// TestLiveProbeArguments reads a probed function's arguments as C parameters, a
// system call's through the syscall__ prefix.
func TestLiveProbeArguments(t *testing.T) {
	testenv.Live(t)
	testenv.NeedKprobes(t)
	m := loadLive(t, `
#include <uapi/linux/ptrace.h>
BPF_HISTOGRAM(signals);
BPF_HISTOGRAM(masks);
int syscall__kill(struct pt_regs *ctx, int pid, int sig)
{
	if (bpf_get_current_pid_tgid() >> 32 == ME && pid == ME)
		signals.increment(sig);
	return 0;
}
int kprobe__sys_umask(struct pt_regs *ctx)
{
	struct pt_regs *user = (struct pt_regs *)PT_REGS_PARM1(ctx);
	u64 mask = 0;

	bpf_probe_read_kernel(&mask, sizeof(mask), &user->di);
	if (bpf_get_current_pid_tgid() >> 32 == ME)
		masks.increment(mask);
	return 0;
}
`, &Options{Defines: me()})
	kill, err := GetSyscallFnName("kill")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.AttachKprobe(kill, "syscall__kill", nil); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGWINCH); err != nil {
		t.Fatal(err)
	}
	old := syscall.Umask(0o22)
	syscall.Umask(old)
	checkSlots(t, m, "signals", int(syscall.SIGWINCH))
	if runtime.GOARCH == "amd64" && old != 0o22 {
		checkSlots(t, m, "masks", 0o22, old)
	}
}

func TestLiveVerifierLog(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, "int f(void *ctx) { return 0; }", &Options{LogLevel: 2})
	if err := m.LoadFuncs(); err != nil {
		t.Fatal(err)
	}
	if log := m.VerifierLog("f"); !strings.Contains(log, "exit") {
		t.Errorf("log %q", log)
	}
}

func TestLiveDebugVerifier(t *testing.T) {
	testenv.Live(t)
	const text = "int f(void *ctx)\n{\n\tu64 now = bpf_ktime_get_ns();\n\n\treturn now > 7;\n}\n"
	logs := map[Debug]string{}
	for _, bits := range []Debug{0, DebugBPF, DebugBPFRegisterState} {
		m := loadLive(t, text, &Options{Debug: bits})
		if err := m.LoadFuncs(); err != nil {
			t.Fatal(err)
		}
		logs[bits] = m.VerifierLog("f")
	}
	if logs[0] != "" || !strings.Contains(logs[DebugBPF], "processed ") {
		t.Errorf("without %q, with DebugBPF %q", logs[0], logs[DebugBPF])
	}
	if log := logs[DebugBPFRegisterState]; len(log) <= len(logs[DebugBPF]) || !strings.Contains(log, "R0") {
		t.Errorf("no registers in %q", log)
	}
}

func TestLiveRawTracepoint(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, `
BPF_ARRAY(hits, u64, 1);
RAW_TRACEPOINT_PROBE(sys_enter)
{
	if (bpf_get_current_pid_tgid() >> 32 == ME && ctx->args[1] == NR)
		hits.increment(0);
	return 0;
}
`, &Options{Defines: map[string]string{"ME": fmt.Sprint(os.Getpid()), "NR": fmt.Sprint(syscall.SYS_GETPPID)}})
	call(9)
	hits, err := Map[int32, uint64](m, "hits")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := hits.Lookup(0); err != nil || n != 9 {
		t.Errorf("%d hits, %v", n, err)
	}
}

func TestLiveUprobes(t *testing.T) {
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedProgram(t, "gcc")
	dir := t.TempDir()
	writeText(t, dir+"/u.c", "#include <stdio.h>\n__attribute__((noinline)) int triple(int a) { __asm__(\"\"); return 3 * a; }\n"+
		"int main(void) { getchar(); int s = 0; for (int i = 1; i <= 5; i++) s += triple(i); return s; }\n")
	if out, err := exec.Command("gcc", "-O1", "-o", dir+"/u", dir+"/u.c").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	m := loadLive(t, `
#include <uapi/linux/ptrace.h>
BPF_HISTOGRAM(arguments);
BPF_HISTOGRAM(results);
int enter(struct pt_regs *ctx)
{
	arguments.increment(PT_REGS_PARM1(ctx));
	return 0;
}
int leave(struct pt_regs *ctx)
{
	results.increment(PT_REGS_RC(ctx));
	return 0;
}
`, nil)
	p := exec.Command(dir + "/u")
	in, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	o := &UprobeOptions{PID: p.Process.Pid}
	if _, err := m.AttachUprobe(dir+"/u", "triple", "enter", o); err != nil {
		t.Error(err)
	}
	back, err := m.AttachUretprobe(dir+"/u", "triple", "leave", nil)
	if err != nil {
		t.Fatal(err)
	}
	in.Close()
	if err := p.Wait(); p.ProcessState.ExitCode() != 45 {
		t.Errorf("exit %d, %v", p.ProcessState.ExitCode(), err)
	}
	checkSlots(t, m, "arguments", 1, 2, 3, 4, 5)
	checkSlots(t, m, "results", 3, 6, 9, 12, 15)
	if err := back.Close(); err != nil {
		t.Error(err)
	}
	if got := len(m.Links()); got != 1 {
		t.Errorf("%d links after closing one of two", got)
	}
}

// checkSlots wants one count in each of the slots and nothing elsewhere.
func checkSlots(t *testing.T, m *Module, table string, slots ...int) {
	t.Helper()
	sections, err := m.Table(table).Sections()
	if err != nil || len(sections) != 1 {
		t.Fatalf("%s: %v, %v", table, sections, err)
	}
	for slot, n := range sections[0].Counts {
		want := uint64(0)
		if slices.Contains(slots, slot) {
			want = 1
		}
		if n != want {
			t.Errorf("%s[%d] = %d, want %d", table, slot, n, want)
		}
	}
}

func TestLiveVerifierError(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	line := here() + 9
	_, err := Load(`
BPF_HASH(counts, u32, u64);
TRACEPOINT_PROBE(syscalls, sys_enter_getppid)
{
	u32 key = 1;
	u64 *n;

	n = counts.lookup(&key);
	*n += 1;
	return 0;
}
`, nil)
	var refused *VerifierError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v", err)
	}
	if refused.Function != "tracepoint__syscalls__sys_enter_getppid" || refused.Line != line || filepath.Base(refused.File) != "module_live_test.go" {
		t.Errorf("%s:%d function %s, want line %d", refused.File, refused.Line, refused.Function, line)
	}
	if !strings.Contains(refused.Reason, "map_value_or_null") && !strings.Contains(refused.Reason, "invalid mem access") {
		t.Errorf("reason %q", refused.Reason)
	}
	for _, part := range []string{"\n\t*n += 1;\n", "that is: a pointer is used that may be NULL", "to fix: check it first"} {
		if !strings.Contains(refused.Error(), part) {
			t.Errorf("no %q in %v", part, refused)
		}
	}
	if lines := strings.Count(refused.Error(), "\n") + 1; lines > 8 {
		t.Errorf("%d lines", lines)
	}
	log := fmt.Sprintf("%+v", refused)
	if !strings.Contains(log, "*n += 1;") {
		t.Errorf("the log does not quote the C text:\n%s", log)
	}
	wantLogFile(t, refused, log)
}

// wantLogFile checks that the log is in a file, if there is a cache for it.
func wantLogFile(t *testing.T, refused *VerifierError, log string) {
	t.Helper()
	if os.Getenv("BCCGO_CACHE") == CacheOff {
		if refused.LogFile != "" {
			t.Errorf("the cache is off, and the log was kept in %s", refused.LogFile)
		}
		return
	}
	kept, err := os.ReadFile(refused.LogFile)
	if err != nil || !strings.HasSuffix(log, strings.TrimSpace(string(kept))) {
		t.Errorf("the file %q does not have the log: %v", refused.LogFile, err)
	}
	if !strings.Contains(refused.Error(), "\n\tlog: "+refused.LogFile) {
		t.Errorf("no %s in %v", refused.LogFile, refused)
	}
}

func TestLiveNotRoot(t *testing.T) {
	testenv.Live(t)
	if os.Getenv("BCCGO_TEST_DROP_ROOT") == "" {
		cmd := exec.Command("/proc/self/exe", "-test.run", "^TestLiveNotRoot$", "-test.v")
		cmd.Env = append(os.Environ(), "BCCGO_TEST_DROP_ROOT=1")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	if err := syscall.Setresuid(0, 65534, 0); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setresuid(0, 0, 0)
	_, err := Load("int f(void *ctx) { return 0; }", nil)
	var denied *PermissionError
	if !errors.As(err, &denied) || !strings.Contains(err.Error(), "sudo") || !strings.Contains(err.Error(), "CAP_BPF") {
		t.Fatalf("got %v", err)
	}
}

func TestLiveForeignBundle(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	b, err := Compile("int f(void *ctx) { return 0; }", nil)
	if err != nil {
		t.Fatal(err)
	}
	b.data.Target.Release = "3.14.0-pie"
	_, err = LoadBundle(b, nil)
	var foreign *ForeignError
	if !errors.As(err, &foreign) || foreign.Built != "3.14.0-pie" || foreign.Running == foreign.Built {
		t.Fatalf("got %v", err)
	}
	m, err := LoadBundle(b, &Options{AnyKernel: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if _, err := LoadBundle(new(Bundle), nil); !errors.Is(err, ErrNotBundle) {
		t.Errorf("an empty bundle gives %v", err)
	}
}

func TestLiveClosed(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, "BPF_PERF_OUTPUT(events);\nint f(void *ctx) { return 0; }\n", nil)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	if _, err := m.AttachTracepoint("syscalls:sys_enter_getppid", "f"); err == nil {
		t.Error("attached a closed module's function")
	}
}
