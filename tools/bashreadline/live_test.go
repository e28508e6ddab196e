package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "/bin/bash")
}

// typed is what was typed, and the line that it makes.
var typed = []struct{ keys, line string }{
	{"echo one  two", "echo one  two"},
	{"", ""},
	{"# grüße, 世界 \U0001f41d", "# grüße, 世界 \U0001f41d"},
	{": " + strings.Repeat("long ", 20), ": " + strings.Repeat("long ", 20)},
	{": '" + strings.Repeat("longer, ä ", 120) + "'", ": '" + strings.Repeat("longer, ä ", 120) + "'"},
	{": " + strings.Repeat("x", 253), ": " + strings.Repeat("x", 253)}, // as long as a piece
	{"ecoh\x7f\x7fho mended", "echo mended"},
	{"never seen\x15echo kept", "echo kept"},
	{"echo no\x02\x04", "echo n"}, // Ctrl-D deletes the character it stands on
	{":\x16\t\x16\x1b[31m", ":\t\x1b[31m"},
	{"printf '%s|' $((6 * 7)) \"$HOME\" `true` 'it''s' \\n", "printf '%s|' $((6 * 7)) \"$HOME\" `true` 'it''s' \\n"},
	{"!!", "!!"}, // before the shell replaces it
	{"  ", "  "},
}

// Every line of a shell is there, the first one too, which the shell was waiting
// for when the tracing began; and none of another shell.
func TestLive(t *testing.T) {
	needs(t)
	sh, other := bash(t), bash(t)
	p := tooltest.Start(t, "bashreadline", "--json", "-p", fmt.Sprint(sh.pid()))
	other.enter("echo of another shell")
	var begins, ends []time.Time
	for _, l := range typed {
		begins = append(begins, time.Now())
		sh.enter(l.keys)
		ends = append(ends, time.Now())
	}
	other.enter("echo of another shell")
	sh.leave()

	got := lines(t, tooltest.Stop(t, p).Stdout)
	if len(got) != len(typed) {
		t.Fatalf("%d lines, want %d: %+v", len(got), len(typed), got)
	}
	const slack = 10 * time.Millisecond // between the clocks
	for i, l := range got {
		if l.Time.Before(begins[i].Add(-slack)) || l.Time.After(ends[i].Add(slack)) {
			t.Errorf("%q: at %v, not between %v and %v", l.Command, l.Time, begins[i], ends[i])
		}
		l.Time = time.Time{}
		if want := (line{PID: uint32(sh.pid()), Comm: "bash", Command: typed[i].line}); l != want {
			t.Errorf("got %+v, want %+v", l, want)
		}
	}
}

// lines reads JSON lines.
func lines(t *testing.T, stdout string) []line {
	t.Helper()
	var out []line
	for text := range strings.Lines(stdout) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		out = append(out, l)
	}
	return out
}

// Rows are as BCC's; lines that "read -e" reads are there, and very long ones
// up to their limit.
func TestLiveRows(t *testing.T) {
	needs(t)
	sh := bash(t)
	p := tooltest.Start(t, "bashreadline", "--stats", "-p", fmt.Sprint(sh.pid()))
	sh.enter(":\x16\tone")
	ask := `read -e -p 'ASK> ' -i "$(printf '%020000d' 0)"`
	sh.press(ask + "\r")
	sh.await("ASK> 0", "0000")
	time.Sleep(testenv.Timeout(300 * time.Millisecond)) // it is a long line to show
	sh.enter("")
	sh.leave()

	r := tooltest.Stop(t, p)
	rows := strings.Split(r.Stdout, "\n")
	want := []string{"TIME      PID     COMMAND", `:\tone`, ask, strings.Repeat("0", pieces*(textSize-1)) + "...", ""}
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d: %v", len(rows), len(want), r)
	}
	if rows[0] != want[0] || rows[4] != "" {
		t.Errorf("heading and end: %v", r)
	}
	for i, row := range rows[1:4] {
		at, rest, _ := strings.Cut(row, " ")
		if _, err := time.Parse(time.TimeOnly, at); err != nil || rest != fmt.Sprintf(" %-7d %s", sh.pid(), want[i+1]) {
			t.Errorf("row %d: %.100q, want %.100q", i, row, want[i+1])
		}
	}
	if !regexp.MustCompile(`(?m)^bashreadline: 4 lines, \d+ bytes in .* s; 0 events lost; `).MatchString(r.Stderr) {
		t.Errorf("no summary: %s", r.Stderr)
	}
	if !regexp.MustCompile(`(?m)^bashreadline: return_readline: 3 runs of \S+s, \S+s in all$`).MatchString(r.Stderr) {
		t.Errorf("no runs: %s", r.Stderr)
	}
}

// A program linked to libreadline, as bash is in some distributions.
const reader = `
#include <stdio.h>
#include <stdlib.h>

char *readline(const char *prompt);

int main(void)
{
	char *line;
	int n = 0;

	do {
		printf("READY %d.\n", ++n);
		fflush(stdout);
		line = readline("PROMPT> ");
		free(line);
	} while (line);
	return 0;
}
`

// libreadline is where Debian has the library.
const libreadline = "/lib/x86_64-linux-gnu/libreadline.so.8"

