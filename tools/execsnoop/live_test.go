package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// want is a call that was made.
type want struct {
	pid  int // 0 if not known
	uid  uint32
	comm string // "" if not known
	ret  int32
	args []string
	cut  []int
	more bool
}

// run runs a program to its end and returns its process id.
func run(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	return cmd.Process.Pid
}

// activity starts programs in all kinds of ways and returns what is to be seen.
// Names are unique to this run.
func activity(t *testing.T) []want {
	t.Helper()
	tag := fmt.Sprintf("execsnoop-test-%d", os.Getpid())
	long := strings.Repeat("x", 300)
	many := make([]string, 25)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	var out []want
	add := func(w want) { out = append(out, w) }
	echo := func(args ...string) int { return run(t, exec.Command("/bin/echo", args...)) }

	args := []string{tag, "two words", "it's", ""}
	add(want{pid: echo(args...), comm: "echo", args: append([]string{"/bin/echo"}, args...)})
	add(want{pid: echo(tag, long, "after"), comm: "echo", args: []string{"/bin/echo", tag, long[:127], "after"}, cut: []int{2}})
	add(want{pid: echo(append([]string{tag}, many...)...), comm: "echo", args: append([]string{"/bin/echo", tag}, many[:18]...), more: true})
	exact := append([]string{tag, "exact"}, many[:17]...)
	add(want{pid: echo(exact...), comm: "echo", args: append([]string{"/bin/echo"}, exact...)})

	nobody := exec.Command("/bin/echo", tag, "nobody")
	nobody.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	add(want{pid: run(t, nobody), uid: 65534, comm: "echo", args: []string{"/bin/echo", tag, "nobody"}})

	missing := "/nonexistent/" + tag
	if err := exec.Command(missing, "a").Run(); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("run %s: %v", missing, err)
	}
	add(want{ret: -int32(unix.ENOENT), args: []string{missing, "a"}})

	add(want{pid: runHelper(t, "thread"), comm: "true", args: []string{"/bin/true", "from a thread"}})
	byFD := exec.Command("/usr/bin/python3", "-ISc", "import os; os.execve(os.open('/bin/echo', os.O_RDONLY), ['echo', '"+tag+"', 'fd'], {})")
	add(want{pid: run(t, byFD), args: []string{"/dev/fd/3", tag, "fd"}})
	return out
}

// check looks for the calls that were made among JSON lines.
func check(t *testing.T, stdout string, wanted []want) {
	t.Helper()
	var calls []call
	for line := range strings.Lines(stdout) {
		var c call
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		calls = append(calls, c)
	}
	for _, w := range wanted {
		i := slices.IndexFunc(calls, func(c call) bool { return slices.Equal(c.Args, w.args) })
		if i < 0 {
			t.Errorf("no call %q in\n%s", w.args, stdout)
			continue
		}
		checkCall(t, calls[i], w)
	}
}

func checkCall(t *testing.T, c call, w want) {
	t.Helper()
	self := filepath.Base(os.Args[0]) // the name the kernel has for this test
	ok := (w.pid == 0 || c.PID == uint32(w.pid)) && (w.comm == "" || c.Comm == w.comm) &&
		c.PPID == uint32(os.Getpid()) && c.PComm == self[:min(len(self), 15)] && c.UID == w.uid && c.Ret == w.ret &&
		slices.Equal(c.ArgsCut, w.cut) && c.ArgsMore == w.more && !c.ArgsLost && len(c.ArgsUnreadable) == 0
	if !ok {
		t.Errorf("got %+v\nwant %+v", c, w)
	}
	if age := time.Since(c.Time); age < 0 || age > 5*time.Minute {
		t.Errorf("%q happened %v ago", w.args, age)
	}
}

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_execve")
}

func TestLive(t *testing.T) {
	needs(t)
	testenv.NeedProgram(t, "/usr/bin/python3")
	p := tooltest.Start(t, "execsnoop", "--json", "-x", "-P", fmt.Sprint(os.Getpid()))
	wanted := activity(t)
	r := tooltest.Stop(t, p)
	check(t, r.Stdout, wanted)
	for line := range strings.Lines(r.Stdout) {
		if !strings.Contains(line, fmt.Sprintf(`"ppid":%d,`, os.Getpid())) {
			t.Errorf("not a child of this test: %s", line)
		}
	}
}

// The filters leave out what they should, and nothing else.
func TestLiveFilters(t *testing.T) {
	needs(t)
	own := []string{"-P", fmt.Sprint(os.Getpid())}
	for _, test := range []struct {
		name string
		args []string
		want []string // the ends of lines
	}{
		{"successes", nil, []string{" 0 /bin/echo one", " 0 /bin/true two", " 0 /bin/echo three"}},
		{"failures too", []string{"-x"}, []string{" 0 /bin/echo one", " 0 /bin/true two", " 0 /bin/echo three", " -2 /nonexistent/four"}},
		{"name", []string{"-n", "^tr"}, []string{" 0 /bin/true two"}},
		{"line", []string{"-l", "echo t"}, []string{" 0 /bin/echo three"}},
		{"uid", []string{"-u", "nobody"}, []string{" 0 /bin/echo three"}},
		{"max-args", []string{"--max-args", "1", "-q"}, []string{` 0 "/bin/echo" ...`, ` 0 "/bin/true" ...`, ` 0 "/bin/echo" ...`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := tooltest.Start(t, "execsnoop", append(own, test.args...)...)
			run(t, exec.Command("/bin/echo", "one"))
			run(t, exec.Command("/bin/true", "two"))
			three := exec.Command("/bin/echo", "three")
			three.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			run(t, three)
			if err := exec.Command("/nonexistent/four").Run(); err == nil {
				t.Fatal("a missing program ran")
			}
			lines := strings.Split(strings.TrimSpace(tooltest.Stop(t, p).Stdout), "\n")[1:]
			if len(lines) != len(test.want) {
				t.Fatalf("got %q, want %q", lines, test.want)
			}
			for i, end := range test.want {
				if !strings.HasSuffix(lines[i], end) {
					t.Errorf("line %d: %q does not end in %q", i, lines[i], end)
				}
			}
		})
	}
}

func TestLiveDuration(t *testing.T) {
	needs(t)
	begin := time.Now()
	r := testenv.Run(t, time.Minute, testenv.Tool(t, "execsnoop"), "-d", "0.5", "-P", fmt.Sprint(os.Getpid()))
	if r.ExitCode != 0 || r.Stderr != "" || time.Since(begin) < 500*time.Millisecond ||
		r.Stdout != "COMM             PID     PPID    RET ARGS\n" {
		t.Errorf("after %v: %v", time.Since(begin), r)
	}
}
