package main

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/internal/testenv/runtimetest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// BCC's own tool counts the same calls, one after the other.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	theirTool, err := exec.LookPath("ucalls")
	if err != nil {
		t.Fatal(err)
	}
	g := runtimetest.Fake(t, "ruby", "ruby")
	tell := []string{"call Shop sell 30", "call Shop buy 20", "nest Shop deep 5", "call Cart add 7"}
	theirs := testenv.Start(t, "/usr/bin/python3", "-u", theirTool, "-l", "ruby", "-T", "3", g.PIDText())
	theirs.Await("(?m)^Tracing calls in process ", 3*time.Minute)
	g.Tell(tell...)
	want := rows(tooltest.StopTheirs(t, theirs))
	ours := tooltest.Start(t, "ucalls", "-T", "3", g.PIDText())
	g.Tell(tell...)
	got := rows(tooltest.StopNow(t, ours).Stdout)
	if len(got) != 4 || !slices.Equal(got, want) {
		t.Errorf("ours:\n%s\nBCC's:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	side.Lines("methods", got, want)
}

// rows are the heading and the rows below it.
func rows(out string) []string {
	return regexp.MustCompile(`(?m)^METHOD .*$|^\S+ +\d+$`).FindAllString(out, -1)
}
