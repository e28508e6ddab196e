package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// copyOfBash puts a copy of bash into a folder of its own: a probe on it sees
// no other shell.
func copyOfBash(t *testing.T) string {
	t.Helper()
	original, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	bash := filepath.Join(t.TempDir(), "bash")
	if err := os.WriteFile(bash, data, 0o700); err != nil {
		t.Fatal(err)
	}
	return bash
}

// typeInto types lines into an interactive shell on a terminal of its own, and
// returns the shell's process id.
func typeInto(t *testing.T, bash string, lines []string) (pid string) {
	t.Helper()
	cmd := exec.Command("script", "-qec", "echo pid=$$; exec "+bash+" --norc -i", "/dev/null")
	cmd.Env = append(os.Environ(), "HISTFILE=", "SHELL=/bin/sh")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	out, err := cmd.CombinedOutput()
	m := regexp.MustCompile(`pid=(\d+)`).FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	return string(m[1])
}

func TestShowsWhatIsTyped(t *testing.T) {
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "script")
	bash := copyOfBash(t)
	cmd := exec.Command(testenv.Tool(t, "bash_readline"))
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(bash)+":"+os.Getenv("PATH"))
	p := testenv.StartCmd(t, cmd)
	p.Await("Ctrl-C ends it", time.Minute)

	long := ": " + strings.Repeat("long ", 30) // longer than the program's buffer
	begin := time.Now()
	pid := typeInto(t, bash, []string{"echo one  two", "", "# nothing", long, "exit"})
	p.Await(`\bexit$`, 10*time.Second)
	end := time.Now()

	result := p.Stop()
	head, body, _ := strings.Cut(result.Stdout, "\n")
	if result.ExitCode != 0 || head != "TIME     PID     COMMAND" {
		t.Errorf("heading: %v", result)
	}
	want := []string{"echo one  two", "", "# nothing", long[:119], "exit"}
	rows := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d: %v", len(rows), len(want), result)
	}
	for i, row := range rows {
		at, rest, _ := strings.Cut(row, " ")
		if expected := fmt.Sprintf("%-7s %s", pid, want[i]); rest != expected {
			t.Errorf("row %d: %q, want %q", i, rest, expected)
		}
		if !isBetween(at, begin, end) {
			t.Errorf("row %d: time %s is not from %v to %v", i, at, begin, end)
		}
	}
}

// isBetween tells whether a time of day is that of some second from begin to
// end.
func isBetween(text string, begin, end time.Time) bool {
	for at := begin; !at.After(end.Add(time.Second)); at = at.Add(time.Second) {
		if at.Format(time.TimeOnly) == text {
			return true
		}
	}
	return false
}
