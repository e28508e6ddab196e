package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// measure is a Python program that reads texts, each with a number before it,
// and calls the C library's strlen that often with each.
const measure = `
import ctypes, sys
c = ctypes.CDLL("libc.so.6")
print("ready", flush=True)
for line in sys.stdin:
    times, text = line.rstrip("\n").split(" ", 1)
    for _ in range(int(times)):
        c.strlen(text.encode())
`

// startMeasure starts a measuring process. Texts are given to its input.
func startMeasure(t *testing.T) (p *testenv.Proc, texts func(string)) {
	t.Helper()
	cmd := exec.Command("python3", "-c", measure)
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p = testenv.StartCmd(t, cmd)
	p.Await("^ready$", 10*time.Second)
	return p, func(text string) {
		if _, err := fmt.Fprint(input, text); err != nil {
			t.Fatal(err)
		}
		if err := input.Close(); err != nil {
			t.Fatal(err)
		}
		if result := p.Wait(10 * time.Second); result.ExitCode != 0 {
			t.Fatal(result)
		}
	}
}

func TestCountsStrings(t *testing.T) {
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "python3")
	watched, give := startMeasure(t)
	_, giveOther := startMeasure(t)
	p := testenv.Start(t, testenv.Tool(t, "14_strlen_count"), "-p", fmt.Sprint(watched.Pid()))
	p.Await("Ctrl-C prints", time.Minute)

	long := strings.Repeat("long ", 30) // longer than the key
	giveOther("9 of another process\n")
	give("3 a text of mine\n7 another one\n1 " + long + "\n")

	result := p.Stop()
	if result.ExitCode != 0 || !strings.HasPrefix(result.Stdout, "     COUNT STRING\n") {
		t.Errorf("heading: %v", result)
	}
	var last string
	for text, want := range map[string]string{"a text of mine": "3", "another one": "7", long[:79]: "1", "of another process": ""} {
		row := regexp.MustCompile(fmt.Sprintf(`(?m)^ +(\d+) %q$`, text)).FindStringSubmatch(result.Stdout)
		switch {
		case row == nil && want != "", row != nil && row[1] != want:
			t.Errorf("%q: %q, want %q times", text, row, want)
		case want == "7":
			last = row[0]
		}
	}
	if after := strings.Index(result.Stdout, last); after < strings.Index(result.Stdout, "a text of mine") {
		t.Error("rows are not in the order of their counts")
	}
	if t.Failed() {
		t.Log(result)
	}
}
