package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/examples/internal/lab"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// counter is a network namespace, and a mount namespace with a BPF file system.
type counter struct {
	t      *testing.T
	ns     *lab.Net
	mounts *testenv.Proc
	dir    string
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{t: t, ns: lab.New(t), dir: t.TempDir()}
	const script = `mount -t bpf bpf "$0" && echo mounted && exec sleep 1000`
	c.mounts = testenv.StartCmd(t, exec.Command("unshare", "--mount", "sh", "-c", script, c.dir))
	c.mounts.Await("mounted", 10*time.Second)
	return c
}

// run runs the program in both namespaces.
func (c *counter) run(args ...string) testenv.Result {
	c.t.Helper()
	argv := []string{"nsenter", fmt.Sprintf("--mount=/proc/%d/ns/mnt", c.mounts.Pid()), fmt.Sprintf("--net=/proc/%d/ns/net", c.ns.Pid()),
		testenv.Tool(c.t, "pinned_counter"), "-pin", filepath.Join(c.dir, "counter")}
	return testenv.Run(c.t, time.Minute, append(argv, args...)...)
}

func (c *counter) send(datagrams, size int) {
	c.t.Helper()
	c.ns.Do(func() error {
		sent, err := activity.SendDatagrams("10.1.1.1:9", datagrams, size)
		if sent != datagrams {
			c.t.Errorf("%d of %d sent", sent, datagrams)
		}
		return err
	})
}

// wantNothing checks that nothing of the counter is in the BPF file system.
func (c *counter) wantNothing(after string) {
	c.t.Helper()
	folder := fmt.Sprintf("/proc/%d/root%s/counter", c.mounts.Pid(), c.dir)
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		c.t.Errorf("after %s: %s: %v", after, folder, err)
	}
}

func (c *counter) wantOutput(r testenv.Result, want string) {
	c.t.Helper()
	if r.ExitCode != 0 || r.Stdout != want {
		c.t.Errorf("want %q: %v", want, r)
	}
}

func TestCountsAfterItsEnd(t *testing.T) {
	c := newCounter(t)
	c.ns.Sh("ip addr add 10.1.1.1/32 dev lo")
	const headers = 14 + 20 + 8 // of Ethernet, IP and UDP
	// What nobody listens to is answered by ICMP, with the datagram in it.
	answered := func(n, size int) (packets, bytes int) {
		return 2 * n, n * (headers + size + 14 + 20 + 8 + 20 + 8 + size)
	}
	c.send(2, 10) // before
	c.wantOutput(c.run("start"), fmt.Sprintf("Counting at lo until %s/counter/link is removed.\n", c.dir))
	c.send(3, 100)
	packets, bytes := answered(3, 100)
	c.wantOutput(c.run("read"), fmt.Sprintf("%d packets, %d bytes\n", packets, bytes))
	if show := c.ns.Sh("ip link show lo"); !strings.Contains(show, "xdp") {
		t.Errorf("not attached: %s", show)
	}
	c.send(4, 50)
	morePackets, moreBytes := answered(4, 50)
	want := fmt.Sprintf("%d packets, %d bytes\n", packets+morePackets, bytes+moreBytes)
	c.wantOutput(c.run("read"), want)
	if r := c.run("start"); r.ExitCode != 1 || !strings.Contains(r.Stderr, "does one run already?") {
		t.Error(r)
	}
	c.wantOutput(c.run("stop"), want)
	c.wantNothing("stop")
	if show := c.ns.Sh("ip link show lo"); strings.Contains(show, "xdp") {
		t.Errorf("left behind: %s", show)
	}
}

func TestFailsCleanly(t *testing.T) {
	testenv.NotEmulated(t)
	c := newCounter(t)
	for args, want := range map[string]string{
		"-i nonesuch start": "nonesuch", "read": "no such file or directory", "stop": "no such file or directory",
		"-pin /proc/x start": "make a folder for the counter",
	} {
		if r := c.run(strings.Fields(args)...); r.ExitCode != 1 || !strings.Contains(r.Stderr, want) {
			t.Errorf("%q: %v", args, r)
		}
		c.wantNothing(args)
	}
	other := filepath.Join(t.TempDir(), "x")
	if r := c.run("-pin", other, "start"); r.ExitCode != 1 || !strings.Contains(r.Stderr, "BPF file system") {
		t.Errorf("no BPF file system: %v", r)
	}
	if _, err := os.Stat(other); err == nil {
		t.Error("the folder was left behind")
	}
	if r := c.run("begin"); r.ExitCode != 2 || !strings.Contains(r.Stderr, "usage:") {
		t.Error(r)
	}
	if r := c.run("cost"); r.ExitCode != 0 || !strings.HasPrefix(r.Stdout, "A packet takes ") {
		t.Error(r)
	}
}
