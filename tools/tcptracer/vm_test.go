package main

import (
	"fmt"
	"net/netip"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
	"github.com/bccgo/bcc/tools/internal/tooltest/inettest"
)

// Without a filter, by either kind of probe, all is seen.
func TestVMProbes(t *testing.T) {
	testenv.VM(t)
	h := newHosts(t)
	for _, kind := range []string{"tracepoint", "kprobe"} {
		t.Run(kind, func(t *testing.T) {
			p := tooltest.Start(t, "tcptracer", "--json", "--probes", kind)
			want := h.activity(t)
			h.check(t, tooltest.Stop(t, p).Stdout, want)
		})
	}
}

// connector is a program that connects to an address in another process and closes
// the connection.
func connector(t *testing.T, to netip.AddrPort) *exec.Cmd {
	t.Helper()
	testenv.NeedProgram(t, "bash")
	return exec.Command("bash", "-c", fmt.Sprintf("exec 3<>/dev/tcp/%s/%d; exec 3>&-; sleep 0.1", to.Addr(), to.Port()))
}

// checkOne checks that of two programs only the first is seen.
func checkOne(t *testing.T, p *testenv.Proc, to netip.AddrPort, seen, unseen *exec.Cmd) {
	t.Helper()
	for _, cmd := range []*exec.Cmd{unseen, seen} {
		if r := testenv.StartCmd(t, cmd).Wait(time.Minute); r.ExitCode != 0 {
			t.Fatal(r)
		}
	}
	rows := inettest.Find(inettest.Rows(tooltest.Stop(t, p).Stdout, "TYPE", false), map[string]string{"COMM": "bash", "DPORT": fmt.Sprint(to.Port())})
	pid := fmt.Sprint(seen.Process.Pid)
	if len(rows) != 2 || rows[0]["TYPE"] != "connect" || rows[1]["TYPE"] != "close" || rows[0]["PID"] != pid || rows[1]["PID"] != pid {
		t.Errorf("process %s alone is to be seen in %v", pid, rows)
	}
}

func listen(t *testing.T) netip.AddrPort {
	t.Helper()
	server := testenv.Start(t, "python3", "-c", `import socket, time
s = socket.create_server(("127.0.0.1", 4300), reuse_port=True)
print("ready", flush=True)
time.sleep(1000)`)
	server.Await("ready", time.Minute)
	return netip.MustParseAddrPort("127.0.0.1:4300")
}

func TestVMCgroup(t *testing.T) {
	testenv.VM(t)
	group := tooltest.Cgroup(t)
	to := listen(t)
	p := tooltest.Start(t, "tcptracer", "--cgroupmap", tooltest.PinSet(t, "u64", tooltest.Inode(t, group.Name()), uint64(1)))
	inside := connector(t, to)
	inside.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(group.Fd())}
	checkOne(t, p, to, inside, connector(t, to))
}

func TestVMMountNamespace(t *testing.T) {
	testenv.VM(t)
	to := listen(t)
	p := tooltest.Start(t, "tcptracer", "--mntnsmap", tooltest.PinSet(t, "u32", tooltest.Inode(t, "/proc/self/ns/mnt"), uint32(1)))
	outside := connector(t, to)
	outside.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	checkOne(t, p, to, connector(t, to), outside)
}

// BCC's own tool and this one see the same.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	h := newHosts(t)
	theirs := tooltest.StartTheirs(t, "tcptracer", "TYPE.*NETNS", "-v")
	ours := tooltest.Start(t, "tcptracer")
	var want []done
	for _, addr := range []netip.AddrPort{inettest.V4, inettest.V6} {
		want = append(want, h.talk(h.server.Listen(addr), inTurn, "client", "server")...)
	}
	got, printed := inettest.Rows(tooltest.Stop(t, ours).Stdout, "TYPE", false), inettest.Rows(tooltest.StopTheirs(t, theirs), "TYPE", false)
	for _, w := range want {
		key := map[string]string{"TYPE": w.kind, "SPORT": fmt.Sprint(w.local.Port()), "DPORT": fmt.Sprint(w.remote.Port())}
		our, their := inettest.Find(got, key), inettest.Find(printed, key)
		if len(our) != 1 || len(their) != 1 {
			t.Errorf("%+v: %v, BCC's %v", w, our, their)
			continue
		}
		c.Row(fmt.Sprintf("%s by the %s over %v", w.kind, w.comm, w.local.Addr()), our[0], their[0])
	}
	c.Explained("X of a socket that was shut down before", "BCC prints it when the socket is closed, ours when its end was sent")
}
