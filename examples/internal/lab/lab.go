// Package lab makes network namespaces and control groups for the tests of
// examples. All of it goes when the test ends.
package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

// Net is a network namespace: that of a process which sleeps.
type Net struct {
	t *testing.T
	p *testenv.Proc
}

// New makes a network namespace without IPv6 addresses of its own making, in
// which lo is up, and runs a shell script in it. $0 is the argument.
func New(t *testing.T, script, argument string) *Net {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "ip")
	const begin = "set -e; echo 1 > /proc/sys/net/ipv6/conf/default/addr_gen_mode; ip link set lo up; "
	cmd := exec.Command("unshare", "--net", "sh", "-c", begin+script+"\necho up; exec sleep 1000", argument)
	n := &Net{t: t, p: testenv.StartCmd(t, cmd)}
	n.p.Await("^up", 10*time.Second)
	return n
}

// Pair makes two network namespaces with a cable between: eth0 of the left has
// 10.9.0.1 and fd09::1, that of the right 10.9.0.2 and fd09::2.
func Pair(t *testing.T) (left, right *Net) {
	t.Helper()
	right = New(t, "", "")
	left = New(t, "ip link add eth0 type veth peer name eth0 netns $0\n"+address(1), fmt.Sprint(right.Pid()))
	right.Sh(address(2))
	return left, right
}

// address gives eth0 the nth address of the pair's networks, at once.
func address(n int) string {
	return fmt.Sprintf("ip addr add 10.9.0.%d/24 dev eth0; ip addr add fd09::%d/64 dev eth0 nodad; ip link set eth0 up", n, n)
}

// Pid is a process in the namespace.
func (n *Net) Pid() int { return n.p.Pid() }

// In is a command in the namespace.
func (n *Net) In(argv ...string) []string {
	return append([]string{"nsenter", fmt.Sprintf("--net=/proc/%d/ns/net", n.Pid())}, argv...)
}

// Start starts a built program in the namespace.
func (n *Net) Start(tool string, args ...string) *testenv.Proc {
	n.t.Helper()
	return testenv.Start(n.t, n.In(append([]string{testenv.Tool(n.t, tool)}, args...)...)...)
}

// Run runs a built program in the namespace to its end.
func (n *Net) Run(tool string, args ...string) testenv.Result {
	n.t.Helper()
	return testenv.Run(n.t, time.Minute, n.In(append([]string{testenv.Tool(n.t, tool)}, args...)...)...)
}

// Sh runs a shell script in the namespace, which must not fail, and returns what
// it prints.
func (n *Net) Sh(script string) string {
	n.t.Helper()
	r := testenv.Run(n.t, time.Minute, n.In("sh", "-ec", script)...)
	if r.ExitCode != 0 {
		n.t.Fatalf("%s: %v", script, r)
	}
	return r.Stdout
}

// Do runs f on a thread in the namespace, as activity.InNetworkOf does; an error
// ends the test.
func (n *Net) Do(f func() error) {
	n.t.Helper()
	if err := activity.InNetworkOf(n.Pid(), f); err != nil {
		n.t.Fatal(err)
	}
}

// Group makes a control group (version 2) and returns its directory.
func Group(t *testing.T) string {
	t.Helper()
	for _, top := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		var fs unix.Statfs_t
		if unix.Statfs(top, &fs) != nil || fs.Type != unix.CGROUP2_SUPER_MAGIC {
			continue
		}
		dir := filepath.Join(top, fmt.Sprintf("bccgo-test-%d", os.Getpid()))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Skip("no control group can be made: ", err)
		}
		t.Cleanup(func() {
			if err := os.Remove(dir); err != nil {
				t.Error(err)
			}
		})
		return dir
	}
	t.Skip("control groups of version 2 are not mounted")
	return ""
}
