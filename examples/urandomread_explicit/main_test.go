package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracefs(t)
}

// asking makes the system call for as many bytes as a line says. The functions of
// libraries make none since Linux 6.11.
const asking = `
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	static char bytes[1 << 16];
	int n;

	while (scanf("%d", &n) == 1) {
		printf("%ld\n", syscall(SYS_getrandom, bytes, n, 0));
		fflush(stdout);
	}
	return 0;
}
`

func TestShowsRequests(t *testing.T) {
	needs(t)
	testenv.NeedTracepoint(t, getrandom.tracepoint)
	testenv.NeedProgram(t, "gcc")
	target := activity.StartC(t, asking)
	p := testenv.Start(t, testenv.Tool(t, "urandomread_explicit"), "-p", strconv.Itoa(target.Pid()))
	p.Await("Ctrl-C ends it", time.Minute)
	if old, err := bccgo.TracepointExists("random", "urandom_read"); err != nil {
		t.Fatal(err)
	} else if old {
		t.Skip("a kernel up to 5.17: getrandom is not traced")
	}

	for _, n := range []string{"1", "31", "4097"} {
		if got := target.Tell(n); got != n {
			t.Fatalf("getrandom: %s bytes, want %s", got, n)
		}
	}
	p.Await(` 4097$`, 10*time.Second)

	result := p.Stop()
	if result.ExitCode != 0 || !strings.HasPrefix(result.Stdout, "TIME     TASK             PID     BYTES\n") ||
		!strings.Contains(result.Stderr, "no tracepoint random:urandom_read, which left Linux after 5.17") {
		t.Errorf("heading and notice: %v", result)
	}
	row := regexp.MustCompile(fmt.Sprintf(`(?m)^\d\d:\d\d:\d\d .{16} %-7d (\d+)$`, target.Pid()))
	var sizes []string
	for _, m := range row.FindAllStringSubmatch(result.Stdout, -1) {
		sizes = append(sizes, m[1])
	}
	// Each CPU has a buffer of its own.
	slices.Sort(sizes)
	if want := []string{"1", "31", "4097"}; !slices.Equal(sizes, want) {
		t.Errorf("%q, want %q: %v", sizes, want, result)
	}
}

// TestDeclaredArguments compares the struct with what the kernel says.
func TestDeclaredArguments(t *testing.T) {
	needs(t)
	testenv.NeedTracepoint(t, getrandom.tracepoint)
	var format []byte
	for _, dir := range []string{"/sys/kernel/tracing", "/sys/kernel/debug/tracing"} {
		data, err := os.ReadFile(filepath.Join(dir, "events/syscalls/sys_enter_getrandom/format"))
		if err == nil {
			format = data
			break
		}
	}
	for _, want := range []string{` \* ?ubuf;\s+offset:16;`, `size_t (?:len|count);\s+offset:24;\s+size:8;`, `unsigned int flags;\s+offset:32;`} {
		if !regexp.MustCompile(want).Match(format) {
			t.Errorf("%s is not in\n%s", want, format)
		}
	}
}

// TestOldTracepoint loads what only kernels up to 5.17 run.
func TestOldTracepoint(t *testing.T) {
	needs(t)
	m, err := bccgo.Load(program, &bccgo.Options{Defines: urandomRead.defines})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.LoadFunc("asked", bccgo.Tracepoint); err != nil {
		t.Error(err)
	}
}
