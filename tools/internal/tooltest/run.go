package tooltest

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// Start starts a tool and waits until it traces. One that goes by several names is
// called as in "javagc=ugc".
func Start(t testing.TB, name string, args ...string) *testenv.Proc {
	t.Helper()
	return StartBy(t, nil, name, args...)
}

// StartBy starts a tool through another command, such as setpriv with its flags,
// and waits until it traces.
func StartBy(t testing.TB, command []string, name string, args ...string) *testenv.Proc {
	t.Helper()
	name, target, other := strings.Cut(name, "=")
	path := testenv.Tool(t, cmp.Or(target, name))
	if other {
		link := filepath.Join(t.TempDir(), name)
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		path = link
	}
	argv := append(slices.Clone(command), path, "-v")
	p := testenv.Start(t, append(argv, args...)...)
	p.Await("(?m)^"+name+": tracing$", time.Minute)
	beginCost(t, p)
	return p
}

// StartAll starts a tool several times, with different arguments, and waits until all
// of them trace: one after the other takes longer.
func StartAll(t testing.TB, name string, args ...[]string) []*testenv.Proc {
	t.Helper()
	var all []*testenv.Proc
	for _, a := range args {
		all = append(all, testenv.Start(t, append([]string{testenv.Tool(t, name), "-v"}, a...)...))
	}
	for _, p := range all {
		p.Await("(?m)^"+name+": tracing$", time.Minute)
	}
	return all
}

var losses = regexp.MustCompile(": lost|not seen|not kept")

// Stop ends a tool by Ctrl-C, after what was done last has reached it. That it
// does not end well, or lost something, is an error.
func Stop(t testing.TB, p *testenv.Proc) testenv.Result {
	t.Helper()
	time.Sleep(testenv.Timeout(300 * time.Millisecond))
	return StopNow(t, p)
}

// StopNow is Stop for a tool that counts, and so waits for nothing.
func StopNow(t testing.TB, p *testenv.Proc) testenv.Result {
	t.Helper()
	noteCost(t, p, false)
	r := p.Stop()
	if r.ExitCode != 0 || losses.MatchString(r.Stderr) {
		t.Errorf("%v", r)
	}
	return r
}

// StartTheirs starts BCC's own tool of a name and waits for a line that matches
// ready, and until it sleeps: some print their headings before they open the buffers
// by which they trace.
func StartTheirs(t testing.TB, name, ready string, args ...string) *testenv.Proc {
	t.Helper()
	path, err := exec.LookPath(name + "-bpfcc")
	if err != nil {
		t.Fatal(err)
	}
	p := testenv.Start(t, append([]string{"/usr/bin/python3", "-u", path}, args...)...)
	p.Await(ready, 3*time.Minute)
	p.AwaitRest()
	beginCost(t, p)
	return p
}

// StopTheirs ends BCC's tool by Ctrl-C and returns what it printed. BCC's tools
// expect it only while they sleep, and some are not yet there when they say that
// they trace.
func StopTheirs(t testing.TB, p *testenv.Proc) string {
	t.Helper()
	p.AwaitRest()
	noteCost(t, p, true)
	p.Signal(os.Interrupt)
	return p.Wait(time.Minute).Stdout
}
