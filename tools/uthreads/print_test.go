package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestPrint(t *testing.T) {
	begin := bccgo.MonotonicTime()
	started := event{Time: begin + 1_500_000_000, ID: 12, Native: 18470, Kind: start, Flags: 1}
	copy(started.Name[:], "pool\n1")
	early := event{Time: begin - 1, ID: 3, Native: 7, Kind: stop, Flags: 2}
	var out bytes.Buffer
	p := &printer{s: &toolkit.Session{Out: toolkit.NewOutput(&out)}, start: begin, pid: os.Getpid()}
	if err := p.heading(); err != nil {
		t.Fatal(err)
	}
	for _, ev := range []event{started, early} {
		if err := p.record(&ev); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.s.Out.Close(); err != nil {
		t.Fatal(err)
	}
	want := "TIME     ID               TYPE     DESCRIPTION\n" +
		"1.500    R=12/N=18470     start    pool\\n1...\n" +
		"0.000    R=3/N=7          stop     <unreadable>\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

// execute runs the tool in this process.
func execute(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = tool(args[0]).Execute(context.Background(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestBadUsage(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"uthreads"}, "name the process"},
		{[]string{"uthreads", "1", "2"}, "unexpected argument"},
		{[]string{"uthreads", "-l", "ruby", "1"}, "choose one of c, java, none"},
		{[]string{"uthreads", "4194305"}, "there is no such process"},
		{[]string{"uthreads", "-l", "c", "4194305"}, "there is no such process"},
		{[]string{"javathreads", strconv.Itoa(os.Getpid())}, "javathreads: process " + strconv.Itoa(os.Getpid()) + " has no probes of a runtime of java"},
	} {
		code, stdout, stderr := execute(test.args...)
		if code != 1 || stdout != "" || !strings.Contains(stderr, test.want) {
			t.Errorf("%q: %d, %q, %q", test.args, code, stdout, stderr)
		}
	}
}

// A process that cannot make threads is said to be one.
func TestNoThreads(t *testing.T) {
	testenv.NeedProgram(t, "gcc")
	path := filepath.Join(t.TempDir(), "still")
	build := exec.Command("gcc", "-static", "-nostdlib", "-x", "c", "-o", path, "-")
	build.Stdin = strings.NewReader("void _start(void) { for (;;) __asm__ volatile (\"syscall\" : : \"a\"(34) : \"rcx\", \"r11\", \"memory\"); }") // pause
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("%v: %s", err, out)
	}
	pid := testenv.Start(t, path).Pid()
	code, _, stderr := execute("uthreads", strconv.Itoa(pid))
	if want := "uthreads: process " + strconv.Itoa(pid) + " has no function pthread_create, neither "; code != 1 || !strings.HasPrefix(stderr, want) {
		t.Errorf("%d, %q", code, stderr)
	}
}
