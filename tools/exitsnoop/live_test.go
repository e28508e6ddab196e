package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
}

// ending is a process that ends when it is told to.
type ending struct {
	*testenv.Proc
	t     *testing.T
	stdin io.WriteCloser
	began time.Time
}

// start starts a process that waits for its word.
func start(t *testing.T, cmd *exec.Cmd) *ending {
	t.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close() })
	return &ending{testenv.StartCmd(t, cmd), t, stdin, time.Now()}
}

// shell is a process that does what a script says after its word.
func shell(t *testing.T, script string) *ending {
	t.Helper()
	return start(t, exec.Command("sh", "-c", "read x; "+script))
}

func helper(t *testing.T, what string) *ending {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	// A thread that ends behind the runtime's back takes its place among the running
	// with it.
	cmd.Env = append(os.Environ(), helperEnv+"="+what, "GOMAXPROCS=8", "GOGC=off")
	return start(t, cmd)
}

// finish gives the word and waits for the end; it returns how old the process got.
func (e *ending) finish() float64 {
	e.t.Helper()
	if _, err := io.WriteString(e.stdin, "\n"); err != nil {
		e.t.Fatal(err)
	}
	e.Wait(time.Minute)
	return time.Since(e.began).Seconds()
}

// exits reads lines of JSON.
func exits(t *testing.T, stdout string) (all []exit) {
	t.Helper()
	for line := range strings.Lines(stdout) {
		var e exit
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, e)
	}
	return all
}

// only is the end of a process, which must be there once.
func only(t *testing.T, all []exit, pid int) exit {
	t.Helper()
	var found []exit
	for _, e := range all {
		if e.PID == uint32(pid) {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d ends of process %d: %+v", len(found), pid, found)
	}
	return found[0]
}

// ways are ways for a shell to end.
var ways = []struct {
	name, script string
	code, signal uint32
	signalName   string
	how          string
}{
	{"well", "exit 0", 0, 0, "", "0"},
	{"code", "exit 3", 3, 0, "", "code 3"},
	{"signal", "kill -TERM $$", 0, 15, "TERM", "signal 15 (TERM)"},
	{"kill", "kill -KILL $$", 0, 9, "KILL", "signal 9 (KILL)"},
	{"real-time signal", "kill -34 $$", 0, 34, "RTMIN", "signal 34 (RTMIN)"},
}

// The tool ends with the process, whose end it prints.
func TestLive(t *testing.T) {
	needs(t)
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			e := shell(t, way.script)
			p := tooltest.Start(t, "exitsnoop", "--json", "-p", fmt.Sprint(e.Pid()))
			age := e.finish()
			r := p.Wait(time.Minute)
			got := only(t, exits(t, r.Stdout), e.Pid())
			checkExit(t, got, e, age)
			if r.ExitCode != 0 || got.Code != way.code || got.Signal != way.signal || got.SignalName != way.signalName {
				t.Errorf("got %v", r)
			}
		})
	}
}

// slack is how much an age by the test's clock may be off: it sees the process begin
// earlier and end later.
func slack(age float64) float64 { return 0.3*age + testenv.Timeout(100*time.Millisecond).Seconds() }

// checkExit checks what all shells have in common.
func checkExit(t *testing.T, got exit, e *ending, age float64) {
	t.Helper()
	if got.Comm != "sh" || got.TID != uint32(e.Pid()) || got.PPID != uint32(os.Getpid()) || math.Abs(got.Age-age) > slack(age) {
		t.Errorf("after %.3f s got %+v", age, got)
	}
	if ago := time.Since(got.Time); ago < 0 || ago > 5*time.Minute {
		t.Errorf("%v ago: %+v", ago, got)
	}
}

// A process ends with its last thread, and its code is not that of its first one.
func TestLiveLeaderFirst(t *testing.T) {
	needs(t)
	e := helper(t, "leader first")
	p := tooltest.Start(t, "exitsnoop", "--json", "-p", fmt.Sprint(e.Pid()))
	age := e.finish()
	got := only(t, exits(t, p.Wait(time.Minute).Stdout), e.Pid())
	if got.Code != 7 || got.Signal != 0 || got.TID != uint32(e.Pid()) || math.Abs(got.Age-age) > slack(age) {
		t.Errorf("after %.3f s got %+v", age, got)
	}
}

func TestLiveThreads(t *testing.T) {
	needs(t)
	e := helper(t, "threads")
	p := tooltest.Start(t, "exitsnoop", "--json", "--per-thread", "-p", fmt.Sprint(e.Pid()))
	e.finish()
	codes := make(map[uint32]uint32)
	for _, x := range exits(t, p.Wait(time.Minute).Stdout) {
		if x.PID != uint32(e.Pid()) || x.PPID != uint32(os.Getpid()) {
			t.Errorf("got %+v", x)
		}
		codes[x.TID] = x.Code
	}
	tids := regexp.MustCompile(`(?m)^thread (\d+)$`).FindAllStringSubmatch(e.Stdout(), -1)
	if len(tids) != 2 {
		t.Fatalf("the helper said %q", e.Stdout())
	}
	for i, tid := range tids {
		var n uint32
		fmt.Sscan(tid[1], &n)
		if codes[n] != uint32(40+i) {
			t.Errorf("thread %d: got code %d in %v", n, codes[n], codes)
		}
	}
	if _, ok := codes[uint32(e.Pid())]; !ok || len(codes) < 4 {
		t.Errorf("not all threads are there: %v", codes)
	}
}

// The columns that are asked for are there, and -x leaves good ends out but ends with
// the process nonetheless.
func TestLiveColumns(t *testing.T) {
	needs(t)
	e := shell(t, "exit 5")
	p := tooltest.Start(t, "exitsnoop", "-x", "--utc", "--label=a b", "-p", fmt.Sprint(e.Pid()))
	e.finish()
	want := fmt.Sprintf(`^TIME-UTC     LABEL PCOMM            PID     PPID    TID     AGE\(s\)  EXIT_CODE\n`+
		`\d\d:\d\d:\d\d\.\d{3} a b   sh               %-7d %-7d %-7d \d\.\d\d    code 5\n$`, e.Pid(), os.Getpid(), e.Pid())
	if r := p.Wait(time.Minute); r.ExitCode != 0 || !regexp.MustCompile(want).MatchString(r.Stdout) {
		t.Errorf("got %v", r)
	}
	e = shell(t, "exit 0")
	p = tooltest.Start(t, "exitsnoop", "-x", "--json", "-p", fmt.Sprint(e.Pid()))
	e.finish()
	if r := p.Wait(time.Minute); r.ExitCode != 0 || r.Stdout != "" {
		t.Errorf("got %v", r)
	}
}

// A process that has ended, though its parent has not asked yet how, is not waited
// for.
func TestLiveLate(t *testing.T) {
	needs(t)
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	for !toolkit.Ended(cmd.Process.Pid) {
		time.Sleep(10 * time.Millisecond)
	}
	r := testenv.Run(t, time.Minute, testenv.Tool(t, "exitsnoop"), "-p", fmt.Sprint(cmd.Process.Pid))
	want := fmt.Sprintf("exitsnoop: --pid %d: the process ended before its end could be traced\n", cmd.Process.Pid)
	if r.ExitCode != 1 || r.Stderr != want {
		t.Errorf("got %v", r)
	}
}
