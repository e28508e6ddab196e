package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// busy computes for half a second of its time at every line.
const busy = `
#include <stdio.h>
#include <time.h>

static volatile unsigned long sum;

static void add_up(void) { for (int i = 0; i < 100000; i++) sum += i; }

static int work(void)
{
	clock_t end = clock() + CLOCKS_PER_SEC / 2;

	while (clock() < end)
		add_up();
	return 1;
}

int main(void)
{
	while (getchar() != EOF)
		if (work())
			puts("done"), fflush(stdout);
	return 0;
}
`

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "gcc")
}

// sample runs the program while another computes for a second and ends.
func sample(t *testing.T, target *activity.Program, args ...string) string {
	t.Helper()
	p := testenv.Start(t, append([]string{testenv.Tool(t, "stack_buildid_example"), "-p", strconv.Itoa(target.Pid())}, args...)...)
	p.Await("Ctrl-C prints", time.Minute)
	target.Tell("")
	target.Tell("")
	target.End()
	result := p.Stop()
	if result.ExitCode != 0 || !strings.Contains(result.Stdout, " samples\n") {
		t.Fatalf("%v", result)
	}
	return result.Stdout
}

// samples counts those whose stack matches.
func samples(t *testing.T, out, stack string) int {
	t.Helper()
	sum := 0
	for _, m := range regexp.MustCompile(`(?m)^(\d+) samples\n`+stack).FindAllStringSubmatch(out, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}

func TestNamesFunctionsOfAnEndedProcess(t *testing.T) {
	needs(t)
	target := activity.StartC(t, busy)
	out := sample(t, target, target.Path)
	const stack = `\tadd_up\+0x[0-9a-f]+\n\twork\+0x[0-9a-f]+\n\tmain\+0x[0-9a-f]+\n`
	// 49 in a second; a busy machine delays some.
	if n := samples(t, out, stack); n < 25 || n > 60 {
		t.Errorf("%d samples in add_up, want about 49:\n%s", n, out)
	}
}

func TestShowsPlacesOfUnknownFiles(t *testing.T) {
	needs(t)
	target := activity.StartC(t, busy)
	symbols, err := bccgo.OpenSymbols(target.Path)
	if err != nil {
		t.Fatal(err)
	}
	out := sample(t, target)
	place := regexp.MustCompile(fmt.Sprintf(`(?m)^\d+ samples\n\t%s\+(0x[0-9a-f]+)\n`, symbols.BuildID())).FindStringSubmatch(out)
	if place == nil {
		t.Fatalf("no place in the file of build id %s:\n%s", symbols.BuildID(), out)
	}
	offset, err := strconv.ParseUint(place[1], 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := symbols.AtOffset(offset); err != nil || s.Name != "add_up" {
		t.Errorf("%s is in %v (%v), want add_up", place[1], s, err)
	}
}

func TestRefusesBadArguments(t *testing.T) {
	needs(t)
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no ELF file"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no process":      {nil, "-p PID"},
		"absent process":  {[]string{"-p", "4194304"}, "4194304"},
		"no program file": {[]string{"-p", "1", text}, text},
	} {
		t.Run(name, func(t *testing.T) {
			result := testenv.Run(t, time.Minute, append([]string{testenv.Tool(t, "stack_buildid_example")}, c.args...)...)
			if result.ExitCode == 0 || result.Stdout != "" || !strings.Contains(result.Stderr, c.want) {
				t.Errorf("want an error with %q: %v", c.want, result)
			}
		})
	}
}