// buildReader compiles the program, with a library that no other one uses.
func buildReader(t *testing.T) (path, library string) {
	t.Helper()
	testenv.NeedProgram(t, "gcc")
	if _, err := os.Stat(libreadline); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	path, library = filepath.Join(dir, "bash"), filepath.Join(dir, filepath.Base(libreadline))
	copyFile(t, libreadline, library)
	cmd := exec.Command("gcc", "-x", "c", "-o", path, "-", "-x", "none", library, "-Wl,-rpath,"+dir)
	cmd.Stdin = strings.NewReader(reader)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path, library
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o755); err != nil {
		t.Fatal(err)
	}
}

// The library of a process is found by itself. With --shared it is that one;
// then programs of other names do not count, unless they are asked for.
func TestLiveShared(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	path, library := buildReader(t)
	other := filepath.Join(filepath.Dir(path), "other")
	if err := os.Link(path, other); err != nil {
		t.Fatal(err)
	}
	named, unnamed := startShell(t, path), startShell(t, other)
	ps := []*testenv.Proc{
		tooltest.Start(t, "bashreadline", "-s", library),
		tooltest.Start(t, "bashreadline", "-p", fmt.Sprint(unnamed.pid())),
		tooltest.Start(t, "bashreadline", "-s", library, "-p", fmt.Sprint(named.pid())),
	}
	unnamed.enter("one")
	named.enter("two")
	for i, sh := range []*shell{named, unnamed, named} {
		_, rows, _ := strings.Cut(tooltest.Stop(t, ps[i]).Stdout, "\n")
		text := map[*shell]string{unnamed: "one", named: "two"}[sh]
		if !strings.HasSuffix(rows, fmt.Sprintf("  %-7d %s\n", sh.pid(), text)) || strings.Count(rows, "\n") != 1 {
			t.Errorf("%s: got %q", text, rows)
		}
	}
	unnamed.leave()
	named.leave()
}

// A shell whose file was deleted or replaced, by an update say, is traced as
// others.
func TestLiveDeleted(t *testing.T) {
	needs(t)
	path := filepath.Join(t.TempDir(), "bash")
	copyFile(t, "/bin/bash", path)
	sh := startShell(t, path, "--norc", "--noprofile", "-i")
	other := startShell(t, path, "--norc", "--noprofile", "-i")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	p := tooltest.Start(t, "bashreadline", "-p", fmt.Sprint(sh.pid()))
	other.enter("echo of another shell")
	sh.enter("echo still here")
	if out := tooltest.Stop(t, p).Stdout; !strings.HasSuffix(out, fmt.Sprintf("  %-7d echo still here\n", sh.pid())) || strings.Count(out, "\n") != 2 {
		t.Errorf("got %q", out)
	}
	sh.leave()
	other.leave()
}

// Every line is either printed or counted as lost.
func TestLiveLosses(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	path, library := buildReader(t)
	p := tooltest.Start(t, "bashreadline", "--json", "-s", library)
	p.Signal(syscall.SIGSTOP)
	const n = 4000 // more than a processor's buffer has room for
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "line %d\n", i)
	}
	cmd := exec.Command("taskset", "1", path)
	cmd.Env = []string{"TERM=dumb"}
	cmd.Stdin = strings.NewReader(text.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p.Signal(syscall.SIGCONT)
	time.Sleep(testenv.Timeout(600 * time.Millisecond))
	r := p.Stop()
	last := regexp.MustCompile(`lost \d+ events, (\d+) in all`).FindAllStringSubmatch(r.Stderr, -1)
	if len(last) == 0 || r.ExitCode != 0 {
		t.Fatalf("no losses reported: %s", r.Stderr)
	}
	var lost int
	if _, err := fmt.Sscan(last[len(last)-1][1], &lost); err != nil {
		t.Fatal(err)
	}
	seen := lines(t, r.Stdout)
	if lost == 0 || len(seen) == 0 || len(seen)+lost != n {
		t.Errorf("printed %d and lost %d of %d", len(seen), lost, n)
	}
	numbers := make([]int, len(seen))
	for i, l := range seen {
		if _, err := fmt.Sscanf(l.Command, "line %d", &numbers[i]); err != nil || l.CommandLost || l.PID != uint32(cmd.Process.Pid) {
			t.Fatalf("%+v: %v", l, err)
		}
	}
	if !slices.IsSorted(numbers) {
		t.Error("the lines are out of order")
	}
}

// A reader that goes away ends the tool without complaint.
func TestLivePipe(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	sh := bash(t)
	p := testenv.Start(t, "bash", "-c", `"$0" -v -p "$1" | head -n 2; echo "status ${PIPESTATUS[0]}" >&2`,
		testenv.Tool(t, "bashreadline"), fmt.Sprint(sh.pid()))
	p.Await("(?m)^bashreadline: tracing$", time.Minute)
	for i := range 3 {
		sh.enter(fmt.Sprintf("echo %d", i))
		time.Sleep(testenv.Timeout(600 * time.Millisecond))
	}
	r := p.Wait(time.Minute)
	if !strings.HasSuffix(r.Stderr, "status 0\n") || !strings.HasSuffix(r.Stdout, " echo 0\n") || strings.Count(r.Stdout, "\n") != 2 {
		t.Errorf("%v", r)
	}
	sh.leave()
}
