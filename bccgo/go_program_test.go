package bccgo

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// goProgram does what letters say, in functions that are called for nothing else.
const goProgram = `package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
)

//go:noinline
func add(a, b int) int { return a + b }

//go:noinline
func greet(greeting, name string) string { return greeting + ", " + name }

//go:noinline
func sum(list []int32) (n int64) {
	for _, one := range list {
		n += int64(one)
	}
	return n
}

type box struct {
	sides [2]int
	name  string
}

//go:noinline
func weigh(b box, per int) int { return b.sides[0] * b.sides[1] * per }

//go:noinline
func scale(by float64, n int) float64 { return by * float64(n) }

var errZero = errors.New("zero")

//go:noinline
func divide(a, b int) (int, int, error) {
	if b == 0 {
		return 0, 0, errZero
	}
	return a / b, a % b, nil
}

//go:noinline
func narrow(a int8, b uint16, c bool) uint8 { return uint8(a) + uint8(b) }

type counter struct{ n int }

//go:noinline
func (c *counter) Add(by int) int { c.n += by; return c.n }

//go:noinline
func slow(n int) int {
	for range 5 {
		time.Sleep(time.Millisecond)
		runtime.Gosched()
	}
	return 2 * n
}

//go:noinline
func deep(n int) int {
	var room [512]int
	room[n] = n
	if n > 0 {
		return deep(n-1) + room[n]
	}
	return room[0]
}

//go:noinline
func wide(n int) int {
	var room [4096]int
	fill(&room, n)
	return room[n] + 1
}

//go:noinline
func fill(room *[4096]int, n int) { room[n] = n }

//go:noinline
func careful(n int) (result int) {
	defer func() {
		if recover() != nil {
			result = -1
		}
	}()
	return fail(n)
}

//go:noinline
func fail(n int) int {
	if n > 1 {
		panic("too many")
	}
	return n
}

//go:noinline
func forever(n int) {
	for {
		time.Sleep(time.Hour)
	}
}

func tiny(n int) int { return n + 1 }

func inGoroutines(n int, f func(int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Add(1)
		go func() {
			defer all.Done()
			f(i)
		}()
	}
	all.Wait()
}

// goid is the number that tracebacks print.
func goid() (id int) {
	text := make([]byte, 64)
	fmt.Sscanf(string(text[:runtime.Stack(text, false)]), "goroutine %d", &id)
	return id
}

func main() {
	var c counter
	letter := make([]byte, 1)
	for {
		if n, err := os.Stdin.Read(letter); n == 0 || err != nil {
			return
		}
		switch letter[0] {
		case 'a':
			add(2, -3)
		case 's':
			greet(strings.Repeat("hello", 1), strings.Repeat("x", 40))
		case 'l':
			sum([]int32{5, 6, 7})
		case 'b':
			weigh(box{[2]int{3, 4}, "box"}, 5)
		case 'f':
			scale(1.5, 7)
		case 'd':
			divide(17, 5)
			divide(1, 0)
		case 'n':
			narrow(-2, 65535, true)
		case 'm':
			c.Add(9)
		case 'g':
			inGoroutines(200, func(i int) { slow(i) })
		case 'i':
			inGoroutines(20, func(int) { add(goid(), 0) })
		case 'k':
			inGoroutines(1, func(int) { deep(100) })
		case 'w':
			inGoroutines(100, func(i int) { wide(i) })
		case 'p':
			careful(1)
			careful(2)
		case 't':
			c.n = tiny(len(os.Args))
		case 'z':
			go forever(1)
		}
		os.Stdout.WriteString(".")
	}
}
`

