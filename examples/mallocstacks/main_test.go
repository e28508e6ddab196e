package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// target asks for memory along two paths. Where a function is probed at its
// entry, older kernels do not show its direct caller: here that is allocate.
const target = `
#include <stdio.h>
#include <stdlib.h>

static void *allocate(size_t bytes) { void *p = malloc(bytes); return p; }

static int small_ones(void) { int made = 0; for (int i = 0; i < 5; i++) made += allocate(24) != 0; return made; }

static int large_ones(void) { int made = 0; for (int i = 0; i < 3; i++) made += allocate(70000) != 0; return made; }

int main(void)
{
	int c;

	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IONBF, 0);
	while ((c = getchar()) != EOF) {
		if (c == 's')
			small_ones();
		else if (c == 'l')
			large_ones();
		else if (c == '\n')
			putchar('\n');
	}
	return 0;
}
`

func TestCountsBytesByStack(t *testing.T) {
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "gcc")
	busy := activity.StartC(t, target)
	busy.Tell("sl")
	p := testenv.Start(t, testenv.Tool(t, "mallocstacks"), "-p", strconv.Itoa(busy.Pid()))
	p.Await("Ctrl-C prints", time.Minute)
	busy.Tell("ss")
	busy.Tell("l")

	result := p.Stop()
	if result.ExitCode != 0 {
		t.Errorf("Ctrl-C: %v", result)
	}
	blocks := regexp.MustCompile(`(?m)^\d.*\n(?:\t.*\n)+`).FindAllString(result.Stdout, -1)
	if strings.Join(blocks, "") != result.Stdout || len(blocks) < 2 {
		t.Fatalf("%d blocks: %v", len(blocks), result)
	}
	checkBlock(t, blocks, "small_ones", 2*5, 24)
	checkBlock(t, blocks, "large_ones", 3, 70000)
	if last := blocks[len(blocks)-1]; !strings.Contains(last, "large_ones") {
		t.Errorf("the largest is not last: %v", result)
	}
}

// checkBlock looks for the stacks through a function. The calls of a loop are
// one place, and so are two calls of its function.
func checkBlock(t *testing.T, blocks []string, function string, calls, size int) {
	t.Helper()
	want := regexp.MustCompile(fmt.Sprintf(`^%d bytes in %d calls from\n\t\S*malloc\+0x0 \[libc\.so\.6\]\n(?:\tallocate\+0x[0-9a-f]+ \[target\]\n)?`+
		`\t%s\+0x[0-9a-f]+ \[target\]\n\tmain\+0x`, calls*size, calls, function))
	for _, block := range blocks {
		if want.MatchString(block) {
			return
		}
	}
	t.Errorf("no block matches %v:\n%s", want, strings.Join(blocks, ""))
}

func TestNeedsAProcess(t *testing.T) {
	testenv.Live(t)
	result := testenv.Run(t, time.Minute, testenv.Tool(t, "mallocstacks"))
	if result.ExitCode != 1 || !strings.Contains(result.Stderr, "-p PID") {
		t.Errorf("%v", result)
	}
}
