package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestPrint(t *testing.T) {
	rows := []row{
		{PID: 7, Command: "ruby a.rb", Language: "ruby", rates: [6]float64{1.4, 2, 3, 4, 5, 6}},
		{PID: 5, Command: "java -XX:+ExtendedDTraceProbes App", Language: "java", rates: [6]float64{2776045, 0, 0, 0, 0, 0.6}},
		{PID: 9, Command: "größe-überall-mehr-als-zwanzig", Language: "php", rates: [6]float64{0, 9}},
	}
	lines := map[int]string{
		7: "7      ruby a.rb            1          2      3          4        5      6     \n",
		5: "5      java -XX:+ExtendedDT 2776045    0      0          0        0      1     \n",
		9: "9      größe-überall-mehr-a 0          9      0          0        0      0     \n",
	}
	for _, c := range []struct {
		o    options
		want []int
	}{
		{options{maxRows: 20}, []int{5, 7, 9}},
		{options{maxRows: 2, sort: "gc"}, []int{9, 7}},
		{options{maxRows: 20, sort: "method"}, []int{5, 7, 9}},
		{options{maxRows: 20, sort: "excp"}, []int{7, 5, 9}},
	} {
		var out bytes.Buffer
		p := &printer{options: &c.o, s: &toolkit.Session{Out: toolkit.NewOutput(&out)}}
		if err := p.print(time.Now(), append([]row(nil), rows...)); err != nil {
			t.Fatal(err)
		}
		if err := p.s.Out.Close(); err != nil {
			t.Fatal(err)
		}
		want := `^\n\d\d:\d\d:\d\d loadavg: .*\n\nPID    CMDLINE              METHOD/s   GC/s   OBJNEW/s   CLOAD/s  EXC/s  THR/s \n`
		for _, pid := range c.want {
			want += regexp.QuoteMeta(lines[pid])
		}
		if !regexp.MustCompile(want + "$").MatchString(out.String()) {
			t.Errorf("%+v: got\n%s", c.o, out.String())
		}
	}
}

// Handlers are there for the columns that have a probe.
func TestProgram(t *testing.T) {
	r := runtimes.ByLanguage("ruby")
	text := programFor(r, func(probe string) bool { return probe == "ruby:cmethod__entry" || probe == "ruby:raise" })
	for name, there := range map[string]bool{"on_column_0": true, "on_column_1": false, "on_column_2": false, "on_column_4": true} {
		if strings.Count(text, "int "+name+"(void *ctx)") != map[bool]int{true: 1}[there] {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestScan(t *testing.T) {
	dir := t.TempDir()
	start := func(name string) int {
		text, err := os.ReadFile("/bin/sleep")
		if err != nil {
			t.Skip(err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o700); err != nil {
			t.Fatal(err)
		}
		return testenv.Start(t, path, "60").Pid()
	}
	ruby, other := start("ruby3.1"), start("other")
	s := &scanner{languages: counted()}
	found, err := s.scan(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	p := found[ruby]
	if p == nil || len(p.files) != 1 || p.files[0].runtime.Language != "ruby" || found[other] != nil {
		t.Fatalf("%+v, %+v", p, found[other])
	}
	// Processes that are no longer young are not looked at again.
	s.known[other].since = time.Now().Add(-young)
	s.known[ruby].program = "another"
	again, err := s.scan(time.Now())
	if err != nil || again[ruby] == nil || again[ruby] == p || again[other] != nil {
		t.Errorf("%+v, %v", again[ruby], err)
	}
	java := &scanner{languages: []string{"java"}, pid: ruby}
	if found, err := java.scan(time.Now()); err != nil || len(found) != 0 || len(java.known) != 1 {
		t.Errorf("%+v, %+v, %v", found, java.known, err)
	}
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
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"ustat", "-l", "cobol"}, "choose one of java, node, perl, php, python, ruby, tcl"},
		{[]string{"ustat", "-S", "pid"}, "choose one of cload, excp, gc, method, objnew, thread"},
		{[]string{"ustat", "-r", "0"}, "--maxrows"},
		{[]string{"ustat", "-p", "-4"}, "negative"},
		{[]string{"ustat", "0"}, `interval "0"`},
		{[]string{"ustat", "1", "0"}, `count "0"`},
		{[]string{"ustat", "1", "2", "3"}, "unexpected argument"},
		{[]string{"rubystat", "-p", fmt.Sprint(sleep.Process.Pid)}, "runs no runtime of ruby"},
		{[]string{"ustat", "-p", "4194305"}, "--pid 4194305: there is no such process"},
	} {
		var out, errs bytes.Buffer
		code := tool(test.args[0]).Execute(context.Background(), test.args, &out, &errs)
		if code != 1 || out.Len() != 0 || !strings.Contains(errs.String(), test.want) || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%q: %d, %q, %q", test.args, code, out.String(), errs.String())
		}
	}
}
