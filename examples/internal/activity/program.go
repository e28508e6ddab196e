package activity

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// Program is a running C program of the test's own, which does one thing for
// each line it is told and then answers with a line.
type Program struct {
	*testenv.Proc
	t     testing.TB
	in    io.Writer
	asked int
}

// StartC compiles a C program and starts it. Functions called one from the
// other stay apart and can be told from each other in a stack.
func StartC(t testing.TB, text string) *Program {
	t.Helper()
	testenv.NeedProgram(t, "gcc")
	path := filepath.Join(t.TempDir(), "target")
	compile := exec.Command("gcc", "-x", "c", "-O1", "-o", path, "-",
		"-fno-omit-frame-pointer", "-fno-optimize-sibling-calls", "-fno-inline", "-fno-builtin", "-Wl,--build-id")
	compile.Stdin = strings.NewReader(text)
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", compile, err, out)
	}
	cmd := exec.Command(path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	return &Program{Proc: testenv.StartCmd(t, cmd), t: t, in: in}
}

// Tell sends a line and waits for the answer.
func (p *Program) Tell(line string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		p.t.Fatalf("tell process %d %q: %v", p.Pid(), line, err)
	}
	p.asked++
	p.Await(fmt.Sprintf(`(?s)\A(?:[^\n]*\n){%d}`, p.asked), 10*time.Second)
}

// strlenText calls strlen itself only when it is told to, and nothing that it
// calls does.
const strlenText = `
#include <stdio.h>
#include <string.h>

int main(void)
{
	static char line[1 << 16];

	while (fgets(line, sizeof(line), stdin)) {
		*strchr(line, '\n') = 0;
		printf("%zu\n", strlen(line));
		fflush(stdout);
	}
	return 0;
}
`

// StartStrlen starts a program that calls strlen for each line. It has called
// the function once, with "", when StartStrlen returns.
func StartStrlen(t testing.TB) *Program {
	t.Helper()
	p := StartC(t, strlenText)
	p.Tell("")
	return p
}
