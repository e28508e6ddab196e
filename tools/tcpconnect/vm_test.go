package main

import (
	"fmt"
	"net/netip"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter, by either kind of probe, all is seen.
func TestVMProbes(t *testing.T) {
	testenv.VM(t)
	for _, kind := range []string{"tracepoint", "kprobe"} {
		t.Run(kind, func(t *testing.T) {
			p := tooltest.Start(t, "tcpconnect", "--json", "-L", "--probes", kind)
			want := activity(t)
			check(t, tooltest.Stop(t, p).Stdout, want)
		})
	}
}

// connector is a program that connects to an address in another process.
func connector(t *testing.T, to netip.AddrPort) *exec.Cmd {
	t.Helper()
	testenv.NeedProgram(t, "bash")
	return exec.Command("bash", "-c", fmt.Sprintf("exec 3<>/dev/tcp/%s/%d", to.Addr(), to.Port()))
}

func run(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	return cmd.Process.Pid
}

// checkOne checks that of two programs only the first is seen.
func checkOne(t *testing.T, p *testenv.Proc, to netip.AddrPort, seen, unseen *exec.Cmd) {
	t.Helper()
	run(t, unseen)
	pid := run(t, seen)
	want := fmt.Sprintf(`DPORT\n%d +bash +4  127\.0\.0\.1 +127\.0\.0\.1 +%d\n$`, pid, to.Port())
	if out := tooltest.Stop(t, p).Stdout; !regexp.MustCompile(want).MatchString(out) {
		t.Errorf("process %d alone is to be seen in\n%s", pid, out)
	}
}

func TestVMCgroup(t *testing.T) {
	testenv.VM(t)
	group := tooltest.Cgroup(t)
	to := listen(t, "tcp4", "127.0.0.1:0")
	p := tooltest.Start(t, "tcpconnect", "--cgroupmap", tooltest.PinSet(t, "u64", tooltest.Inode(t, group.Name()), uint64(1)))
	inside := connector(t, to)
	inside.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(group.Fd())}
	checkOne(t, p, to, inside, connector(t, to))
}

func TestVMMountNamespace(t *testing.T) {
	testenv.VM(t)
	to := listen(t, "tcp4", "127.0.0.1:0")
	p := tooltest.Start(t, "tcpconnect", "--mntnsmap", tooltest.PinSet(t, "u32", tooltest.Inode(t, "/proc/self/ns/mnt"), uint32(1)))
	outside := connector(t, to)
	outside.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	checkOne(t, p, to, connector(t, to), outside)
}

func TestVMUser(t *testing.T) {
	testenv.VM(t)
	to := listen(t, "tcp4", "127.0.0.1:0")
	p := tooltest.Start(t, "tcpconnect", "-u", "65534")
	nobody := connector(t, to)
	nobody.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	checkOne(t, p, to, nobody, connector(t, to))
}

// Names are found while the functions are traced.
func TestVMNames(t *testing.T) {
	testenv.VM(t)
	helper, goOn := startHelper(t)
	pid := fmt.Sprint(helper.Pid())
	p := tooltest.StartBy(t, []string{"nsenter", "--net", "--target", pid}, "tcpconnect", "-dt", "--probes", "kprobe", "-p", pid)
	goOn()
	helper.Await("(?m)^connected$", minute)
	goOn()
	if r := helper.Wait(minute); r.ExitCode != 0 {
		t.Fatal(r)
	}
	if r := tooltest.Stop(t, p); len(regexp.MustCompile(`(?m)127\.0\.0\.2 +4000  www\.example\.test`).FindAllString(r.Stdout, -1)) != 2 {
		t.Errorf("got\n%s", r.Stdout)
	}
}

// BCC's own tool and this one see the same.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	theirs := tooltest.StartTheirs(t, "tcpconnect", "PID .*DPORT", "-U", "-L")
	ours := tooltest.Start(t, "tcpconnect", "-U", "-L")
	activity(t)
	to := listen(t, "tcp4", "127.0.0.1:0")
	nobody := connector(t, to)
	nobody.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	run(t, nobody)
	time.Sleep(testenv.Timeout(2 * time.Second))
	got, want := tooltest.Stop(t, ours).Stdout, tooltest.StopTheirs(t, theirs)
	heading, _, _ := strings.Cut(got, "\n")
	if !regexp.MustCompile("(?m)^" + strings.Join(strings.Fields(heading), " +")).MatchString(want) {
		t.Errorf("columns %q are not in\n%s", heading, want)
	}
	if g, w := rows(got), rows(want); len(w) != 6 || !slices.Equal(g, w) {
		t.Errorf("ours:\n%s\nBCC's:\n%s", got, want)
	}
	side.Lines("connections", rows(got), rows(want))
}

// BCC's own tool and this one count the same.
func TestVMCountSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	theirs := tooltest.StartTheirs(t, "tcpconnect", "Tracing connect", "-c")
	ours := tooltest.Start(t, "tcpconnect", "-c")
	time.Sleep(testenv.Timeout(time.Second)) // BCC's tool attaches when it has said so
	v4, v6 := listen(t, "tcp4", "127.0.0.1:0"), listen(t, "tcp6", "[::1]:0")
	for i := range 30 {
		dial(t, v6)
		if i%2 == 0 {
			dial(t, v4)
		}
	}
	got, want := rows(tooltest.Stop(t, ours).Stdout), rows(tooltest.StopTheirs(t, theirs))
	if len(got) != 2 || !strings.HasSuffix(got[0], " 15") || !strings.HasSuffix(got[1], " 30") || !slices.Equal(got, want) {
		t.Errorf("ours:\n%s\nBCC's:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	side.Lines("counts", got, want)
}

// rows are the lines with addresses, sorted because processors mix, in single
// spaces.
func rows(out string) []string {
	var rows []string
	for line := range strings.Lines(out) {
		if strings.Contains(line, "127.0.0.1") || strings.Contains(line, "::1") {
			rows = append(rows, strings.Join(strings.Fields(line), " "))
		}
	}
	slices.Sort(rows)
	return rows
}
