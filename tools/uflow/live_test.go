package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/internal/testenv/runtimetest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// flow runs the tool on a target with arguments while this does what it is told,
// and returns the columns METHOD of the rows of its main thread, or those that
// match a regular expression. They are checked against each other.
func flow(t *testing.T, g *runtimetest.Target, only string, tell []string, args ...string) ([]string, testenv.Result) {
	t.Helper()
	p := tooltest.Start(t, "uflow", append(args, g.PIDText())...)
	g.Tell(tell...)
	r := tooltest.Stop(t, p)
	out, ok := strings.CutPrefix(r.Stdout, "CPU PID    TID    TIME(us)    METHOD\n")
	if !ok {
		t.Errorf("no heading: %.200s", r.Stdout)
	}
	var list []string
	last := 0
	for line := range strings.Lines(out) {
		m := regexp.MustCompile(`^(\d+) +(\d+) +(\d+) +(\d+) +\n?`).FindStringSubmatch(line)
		if m == nil || m[2] != g.PIDText() {
			t.Fatalf("line %q", line)
		}
		at, err := strconv.Atoi(m[4])
		if err != nil || at < last {
			t.Errorf("line %q comes after %d", line, last)
		}
		last = at
		if regexp.MustCompile(only).MatchString(line) {
			list = append(list, strings.TrimSuffix(line[30:], "\n"))
		}
	}
	return list, r
}

func wantFlow(t *testing.T, got []string, want string) {
	t.Helper()
	if text := "\n" + strings.Join(got, "\n") + "\n"; text != want {
		t.Errorf("got:%swant:%s", text, want)
	}
}

// The tree of calls is what the program does, with exceptions and recursion.
func TestLiveJava(t *testing.T) {
	runtimetest.Needs(t)
	g := runtimetest.Java(t, "-XX:+ExtendedDTraceProbes", "-Xint")
	got, r := flow(t, g, "Target", []string{"twice 1", "down 2", "caught 1"}, "-C", "Target")
	wantFlow(t, got, `
-> Target.run
  -> Target.twice
    -> Target.leaf
    <- Target.leaf
    -> Target.leaf
    <- Target.leaf
  <- Target.twice
<- Target.run
-> Target.run
  -> Target.down
    -> Target.down
      -> Target.down
      <- Target.down
    <- Target.down
  <- Target.down
<- Target.run
-> Target.run
  -> Target.caught
    -> Target.fails
    <- Target.fails
  <- Target.caught
<- Target.run
`)
	if strings.Contains(r.Stderr, "unless it was started") {
		t.Errorf("%s", r.Stderr)
	}
	got, _ = flow(t, g, "", []string{"twice 1", "down 1"}, "-C", "Targ", "-M", "down")
	wantFlow(t, got, "\n-> Target.down\n  -> Target.down\n  <- Target.down\n<- Target.down\n")
}

func TestLivePython(t *testing.T) {
	runtimetest.Needs(t)
	g, path := runtimetest.StartPython(t, "profiled")
	got, _ := flow(t, g, "target.py", []string{"twice 1"})
	wantFlow(t, got, strings.ReplaceAll(`
-> FILE.run
  -> FILE.twice
    -> FILE.leaf
    <- FILE.leaf
    -> FILE.leaf
    <- FILE.leaf
  <- FILE.twice
<- FILE.run
`, "FILE", path))
	plain, path := runtimetest.StartPython(t)
	got, r := flow(t, plain, "target.py", []string{"twice 1"})
	wantFlow(t, got, strings.ReplaceAll("\n<- FILE.leaf\n<- FILE.leaf\n<- FILE.twice\n<- FILE.run\n", "FILE", path))
	if !strings.Contains(r.Stderr, "Python 3.11 tells of calls only in threads that are profiled") {
		t.Errorf("%s", r.Stderr)
	}
}

// Languages whose runtimes are seldom built with probes.
func TestLiveOthers(t *testing.T) {
	runtimetest.Needs(t)
	for language, c := range map[string]struct {
		tell []string
		want string
	}{
		"ruby": {[]string{"nest Shop deep 2", "ccall IO gets 1"},
			"\n-> Shop.deep\n  -> Shop.deep\n  <- Shop.deep\n<- Shop.deep\n-> IO.gets\n<- IO.gets\n"},
		"perl": {[]string{"call a.pl sell 1", "call " + strings.Repeat("p", 170) + " x 1"},
			"\n-> a.pl.sell\n<- a.pl.sell\n" + fmt.Sprintf("-> %[1]s....x\n<- %[1]s....x\n", strings.Repeat("p", 159))},
		"tcl": {[]string{"call - sell 1", "call - " + strings.Repeat("t", 91) + " 1"},
			"\n-> sell\n<- sell\n" + fmt.Sprintf("-> %[1]s\n<- %[1]s\n", strings.Repeat("t", 91))},
	} {
		t.Run(language, func(t *testing.T) {
			got, _ := flow(t, runtimetest.Fake(t, language, language), "", c.tell)
			wantFlow(t, got, c.want)
		})
	}
}
