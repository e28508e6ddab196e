package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestPrint(t *testing.T) {
	rows := []row{
		{Class: "A", Method: "m", Calls: 3, Time: 1500, label: "A.m"},
		{Method: "n", Calls: 12, Time: 2_500_000, label: "n"},
		{Syscall: "read", Calls: 3, Time: 2000, label: "read"},
	}
	const blanks = "                                                 "
	head := "\nMETHOD                                              # CALLS"
	for want, p := range map[string]*printer{
		head + "\nA.m" + blanks + "      3\nread" + blanks[1:] + "      3\nn" + blanks + "       12\n": {options: &options{}},
		head + " TIME (us)\nread" + blanks[1:] + "      3      2.00\nn" + blanks + "       12   2500.00\n": {
			options: &options{latency: true, top: 2}},
		head + " TIME (ms)\nn" + blanks + "       12      2.50\n": {options: &options{latency: true, milliseconds: true, top: 1}},
		`{"class":"A","method":"m","calls":3,"time_ns":1500}` + "\n" + `{"syscall":"read","calls":3,"time_ns":2000}` + "\n" + `{"method":"n","calls":12,"time_ns":2500000}` + "\n": {
			options: &options{}, s: &toolkit.Session{Common: toolkit.Common{JSON: true}}},
	} {
		var out bytes.Buffer
		if p.s == nil {
			p.s = &toolkit.Session{}
		}
		p.s.Out = toolkit.NewOutput(&out)
		if err := p.print(p.choose(append([]row(nil), rows...))); err != nil {
			t.Fatal(err)
		}
		if err := p.s.Out.Close(); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("got\n%swant\n%s", out.String(), want)
		}
	}
}

// execute runs the tool in this process.
func execute(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = tool(args[0]).Execute(context.Background(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestBadUsage(t *testing.T) {
	sleep := exec.Command("sleep", "60")
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		sleep.Process.Kill()
		sleep.Wait()
	}()
	pid := strconv.Itoa(sleep.Process.Pid)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"ucalls"}, "name the process"},
		{[]string{"ucalls", "x"}, `PID "x"`},
		{[]string{"ucalls", "-T", "-3", pid}, "--top"},
		{[]string{"ucalls", pid, "0"}, `interval "0"`},
		{[]string{"ucalls", "-l", "cobol", pid}, "choose one of java, perl, php, python, ruby, tcl, none"},
		{[]string{"ucalls", "-l", "none", pid}, "nothing is left"},
		{[]string{"ucalls", "4194305"}, "process 4194305: there is no such process"},
		{[]string{"ucalls", pid}, "runs no runtime of java, perl, php, python, ruby, tcl"},
		{[]string{"ucalls", "-l", "ruby", pid}, "no probes of a runtime of ruby: Ruby has them if it was configured with --enable-dtrace"},
		{[]string{"javacalls", "-l", "ruby", pid}, "flag provided but not defined"},
		{[]string{"/usr/sbin/javacalls", pid}, "javacalls: process " + pid + " has no probes of a runtime of java"},
	} {
		code, stdout, stderr := execute(test.args...)
		if code != 1 || stdout != "" || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: %d, %q, %q", test.args, code, stdout, stderr)
		}
	}
}

// A process with a runtime of a known name that has no probes is named as such.
func TestNoProbes(t *testing.T) {
	path := t.TempDir() + "/perl"
	text, err := os.ReadFile("/bin/sleep")
	if err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(path, text, 0o700); err != nil {
		t.Fatal(err)
	}
	p := testenv.Start(t, path, "60")
	if code, _, stderr := execute("ucalls", strconv.Itoa(p.Pid())); code != 1 || !strings.Contains(stderr, "runtime of perl: perl has them if it was configured with -Dusedtrace") {
		t.Errorf("%d %q", code, stderr)
	}
}
