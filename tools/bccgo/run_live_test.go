package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// enough is how long a compile and a short run take at most.
const enough = time.Minute

// live marks a test that runs programs at the tracepoint of getpgid.
func live(t *testing.T) string {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getpgid")
	return testenv.Tool(t, "bccgo")
}

// watch is a program that shows the calls of getpgid by PID in every way.
const watch = `
struct event {
	u32 pid;
	s32 arg;
	char comm[16];
};

BPF_PERF_OUTPUT(events);
BPF_HASH(calls, u32, u64);
BPF_PERCPU_ARRAY(percpu, u64, 4);
BPF_HISTOGRAM(sizes);
BPF_HASH(unused, u32, u64);

TRACEPOINT_PROBE(syscalls, sys_enter_getpgid)
{
	struct event ev = {};
	u64 *count, zero = 0;
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	int slot = 2;

	if (pid != PID)
		return 0;
	if (!pid)
		unused.increment(pid);
	ev.pid = pid;
	ev.arg = args->pid;
	bpf_get_current_comm(&ev.comm, sizeof(ev.comm));
	events.perf_submit(args, &ev, sizeof(ev));
	calls.increment(pid);
	count = percpu.lookup(&slot);
	if (count)
		(*count)++;
	sizes.increment(bpf_log2l(args->pid));
	return 0;
}
`

// write makes a file with the text and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// attached waits until a program that was started with -v runs.
func attached(p *testenv.Proc) {
	p.Await("^bccgo: attached ", enough)
}

func TestRunUntilInterrupted(t *testing.T) {
	tool := live(t)
	w := startWorker(t)
	p := testenv.Start(t, tool, "run", "-v", w.define(), write(t, "watch.c", watch))
	attached(p)
	w.call(t, 6)
	zero := fmt.Sprintf("events: pid=%d arg=0 comm=%s\n", w.Pid(), workerComm)
	self := fmt.Sprintf("events: pid=%d arg=%d comm=%s\n", w.Pid(), w.Pid(), workerComm)
	p.Await("(?s)("+self+".*){3}", enough) // events come while it runs
	w.call(t, 2)
	res := p.Stop()
	if res.ExitCode != 0 {
		t.Fatalf("%v", res)
	}
	want := strings.Repeat(zero, 3) + strings.Repeat(self, 3) + zero + self +
		fmt.Sprintf("\ncalls:\n  %d  8\n\npercpu:\n  2  8\n\nsizes:\n", w.Pid())
	if !strings.HasPrefix(res.Stdout, want) || strings.Contains(res.Stdout, "unused") {
		t.Errorf("got\n%swant\n%s", res.Stdout, want)
	}
	wantErr := `^bccgo: compiled \S+/watch.c for \S+ with .*headers.* in \S+\n` +
		`bccgo: attached tracepoint__syscalls__sys_enter_getpgid at tracepoint syscalls:sys_enter_getpgid\n$`
	if !regexp.MustCompile(wantErr).MatchString(res.Stderr) {
		t.Errorf("stderr:\n%s", res.Stderr)
	}
}

func TestRunTerminated(t *testing.T) {
	tool := live(t)
	w := startWorker(t)
	p := testenv.Start(t, tool, "run", "-v", w.define(), write(t, "watch.c", watch))
	attached(p)
	w.call(t, 1)
	p.Signal(syscall.SIGTERM)
	if res := p.Wait(enough); res.ExitCode != 0 || !strings.Contains(res.Stdout, fmt.Sprintf("\ncalls:\n  %d  1\n", w.Pid())) {
		t.Errorf("%v", res)
	}
}

func TestRunInterruptedWhileCompiling(t *testing.T) {
	tool := live(t)
	t.Setenv("BCCGO_COMPILE_SPOOL", "") // a compiler elsewhere has other files
	fifo := filepath.Join(t.TempDir(), "slow.h")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	p := testenv.Start(t, tool, "run", "-e", "#include \""+fifo+"\"\nint f(void *ctx) { return 0; }")
	writer := openFifo(t, fifo) // the compiler is reading
	defer writer.Close()
	if res := p.Stop(); res.ExitCode != 130 || res.Stderr != "bccgo: interrupted\n" || res.Stdout != "" {
		t.Errorf("%v", res)
	}
}

