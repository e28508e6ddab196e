package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// rows are the lines of a process in the order of their text, blanks aside.
func rows(out string, pid int) []string {
	var list []string
	for line := range strings.Lines(out) {
		if fields := strings.Fields(line); len(fields) > 3 && fields[0] == fmt.Sprint(pid) {
			list = append(list, strings.Join(fields, " "))
		}
	}
	slices.Sort(list)
	return list
}

// BCC's own tool prints the same of functions of the kernel, system calls,
// functions of a program, tracepoints and static probes.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	testenv.NeedKprobes(t)
	path := tooltest.BuildCallee(t)
	c := tooltest.StartCallee(t, path, testenv.StartCmd)
	args := []string{"-p", fmt.Sprint(c.Pid()),
		`do_nanosleep "mode %d", arg2`, `r::do_nanosleep "%d", retval`,
		`__x64_sys_clock_nanosleep (arg1 == 0) "clock %d %x", arg1, arg2`,
		path + `:opening(char *path, int flags) (flags > 0) "%s %d", path, flags`,
		`r:` + path + `:words (retval != 0) "%s", retval`,
		`t:syscalls:sys_enter_getpgid "%d", args->pid`,
		`u:` + path + `:create (arg4 != 0) "%s", arg4`,
	}
	work := func() {
		for _, name := range []string{"nap", "arguments", "call"} {
			c.Call(name, 2)
		}
	}
	theirs := tooltest.StartTheirs(t, "trace", "FUNC", args...)
	work()
	want := rows(tooltest.StopTheirs(t, theirs), c.Pid())
	ours := tooltest.Start(t, "trace", args...)
	work()
	got := rows(tooltest.Stop(t, ours).Stdout, c.Pid())
	if len(want) != 16 || !slices.Equal(got, want) {
		t.Errorf("ours:\n%s\nBCC's:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	side.Lines("calls", got, want)
}

// Functions of the kernel are traced with what they and the process have, system
// calls of all processes, and those of a control group.
func TestVMKernel(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	path := tooltest.BuildCallee(t)
	group := tooltest.Cgroup(t)
	c, other := tooltest.StartCallee(t, path, testenv.StartCmd), tooltest.StartCallee(t, path, testenv.StartCmd)
	if err := os.WriteFile(group.Name()+"/cgroup.procs", []byte(fmt.Sprint(other.Pid())), 0o644); err != nil {
		t.Fatal(err)
	}
	stacks := launch(t, "--json", "-K", "-U", "-p", fmt.Sprint(c.Pid()),
		`sys_clock_nanosleep(int clock, int flags, struct timespec *ts) "%lld", ts->tv_nsec`,
		`p::hrtimer_start_range_ns(struct hrtimer *timer) "%K", timer->function`)
	all := launch(t, "-n", "dd", `sys_read (arg3 > 20000) "read %d bytes", arg3`, `sys_execve "%s", arg1`,
		`do_sys_openat2 (STRCMP("/dev/zero", arg2@user)) "%s", arg2@user`,
		`t:sched:sched_process_exec "begins %s", args->filename`)
	inGroup := launch(t, "-c", group.Name(), `do_nanosleep (STRCMP("callee", $task->comm)) "%s", $task->comm`)
	others := launch(t, append([]string{"-p", fmt.Sprint(c.Pid()), "-f", "never"}, kernelOneLiners()...)...)
	await(stacks, all, inGroup, others)
	c.Call("nap", 2)
	other.Call("nap", 3)
	if r := testenv.Run(t, time.Minute, "sh", "-c", "dd if=/dev/zero of=/dev/null bs=1M count=4; true"); r.ExitCode != 0 {
		t.Fatal(r)
	}
	checkStacks(t, tooltest.Stop(t, stacks).Stdout)
	out := tooltest.Stop(t, all).Stdout
	for message, n := range map[string]int{"read 1048576 bytes": 4, "/dev/zero": 1, "begins /usr/bin/dd": 1} {
		if strings.Count(out, message+"\n") != n {
			t.Errorf("want %d times %s:\n%s", n, message, out)
		}
	}
	want := regexp.MustCompile(fmt.Sprintf(`^PID .*\n(%d +%[1]d +callee +do_nanosleep +callee\n){3}$`, other.Pid()))
	if out := tooltest.Stop(t, inGroup).Stdout; !want.MatchString(out) {
		t.Errorf("of the control group: %s", out)
	}
	if r := others.Stop(); r.ExitCode != 0 {
		t.Errorf("%v", r)
	}
}

// kernelOneLiners are those about functions of the kernel, except for what depends
// on how one was compiled.
func kernelOneLiners() []string {
	var list []string
	for _, l := range oneLiners {
		p, err := parseProbe(l.probe)
		kernel := err == nil && p.spec.Library == "" && (p.spec.Kind == 'p' || p.spec.Kind == 'r')
		if kernel && p.spec.Offset == 0 && !strings.Contains(l.args, "-B") && !slices.Contains(list, l.probe) {
			list = append(list, l.probe)
		}
	}
	return list
}

// checkStacks checks two naps: their times, and the ways there.
func checkStacks(t *testing.T, out string) {
	t.Helper()
	found := make(map[string]int)
	for line := range strings.Lines(out) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		kernel, user := strings.Join(r.Kernel, " "), strings.Join(r.User, " ")
		ok := strings.Contains(kernel, "do_syscall_64+0x") && strings.Contains(user, "clock_nanosleep") && strings.Contains(user, "main+0x")
		switch {
		case ok && r.Message == "20000000" && strings.HasPrefix(kernel, "__x64_sys_clock_nanosleep+0x"):
			found["call"]++
		case ok && r.Message == "hrtimer_wakeup+0x0 [kernel]" && strings.HasPrefix(kernel, "hrtimer_start_range_ns+0x") && strings.Contains(kernel, "do_nanosleep+0x"):
			found["timer"]++
		}
	}
	if found["call"] != 2 || found["timer"] != 2 {
		t.Errorf("found %v in\n%s", found, out)
	}
}
