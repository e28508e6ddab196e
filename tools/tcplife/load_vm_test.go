package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
	"github.com/bccgo/bcc/tools/internal/tooltest/inettest"
)

var theirLoss = regexp.MustCompile(`Possibly lost (\d+) samples`)

// Many connections are seen by both, as far as BCC's own tool can keep up; what they
// cost is the comparison's.
func TestVMLoadSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	const connections = 10_000
	n := inettest.New(t, "churner")
	l := n.Listen(inettest.V4)
	theirs := tooltest.StartTheirs(t, "tcplife", "PID.*MS", "-p", self())
	ours := tooltest.Start(t, "tcplife", "-p", self())
	begin := time.Now()
	l.Churn(connections)
	t.Logf("%d connections in %v", connections, time.Since(begin))
	time.Sleep(testenv.Timeout(time.Second))
	theirs.AwaitRest()
	our, their := tooltest.Stop(t, ours).Stdout, tooltest.StopTheirs(t, theirs)
	lost := 0
	for _, m := range theirLoss.FindAllStringSubmatch(theirs.Stderr(), -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		lost += n
	}
	row, ends := " "+fmt.Sprint(l.Addr.Port())+" ", 2*connections
	seen := strings.Count(their, row)
	t.Logf("BCC's shows %d and says that it lost %d", seen, lost)
	if n := strings.Count(our, row); n != ends {
		t.Errorf("%d of %d ends are shown", n, ends)
	}
	c.Row("ends of connections", map[string]string{"number": fmt.Sprint(strings.Count(our, row))}, map[string]string{"number": fmt.Sprint(seen + lost)})
	if lost > 0 {
		c.Explained("connections", fmt.Sprintf("BCC's lost %d of %d ends", lost, ends))
	}
}
