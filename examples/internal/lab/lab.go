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

// New makes a network namespace in which lo is up, and no device gives itself
// addresses of IPv6. Reports of multicast groups, which follow given ones, are sent
// at once, so that later only what a test sends is on its way.
func New(t *testing.T) *Net {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "ip")
	const script = `set -e
		cd /proc/sys/net/ipv6/conf/default
		echo 1 > addr_gen_mode
		echo 1 > mldv2_unsolicited_report_interval
		ip link set lo up
		echo up
		exec sleep 1000`
	n := &Net{t: t, p: testenv.StartCmd(t, exec.Command("unshare", "--net", "sh", "-c", script))}
	n.p.Await("^up", 10*time.Second)
	return n
}

// Cable makes a device here that is tied to eth0 of a host. Neither is up.
func (n *Net) Cable(device string, to *Net) {
	n.t.Helper()
	n.Sh(fmt.Sprintf("ip link add %s type veth peer name eth0 netns %d", device, to.Pid()))
}

// Host makes eth0 that of the ith host of a network, and brings it up: its
// addresses are 02:00:00:00:00:0i, 10.9.0.i and fd09::i. It knows the other hosts,
// up to the 3rd, so that nobody asks for addresses.
func (n *Net) Host(i int) {
	n.t.Helper()
	n.Sh(fmt.Sprintf(`ip link set eth0 address 02:00:00:00:00:0%[1]d up
		ip addr add 10.9.0.%[1]d/24 dev eth0
		ip addr add fd09::%[1]d/64 dev eth0 nodad
		for j in 1 2 3; do
			test $j = %[1]d && continue
			ip neigh add 10.9.0.$j lladdr 02:00:00:00:00:0$j dev eth0
			ip neigh add fd09::$j lladdr 02:00:00:00:00:0$j dev eth0
		done`, i))
}

// Pair makes the hosts 1 and 2 with a cable between.
func Pair(t *testing.T) (first, second *Net) {
	t.Helper()
	first, second = New(t), New(t)
	first.Cable("eth0", second)
	first.Host(1)
	second.Host(2)
	return first, second
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