// buildGo builds a Go program for a test.
func buildGo(t *testing.T, text string, args ...string) string {
	t.Helper()
	testenv.NeedProgram(t, "go")
	path := filepath.Join(t.TempDir(), "target")
	key := strings.Join(append([]string{"go", text}, args...), "\x00")
	built.Lock()
	defer built.Unlock()
	if built.programs[key] == nil {
		writeText(t, path+".go", text)
		cmd := exec.Command("go", append(append([]string{"build", "-o", path}, args...), path+".go")...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, out)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		built.programs[key] = data
	}
	if err := os.WriteFile(path, built.programs[key], 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// goReader hands over what it finds at both ends of functions.
const goReader = `
#include <uapi/linux/ptrace.h>
struct event_t {
	u64 g;
	u64 ip;
	u32 tid;
	u32 end;
	s64 values[4];
	s64 stack[3];
	char text[16];
};
BPF_QUEUE(events, struct event_t, 1024);

int on_entry(struct pt_regs *ctx)
{
	struct event_t e = {.g = PT_GO_G(ctx), .ip = PT_REGS_IP(ctx), .tid = bpf_get_current_pid_tgid()};

	e.values[0] = PT_GO_PARM1(ctx);
	e.values[1] = PT_GO_PARM2(ctx);
	e.values[2] = PT_GO_PARM3(ctx);
	e.values[3] = PT_GO_PARM4(ctx);
	bpf_probe_read_user(e.stack, sizeof(e.stack), (void *)PT_GO_STACK(ctx));
	events.push(&e, 0);
	return 0;
}

int on_return(struct pt_regs *ctx)
{
	struct event_t e = {.g = PT_GO_G(ctx), .ip = PT_REGS_IP(ctx), .tid = bpf_get_current_pid_tgid(), .end = 1};

	e.values[0] = PT_GO_RC1(ctx);
	e.values[1] = PT_GO_RC2(ctx);
	e.values[2] = PT_GO_RC3(ctx);
	e.values[3] = PT_GO_RC4(ctx);
	events.push(&e, 0);
	return 0;
}

#ifdef GOID
int on_goid(struct pt_regs *ctx)
{
	struct event_t e = {};

	e.values[0] = PT_GO_PARM1(ctx);
	e.values[1] = bpf_go_goid(ctx, GOID);
	events.push(&e, 0);
	return 0;
}
#endif

int on_texts(struct pt_regs *ctx)
{
	struct event_t e = {};

	e.values[0] = bpf_go_read_string(e.text, sizeof(e.text), PT_GO_PARM1(ctx), PT_GO_PARM2(ctx));
	events.push(&e, 0);
	__builtin_memset(e.text, 0, sizeof(e.text));
	e.values[0] = bpf_go_read_string(e.text, sizeof(e.text), PT_GO_PARM3(ctx), PT_GO_PARM4(ctx));
	events.push(&e, 0);
	return 0;
}

int on_text(struct pt_regs *ctx)
{
	struct event_t e = {.end = 1};

	e.values[0] = bpf_go_read_string(e.text, sizeof(e.text), PT_GO_RC1(ctx), PT_GO_RC2(ctx));
	events.push(&e, 0);
	return 0;
}
`

type goEvent struct {
	G, IP    uint64
	TID, End uint32
	Values   [4]int64
	Stack    [3]int64
	Text     [16]byte
}

// goTarget is a running Go program with a loaded reader.
type goTarget struct {
	*chain
	module *Module
	queue  *QueueMap[goEvent]
}

func startGo(t *testing.T, args ...string) *goTarget {
	t.Helper()
	testenv.NeedUprobes(t)
	return readGo(t, startAnswering(t, buildGo(t, goProgram, args...)), nil)
}

func readGo(t *testing.T, c *chain, o *Options) *goTarget {
	t.Helper()
	m := loadLive(t, goReader, o)
	return &goTarget{c, m, must(Queue[goEvent](m, "events"))(t)}
}

// both attaches to both ends of functions of the program.
func (g *goTarget) both(functions ...string) {
	g.t.Helper()
	o := &UprobeOptions{PID: g.pid, Go: true}
	for _, f := range functions {
		must(g.module.AttachUprobe(g.path, f, "on_entry", o))(g.t)
		must(g.module.AttachUretprobe(g.path, f, "on_return", o))(g.t)
	}
}

// do has the program do what letters say, and returns what was seen.
func (g *goTarget) do(letters string) []goEvent {
	g.t.Helper()
	for _, letter := range letters {
		g.call(string(letter))
	}
	var events []goEvent
	for e, err := range g.queue.Drain() {
		if err != nil {
			g.t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}
