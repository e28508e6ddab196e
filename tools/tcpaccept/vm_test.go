package main

import (
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
	"github.com/bccgo/bcc/tools/internal/tooltest/inettest"
)

const minute = time.Minute

// Without a filter, by either kind of probe, all is seen.
func TestVMProbes(t *testing.T) {
	testenv.VM(t)
	n := inettest.New(t, "acceptor")
	for _, kind := range []string{"tracepoint", "kprobe"} {
		t.Run(kind, func(t *testing.T) {
			p := tooltest.Start(t, "tcpaccept", "--json", "--probes", kind)
			want := activity(t, n)
			check(t, tooltest.Stop(t, p).Stdout, want)
		})
	}
}

// acceptor is a program that accepts one connection at a port.
func acceptor(t *testing.T, port int) *exec.Cmd {
	t.Helper()
	testenv.NeedProgram(t, "python3")
	return exec.Command("python3", "-c", fmt.Sprintf(`import socket
s = socket.create_server(("127.0.0.1", %d))
print("ready", flush=True)
s.accept()`, port))
}

// serveOne runs the program in this network namespace until it has accepted a
// connection.
func serveOne(t *testing.T, cmd *exec.Cmd, port int) int {
	t.Helper()
	p := testenv.StartCmd(t, cmd)
	p.Await("ready", minute)
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if r := p.Wait(minute); r.ExitCode != 0 {
		t.Fatal(r)
	}
	return p.Pid()
}

// checkOne checks that of two programs only the first is seen.
func checkOne(t *testing.T, p *testenv.Proc, seen, unseen *exec.Cmd, port int) {
	t.Helper()
	serveOne(t, unseen, port+1)
	pid := serveOne(t, seen, port)
	var got []string
	for line := range strings.Lines(tooltest.Stop(t, p).Stdout) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	if len(got) != 2 || !strings.HasPrefix(got[1], fmt.Sprintf("%d python3 4 127.0.0.1 ", pid)) || !strings.HasSuffix(got[1], fmt.Sprintf(" 127.0.0.1 %d", port)) {
		t.Errorf("process %d alone is to be seen in %q", pid, got)
	}
}

func TestVMCgroup(t *testing.T) {
	testenv.VM(t)
	group := tooltest.Cgroup(t)
	p := tooltest.Start(t, "tcpaccept", "--cgroupmap", tooltest.PinSet(t, "u64", tooltest.Inode(t, group.Name()), uint64(1)))
	inside := acceptor(t, 4100)
	inside.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(group.Fd())}
	checkOne(t, p, inside, acceptor(t, 4101), 4100)
}

func TestVMMountNamespace(t *testing.T) {
	testenv.VM(t)
	p := tooltest.Start(t, "tcpaccept", "--mntnsmap", tooltest.PinSet(t, "u32", tooltest.Inode(t, "/proc/self/ns/mnt"), uint32(1)))
	outside := acceptor(t, 4103)
	outside.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	checkOne(t, p, acceptor(t, 4102), outside, 4102)
}

// BCC's own tool and this one see the same.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	n := inettest.New(t, "acceptor")
	theirs := tooltest.StartTheirs(t, "tcpaccept", "PID .*LPORT", "-t")
	ours := tooltest.Start(t, "tcpaccept", "-t")
	var want []made
	for _, addr := range []netip.AddrPort{inettest.V4, inettest.V6} {
		l := n.Listen(addr)
		want = append(want, accept(n, l, n.Connect), accept(n, l, n.Connect))
	}
	got, printed := inettest.Rows(tooltest.Stop(t, ours).Stdout, "PID", false), inettest.Rows(tooltest.StopTheirs(t, theirs), "PID", false)
	for i, m := range want {
		key := map[string]string{"RPORT": fmt.Sprint(m.raddr.Port()), "LPORT": fmt.Sprint(m.laddr.Port())}
		our, their := inettest.Find(got, key), inettest.Find(printed, key)
		if len(our) != 1 || len(their) != 1 {
			t.Errorf("%+v: %v, BCC's %v", m, our, their)
			continue
		}
		c.Row(fmt.Sprintf("connection %d over IPv%d", i+1, m.ip), inettest.Without(our[0], "TIME(s)"), inettest.Without(their[0], "TIME(s)"))
	}
	c.Explained("TIME(s)", "it counts from the first line, which the tools need not have in common")
	c.Explained("IP of IPv4 in sockets of IPv6", "BCC prints 6 and an address ::ffff:127.0.0.1; 4 is what is on the wire, as tcpconnect of both prints it (TestLive checks it)")
}
