package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

var theirLoss = regexp.MustCompile(`Possibly lost (\d+) samples`)

// Many opens are seen by both, as far as BCC's own tool can keep up; what they cost is
// the comparison's.
func TestVMLoadSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	const opens = 40_000
	path := filepath.Join(t.TempDir(), "opened-often")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	self := fmt.Sprint(os.Getpid())
	theirs := tooltest.StartTheirs(t, "opensnoop", "PID .*PATH", "-p", self)
	ours := tooltest.Start(t, "opensnoop", "-p", self)
	begin := time.Now()
	for range opens {
		fd, err := syscall.Open(path, syscall.O_RDONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Close(fd); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d opens in %v", opens, time.Since(begin))
	time.Sleep(testenv.Timeout(time.Second))
	theirs.AwaitRest()
	our, their := tooltest.Stop(t, ours).Stdout, tooltest.StopTheirs(t, theirs)
	seen, lost := strings.Count(their, path), 0
	for _, m := range theirLoss.FindAllStringSubmatch(theirs.Stderr(), -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		lost += n
	}
	t.Logf("BCC's shows %d and says that it lost %d", seen, lost)
	c.Row("opens", map[string]string{"number": fmt.Sprint(strings.Count(our, path))}, map[string]string{"number": fmt.Sprint(seen + lost)})
	if lost > 0 {
		c.Explained("opens", fmt.Sprintf("BCC's lost %d of %d made without a pause", lost, opens))
	}
	if n := strings.Count(our, path); n != opens {
		t.Errorf("%d of %d opens are shown", n, opens)
	}
}