// openFifo opens a fifo for writing once somebody reads it.
func openFifo(t *testing.T, path string) *os.File {
	t.Helper()
	for deadline := time.Now().Add(testenv.Timeout(enough)); ; time.Sleep(10 * time.Millisecond) {
		f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err == nil {
			return f
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// jsonLine is any line of --json.
type jsonLine struct {
	Type, Table, Name, Message, Scale string
	CPU                               *int
	PID                               int
	Count                             uint64
	Data                              struct {
		PID, Arg int
		Comm     string
	}
	Entries []struct {
		Key   int
		Value json.RawMessage
	}
	Sections []struct {
		Data []struct {
			Start uint64 `json:"interval-start"`
			End   uint64 `json:"interval-end"`
			Count uint64
		}
	}
}

func parseLines(t *testing.T, output string) []jsonLine {
	t.Helper()
	var list []jsonLine
	for line := range strings.Lines(output) {
		var l jsonLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		list = append(list, l)
	}
	return list
}

func TestRunJSON(t *testing.T) {
	tool := live(t)
	w := startWorker(t)
	p := testenv.Start(t, tool, "run", "-v", "--json", w.define(), write(t, "watch.c", watch))
	attached(p)
	w.call(t, 10)
	res := p.Stop()
	var zeros, selves int
	found := make(map[string]bool)
	for _, l := range parseLines(t, res.Stdout) {
		switch l.Type + " " + l.Table + l.Name {
		case "event events":
			if l.Data.PID != w.Pid() || l.Data.Comm != workerComm || l.CPU == nil {
				t.Errorf("event %+v", l)
			}
			switch l.Data.Arg {
			case 0:
				zeros++
			case w.Pid():
				selves++
			}
		case "table calls":
			if len(l.Entries) != 1 || l.Entries[0].Key != w.Pid() || string(l.Entries[0].Value) != "10" {
				t.Errorf("calls: %+v", l.Entries)
			}
		case "table percpu":
			if len(l.Entries) != 1 || l.Entries[0].Key != 2 || sum(t, l.Entries[0].Value) != 10 {
				t.Errorf("percpu: %+v", l.Entries)
			}
		case "histogram sizes":
			checkSizes(t, l, w.Pid())
		default:
			t.Errorf("unexpected line %+v", l)
		}
		found[l.Type+l.Name] = true
	}
	if res.ExitCode != 0 || zeros != 5 || selves != 5 || len(found) != 4 {
		t.Errorf("%d and %d events, kinds %v\n%v", zeros, selves, found, res)
	}
}

func sum(t *testing.T, list json.RawMessage) uint64 {
	t.Helper()
	var values []uint64
	if err := json.Unmarshal(list, &values); err != nil {
		t.Fatal(err)
	}
	var total uint64
	for _, v := range values {
		total += v
	}
	return total
}

// checkSizes expects five values of 0 and five of pid.
func checkSizes(t *testing.T, l jsonLine, pid int) {
	t.Helper()
	if l.Scale != "log2" || len(l.Sections) != 1 {
		t.Fatalf("histogram %+v", l)
	}
	for _, row := range l.Sections[0].Data {
		want := uint64(0)
		if row.Start == 0 || row.Start <= uint64(pid) && uint64(pid) <= row.End {
			want = 5
		}
		if row.Count != want {
			t.Errorf("%d values from %d to %d, want %d", row.Count, row.Start, row.End, want)
		}
	}
}

func TestRunDuration(t *testing.T) {
	tool := live(t)
	w := startWorker(t)
	p := testenv.Start(t, tool, "run", write(t, "watch.c", watch), "-v", "-d", "1.5", w.define())
	attached(p)
	start := time.Now()
	w.call(t, 3)
	res := p.Wait(enough)
	if took := time.Since(start); took < 1300*time.Millisecond || took > testenv.Timeout(4*time.Second) {
		t.Errorf("ran for %v, want 1.5s", took)
	}
	if res.ExitCode != 0 || !strings.Contains(res.Stdout, fmt.Sprintf("\ncalls:\n  %d  3\n", w.Pid())) {
		t.Errorf("%v", res)
	}
}

func TestRunDurationZero(t *testing.T) {
	tool := live(t)
	res := testenv.Run(t, enough, tool, "run", "-d", "0", "-v", "-DPID=1", write(t, "watch.c", watch))
	if res.ExitCode != 0 || res.Stdout != "" || !strings.Contains(res.Stderr, "bccgo: attached tracepoint__") {
		t.Errorf("%v", res)
	}
}

// ring sends through a ring buffer, and one time through a buffer it does not
// say the type of.
const ring = `
BPF_RINGBUF_OUTPUT(ring, 8);

TRACEPOINT_PROBE(syscalls, sys_enter_getpgid)
{
	u64 id = bpf_get_current_pid_tgid();

	if (id >> 32 != PID)
		return 0;
	ring.ringbuf_output(&id, sizeof(id), 0);
	return 0;
}
`

func TestRunRingBufferFromStdin(t *testing.T) {
	tool := live(t)
	w := startWorker(t)
	cmd := exec.Command(tool, "run", "--json", "-v", w.define(), "-")
	cmd.Stdin = strings.NewReader(ring)
	p := testenv.StartCmd(t, cmd)
	attached(p)
	w.call(t, 4)
	res := p.Stop()
	lines := strings.Split(strings.TrimSuffix(res.Stdout, "\n"), "\n")
	if res.ExitCode != 0 || len(lines) != 4 {
		t.Fatalf("%v", res)
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, `{"type":"event","table":"ring","data":`) && !strings.HasPrefix(line, `{"type":"event","table":"ring","raw":"`) {
			t.Errorf("got %s", line)
		}
	}
}

func TestRunReportsLostEvents(t *testing.T) {
	tool := live(t)
	w := startWorker(t)
	p := testenv.Start(t, tool, "run", "-v", "--json", w.define(), write(t, "watch.c", watch))
	attached(p)
	const calls = 60000 // of 48 bytes or so each, into the 1 MiB of one CPU
	w.keepOnOneCPU(t)
	p.Signal(syscall.SIGSTOP)
	w.call(t, calls)
	p.Signal(syscall.SIGCONT)
	p.Await(`^\{"type":"event"`, enough)
	w.call(t, 2) // the kernel tells of losses when there is room again
	res := p.Stop()
	var events, missing uint64
	for _, l := range parseLines(t, res.Stdout) {
		switch l.Type {
		case "event":
			events++
		case "lost":
			missing += l.Count
		}
	}
	if events+missing != calls+2 || missing == 0 || events == 0 {
		t.Errorf("%d events and %d lost, want %d together", events, missing, calls+2)
	}
}

func TestRunIntoClosedPipe(t *testing.T) {
	tool := live(t)
	w := startWorker(t)
	source := write(t, "watch.c", watch)
	p := testenv.Start(t, "bash", "-c", `"$@" | head -n 1; exit "${PIPESTATUS[0]}"`, "-", tool, "run", "-v", w.define(), source)
	attached(p)
	w.call(t, 2)
	p.Await("^events: ", enough)
	w.call(t, 2)
	res := p.Wait(enough)
	if res.ExitCode != 128+int(syscall.SIGPIPE) || strings.Count(res.Stdout, "\n") != 1 || strings.Contains(res.Stderr, "panic") {
		t.Errorf("%v", res)
	}
}

func TestRunIntoFullDisk(t *testing.T) {
	tool := live(t)
	w := startWorker(t)
	p := testenv.Start(t, "sh", "-c", `exec "$@" >/dev/full`, "-", tool, "run", "-v", w.define(), write(t, "watch.c", watch))
	attached(p)
	w.call(t, 2)
	res := p.Wait(enough)
	if res.ExitCode != 2 || !strings.HasSuffix(res.Stderr, "bccgo: write results: write /dev/stdout: no space left on device\n") {
		t.Errorf("%v", res)
	}
}

func TestRunWithoutAttachment(t *testing.T) {
	tool := live(t)
	idle := "int helper(void *ctx) { return 0; }"
	res := testenv.Run(t, enough, tool, "run", "-e", idle)
	if res.ExitCode != 1 || !strings.HasPrefix(res.Stderr, "bccgo: nothing to attach: no function of -e has a name that says where") {
		t.Errorf("%v", res)
	}
	if res := testenv.Run(t, enough, tool, "run", "-d", "0", "-e", idle); res.ExitCode != 0 || res.Stderr != "" {
		t.Errorf("-d 0: %v", res)
	}
}

func TestRunUnknownTracepoint(t *testing.T) {
	tool := live(t)
	res := testenv.Run(t, enough, tool, "run", "-e", "int tracepoint__syscalls__sys_enter_getpgidd(void *ctx) { return 0; }")
	if res.ExitCode != 1 || !strings.Contains(res.Stderr, "syscalls:sys_enter_getpgidd") || !strings.Contains(res.Stderr, "sys_enter_getpgid ") &&
		!strings.Contains(res.Stderr, "sys_enter_getpgid?") && !strings.Contains(res.Stderr, "sys_enter_getpgid,") {
		t.Errorf("%v", res)
	}
}

func TestRunUnprivileged(t *testing.T) {
	tool := live(t)
	cmd := exec.Command(tool, "run", "-e", "int f(void *ctx) { return 0; }")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	res := testenv.StartCmd(t, cmd).Wait(enough)
	if res.ExitCode != 2 || !strings.Contains(res.Stderr, "user 65534 lacks the capabilities CAP_BPF and CAP_PERFMON; run it as root") {
		t.Errorf("%v", res)
	}
}
