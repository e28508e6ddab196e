package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedProgram(t, "gcc")
	testenv.NeedSDT(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "objdump")
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getpgid")
}

// launch starts trace, several of which can be awaited then.
func launch(t *testing.T, args ...string) *testenv.Proc {
	t.Helper()
	return testenv.Start(t, append([]string{testenv.Tool(t, "trace"), "-v"}, args...)...)
}

func await(all ...*testenv.Proc) {
	for _, p := range all {
		p.Await("(?m)^trace: tracing$", time.Minute)
	}
}

// lines are the records of --json, those of a function and message in short.
func lines(t *testing.T, stdout string, pid int) []string {
	t.Helper()
	var list []string
	last := time.Time{}
	for line := range strings.Lines(stdout) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if r.Time.Before(last) || time.Since(*r.Time) > time.Hour || r.CPU == nil || r.Comm != "callee" || r.PID != uint32(pid) || r.TID != r.PID {
			t.Errorf("wrong: %s", line)
		}
		last = *r.Time
		list = append(list, r.Function+" "+r.Message)
	}
	return list
}

// All kinds of places are traced with the values that are there, of one process.
func TestLive(t *testing.T) {
	needs(t)
	path := tooltest.BuildCallee(t)
	c, other := tooltest.StartCallee(t, path, testenv.StartCmd), tooltest.StartCallee(t, path, testenv.StartCmd)
	uid := os.Getuid()
	first, second := instructions(t, path, "opening")
	tests := []struct {
		probe string
		want  []string
	}{
		{`p:P:opening(char *path, int flags) (flags > 0) "%-16s|%d %u %#x %hd", path, flags, arg2, flags, arg2`,
			[]string{"opening /tmp/first file |42 42 0x2a 42", "opening /tmp/first      |7 7 0x7 7"}},
		{`P:opening (STRCMP("/tmp/first", arg1) && !STRCMP("/tmp/first file", arg1) && (int)arg2 == 7) "100%%\t%s", arg1`, []string{`opening 100%	/tmp/first`}},
		{`r:P:opening ((int)retval < -7 && $pid == $tgid) "%d %lld", retval, (int)retval`, []string{"opening -42 -42"}},
		{`r:P:words (retval != 0) "%.5s|%c", retval, 'x'`, []string{"words three|x"}},
		{`P:spend(struct timespec *ts, short less, unsigned char c) "%ld %hd %c %hhd %d", ts->tv_nsec, less, c, -1, $uid`,
			[]string{fmt.Sprintf("spend 500000000 -2 x -1 %d", uid)}},
		{`P:spe* (arg3 == 'x') "%X", arg3`, []string{"spend 78"}},
		// The second argument's register, at the function's second instruction.
		{fmt.Sprintf(`P:opening+%#x ((int)ctx->si > 40) "%%d %%d", ctx->si, arg2`, second-first), []string{fmt.Sprintf("opening+%#x 42 42", second-first)}},
		{fmt.Sprintf(`P:%#x ((int)arg2 < 0) "%%d", arg2`, second), []string{fmt.Sprintf("%#x -3", second)}},
		{`u:P:create (arg4 != 0) "%U %s", arg3, arg4`, []string{"create alpha+0x0 [callee] of create"}},
		{`u::libcallee:create(struct timespec *ts, int zero) "%d %d", ts != 0, zero`, []string{"libcallee:create 1 0", "libcallee:create 1 0"}},
		{`t:syscalls:sys_enter_getpgid "%d %d", args->pid, $cpu * 0 + 5`, []string{"sys_enter_getpgid 0 5"}},
		{`t:syscalls:sys_*_getpgid`, []string{"sys_enter_getpgid ", "sys_exit_getpgid "}},
		{`t:syscalls:sys_exit_getpgid (args->ret > 0 && STRCMP("callee", $task->comm)) "%s %d", $task->comm, args->ret == $task->tgid`, []string{"sys_exit_getpgid callee 1"}},
	}
	args := []string{"--json", "-p", fmt.Sprint(c.Pid())}
	for _, test := range tests {
		args = append(args, strings.ReplaceAll(test.probe, "P:", path+":"))
	}
	p := launch(t, args...)
	await(p)
	for _, name := range []string{"arguments", "call"} {
		other.Call(name, 1)
		c.Call(name, 1)
	}
	got := lines(t, tooltest.Stop(t, p).Stdout, c.Pid())
	var want []string
	for _, test := range tests {
		want = append(want, test.want...)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// startShell starts commands, the first of which reads a line that end sends.
func startShell(t *testing.T, commands string) (p *testenv.Proc, end func()) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", commands)
	cmd.Stdin = r
	p = testenv.StartCmd(t, cmd)
	r.Close()
	t.Cleanup(func() { w.Close() })
	return p, func() {
		if _, err := w.WriteString("\n"); err != nil {
			t.Fatal(err)
		}
		p.Wait(time.Minute)
	}
}

// instructions are the addresses of a function's first two.
func instructions(t *testing.T, path, function string) (first, second uint64) {
	t.Helper()
	r := testenv.Run(t, time.Minute, "objdump", "-d", "--no-show-raw-insn", "--disassemble="+function, path)
	m := regexp.MustCompile(`<` + function + `>:\n +([0-9a-f]+):.*\n +([0-9a-f]+):`).FindStringSubmatch(r.Stdout)
	if m == nil {
		t.Fatal(r)
	}
	for i, to := range []*uint64{&first, &second} {
		var err error
		if *to, err = strconv.ParseUint(m[i+1], 16, 64); err != nil {
			t.Fatal(err)
		}
	}
	return first, second
}

// What the compiler and the kernel have against an expression has a mark below it.
func TestLiveErrors(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	path := tooltest.BuildCallee(t)
	for text, want := range map[string]string{
		`P:opening(struct timespec *ts) "%d", ts->tv_sex`:  "no member named 'tv_sex' in 'struct timespec'; did you mean 'tv_sec'?\n    P:opening(struct timespec *ts) \"%d\", ts->tv_sex\n                                             ^~~~~~\n",
		`t:syscalls:sys_enter_getpgid "%d", args->no`:      "syscalls:sys_enter_getpgid has no field no: it has __syscall_nr, pid\n    t:syscalls:sys_enter_getpgid \"%d\", args->no\n                                       ^~~~\n",
		`t:syscalls:sys_enter_getpgid (arg1 > 1)`:          "tracepoints have fields and no arguments: want args->__syscall_nr, args->pid or another one\n    t:syscalls:sys_enter_getpgid (arg1 > 1)\n                                  ^~~~\n",
		`u:P:create (arg5)`:                                "create has 4 arguments\n    u:P:create (arg5)\n                ^~~~\n",
		`u:P:create(struct timespec *ts) "%d", ts->tv_sec`: "the kernel refuses this: ",
	} {
		text = strings.ReplaceAll(text, "P:", path+":")
		code, stdout, stderr := tooltest.Execute(tool(), "-d", "0.1", text)
		// The mark is as far to the right as the path is long.
		shown := strings.ReplaceAll(stderr, path, "P")
		shown = strings.ReplaceAll(shown, "\n"+strings.Repeat(" ", len(path)-1), "\n")
		if code != 1 || stdout != "" && !strings.HasPrefix(stdout, "PID ") || !strings.HasPrefix(strings.TrimPrefix(shown, "trace: "), want) {
			t.Errorf("%s: %d, %s\ngot\n%s\nwant\n%s", text, code, stdout, shown, want)
		}
	}
}

// Flags narrow and shape what is printed.
func TestLiveFlags(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	path := tooltest.BuildCallee(t)
	c, other := tooltest.StartCallee(t, path, testenv.StartCmd), tooltest.StartCallee(t, path, testenv.StartCmd)
	shell, end := startShell(t, "read wait; exec /bin/true")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	opening := path + `:opening "%s", arg1`
	pid, otherPid := fmt.Sprint(c.Pid()), fmt.Sprint(other.Pid())
	row := func(pid, rest string) string {
		return fmt.Sprintf("%-7s %-7s callee          opening          %s\n", pid, pid, rest)
	}
	const heading = "PID     TID     COMM            FUNC             -\n"
	all := func(pid string) string { return row(pid, "/tmp/first file") + row(pid, "/tmp/first") + row(pid, "l") }
	// Of the user's stack the libraries' part depends on the machine.
	stack := func(rest string) string {
		return regexp.QuoteMeta(row(pid, rest)) + `        +[0-9a-f]+ opening\+0x0 \[callee\]\n        +[0-9a-f]+ main\+0x[0-9a-f]+ \[callee\]\n(        .*\n)*\n`
	}
	tests := []struct {
		args []string
		want string // a regular expression for all of it
	}{
		{[]string{"-L", pid, "--uid", me.Username, opening}, regexp.QuoteMeta(heading + all(pid))},
		{[]string{"--uid", "12345", opening}, heading},
		{[]string{"-p", pid, "-f", "first", opening}, regexp.QuoteMeta(heading + row(pid, "/tmp/first file") + row(pid, "/tmp/first"))},
		{[]string{"-n", "alle", "-f", "file", "-Z", "15", opening}, heading},
		{[]string{"-n", "alle", "-f", "fil", "-Z", "15", opening}, regexp.QuoteMeta(heading + row(pid, "/tmp/first fil") + row(otherPid, "/tmp/first fil"))},
		{[]string{"-p", pid, "-M", "2", "-TC", path + ":opening"},
			`TIME     CPU ` + heading + `(\d\d:\d\d:\d\d \d+ +` + regexp.QuoteMeta(row(pid, "")) + `){2}`},
		{[]string{"-p", pid, "-t", "-f", "file", opening}, `TIME     ` + heading + `[1-9]?\d\.\d{6} +` + regexp.QuoteMeta(row(pid, "/tmp/first file"))},
		{[]string{"-p", pid, "-tu", "-f", "file", opening}, `TIME              ` + heading + `\d{10}\.\d{6} ` + regexp.QuoteMeta(row(pid, "/tmp/first file"))},
		{[]string{"-p", pid, "-A", "-T", path + `:opening "%d", (int)arg2 > 40`},
			regexp.QuoteMeta(`` + heading + row(pid, "0") + "-->COUNT 2\n\n" + row(pid, "1") + "-->COUNT 1\n\n")},
		{[]string{"-p", pid, "-Ua", "-f", "first", opening}, heading + stack("/tmp/first file") + stack("/tmp/first")},
		{[]string{"-p", pid, "-U", "-s", path, "-M", "1", opening}, heading + regexp.QuoteMeta(row(pid, "/tmp/first file")) +
			`        opening\+0x0\n(        .*\n)*\n`},
		{[]string{"-p", fmt.Sprint(shell.Pid()), `t:sched:sched_process_exec "%s", args->filename`},
			regexp.QuoteMeta(heading) + `\d+ +\d+ +true +sched_process_exec +/bin/true\n`},
		{[]string{"-p", pid, "-B", path + `:opening (STRCMP("{0x6c, 0, 0, 1}", arg1)) "%d", arg2`}, regexp.QuoteMeta(heading + row(pid, "-3"))},
		{[]string{"-p", pid, "-Z", "300", "-f", "fi", path + `:opening "%s %s", arg1, arg1`}, // not on the stack
			regexp.QuoteMeta(heading + row(pid, "/tmp/first file /tmp/first file") + row(pid, "/tmp/first /tmp/first"))},
	}
	var tools []*testenv.Proc
	for _, test := range tests {
		tools = append(tools, launch(t, test.args...))
	}
	await(tools...)
	c.Call("arguments", 1)
	other.Call("arguments", 1)
	end()
	time.Sleep(testenv.Timeout(300 * time.Millisecond))
	for i, test := range tests {
		if !slices.Contains(test.args, "-M") { // that one ends by itself
			tools[i].Signal(os.Interrupt)
		}
	}
	for i, test := range tests {
		r := tools[i].Wait(time.Minute)
		if r.ExitCode != 0 || !regexp.MustCompile("^"+test.want+"$").MatchString(r.Stdout) {
			t.Errorf("%q: got\n%s\nwant\n%s", test.args, r.Stdout, test.want)
		}
	}
}
