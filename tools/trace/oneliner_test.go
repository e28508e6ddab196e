package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// oneLiners are those of BCC's documentation by what they do. CALLEE stands for a
// program with static probes and functions of its own. Functions that kernels of
// today call otherwise have today's name.
var oneLiners = []struct {
	does  string
	args  string
	probe string
}{
	{"opens, with a default message", "", `do_sys_openat2`},
	{"behind an instruction of a function", "", `kfree_skb_reason+0x12`},
	{"names of files opened, in user memory", "", `do_sys_openat2 "%s", arg2@user`},
	{"the same in the long form", "", `::do_sys_openat2 "%s", arg2@user`},
	{"commands executed", "", `sys_execve "%s", arg1`},
	{"large reads", "", `sys_read (arg3 > 20000) "read %d bytes", arg3`},
	{"large reads in the long form", "", `::sys_read (arg3 > 20000) "read %d bytes", arg3`},
	{"results of opens", "", `r::do_sys_openat2 "%llx", retval`},
	{"results of a system call", "", `r::sys_futex "%d", retval`},
	{"opens by flags", "", `c:open (arg2 == 42) "%s %d", arg1, arg2`},
	{"sizes of allocations", "", `c:malloc "size = %d", arg1`},
	{"the same with an empty kind", "", `:c:malloc "size = %d", arg1`},
	{"writes to one descriptor", "", `p:c:write (arg1 == 1) "writing %d bytes to STDOUT", arg3`},
	{"allocations of the kernel that fail", "", `r::__kmalloc (retval == 0) "kmalloc failed!"`},
	{"allocations that succeed", "", `r:c:malloc (retval) "allocated = %x", retval`},
	{"lines read by a program", "", `r:CALLEE:words "%s", retval`},
	{"failed reads", "", `r:c:read ((int)retval < 0) "read failed: %d", retval`},
	{"failed writes", "", `r:c:write ((int)retval < 0) "write failed: %d", retval`},
	{"sizes of block requests", "", `t:block:block_rq_complete "sectors=%d", args->nr_sector`},
	{"the same in other words", "", `t:block:block_rq_complete "%d sectors", args->nr_sector`},
	{"threads begun, by a condition", "", `u:CALLEE:create (arg4 != 0)`},
	{"threads begun, with the provider", "", `u:CALLEE:libcallee:create (arg4 != 0)`},
	{"functions that threads begin with", "", `u:CALLEE:create "%U", arg3`},
	{"addresses that threads begin at", "", `u:CALLEE:create "start addr = %llx", arg3`},
	{"two strings of a static probe", "", `u:CALLEE:create "%s.%s", arg4, arg4`},
	{"sleeps, by a struct of the process", "", `p::SyS_nanosleep(struct timespec *ts) "sleep for %lld ns", ts->tv_nsec`},
	{"calls of a control group, sleeps", "-c /sys/fs/cgroup", `__x64_sys_nanosleep`},
	{"calls of a control group, forks", "-c /sys/fs/cgroup", `__x64_sys_clone`},
	{"fields of fields", "-I linux/fs.h", `p::uprobe_register(struct inode *inode) "a_ops = %llx", inode->i_mapping->a_ops`},
	{"a struct of the scheduler's own", "-I kernel/sched/sched.h", `p::__account_cfs_rq_runtime(struct cfs_rq *cfs_rq) "%d", cfs_rq->runtime_remaining`},
	{"packets to a port", "-I net/sock.h", `udpv6_sendmsg(struct sock *sk) (sk->sk_dport == 13568)`},
	{"a field of the task", "-I linux/fs_struct.h", `mntns_install "users = %d", $task->fs->users`},
	{"stacks by build ids", "-U -s /lib/x86_64-linux-gnu/libc.so.6", `p:c:inet_pton`},
	{"stacks of the process", "-U -a", `r::sys_futex "%d", retval`},
	{"stacks of both, by message", "-U -K -f temp", `do_sys_openat2 "%s", arg2@user`},
	{"results of a library by its path", "", `r:/lib/x86_64-linux-gnu/libc.so.6:gnu_get_libc_version "Version=%s", retval`},
	{"opens of one file", "", `p:c:open (STRCMP("test.txt", arg1)) "opening %s", arg1`},
	{"opens by the name of an argument", "", `p:c:open(char *filename) "opening %s", filename`},
	{"timers, counted by their stacks", "-K -A -M 1000", `clockevents_program_event`},
	{"options of sockets by their bytes", "-U -M 1 -B", `sys_setsockopt(int fd, int level, int optname, char* optval, int optlen)(level==0 && optname == 1 && STRCMP("{0x6C, 0x00, 0x00, 0x00}", optval))`},
	{"registers within a function", "", `p:CALLEE:opening+0x4 "%x", ctx->dx`},
}

// optionsOf reads flags.
func optionsOf(t *testing.T, args string) *options {
	t.Helper()
	o := &options{}
	app := &cli.App{Flags: o.flags(), UseShortOptionHandling: true, Action: func(*cli.Context) error { return nil }}
	if err := app.Run(append([]string{"trace"}, strings.Fields(args)...)); err != nil {
		t.Fatal(err)
	}
	return o
}

// compile writes and compiles the program of probes. Functions of the kernel are
// taken to be there.
func compile(t *testing.T, o *options, texts ...string) error {
	t.Helper()
	probes, err := parse(texts)
	if err != nil {
		return err
	}
	set := &probespec.Set{}
	for _, p := range probes {
		if p.spec.Library == "" && (p.spec.Kind == probespec.Entry || p.spec.Kind == probespec.Return) {
			p.places = set.Assume(p.spec)
		} else if p.places, err = set.Find(p.spec, o.pid); err != nil {
			return err
		}
	}
	c, err := o.write(probes)
	if err != nil {
		return err
	}
	_, err = bccgo.CompileContext(t.Context(), c.String(), o.load(set))
	if err != nil {
		return c.explain(err)
	}
	return nil
}

// compiled are flags to compile with, and those of the one-liners that they stand
// for.
var compiled = map[string][]string{
	"-I linux/fs.h -I kernel/sched/sched.h -I net/sock.h -I linux/fs_struct.h": {
		"", "-I linux/fs.h", "-I kernel/sched/sched.h", "-I net/sock.h", "-I linux/fs_struct.h",
	},
	"-c /sys/fs/cgroup -U -K":                  {"-c /sys/fs/cgroup", "-U -a", "-U -K -f temp", "-K -A -M 1000"},
	"-U -B -s /lib/x86_64-linux-gnu/libc.so.6": {"-U -s /lib/x86_64-linux-gnu/libc.so.6", "-U -M 1 -B"},
}

// Every one-liner compiles.
func TestLiveOneLiners(t *testing.T) {
	testenv.Live(t)
	testenv.NotEmulated(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "gcc")
	testenv.NeedSDT(t)
	testenv.NeedTracepoint(t, "block:block_rq_complete")
	path := tooltest.BuildCallee(t)
	seen := 0
	for flags, stands := range compiled {
		var probes []string
		for _, l := range oneLiners {
			if err := optionsOf(t, l.args).check(); err != nil {
				t.Errorf("%s: %v", l.does, err)
			}
			if slices.Contains(stands, l.args) {
				probes = append(probes, strings.ReplaceAll(l.probe, "CALLEE", path))
			}
		}
		seen += len(probes)
		if err := compile(t, optionsOf(t, flags), probes...); err != nil {
			t.Errorf("%s: %v", flags, err)
		}
	}
	if seen != len(oneLiners) {
		t.Errorf("%d of %d were compiled", seen, len(oneLiners))
	}
}
