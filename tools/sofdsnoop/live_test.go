package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// passer is a process that passes descriptors; see testdata/pass.c.
type passer struct {
	*testenv.Proc
	t     *testing.T
	input *os.File
	file  string // which it passes
}

func startPasser(t *testing.T) *passer {
	t.Helper()
	testenv.NeedProgram(t, "gcc")
	dir := t.TempDir()
	exe, file := filepath.Join(dir, "passer"), filepath.Join(dir, "a file")
	if out, err := exec.Command("gcc", "-O1", "-Wall", "-o", exe, "testdata/pass.c").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, file)
	cmd.Stdin = r
	p := &passer{testenv.StartCmd(t, cmd), t, w, file}
	r.Close()
	t.Cleanup(func() { w.Close() })
	p.Await("(?m)^ready$", time.Minute)
	return p
}

// pass has it pass descriptors and returns those, with names, as "SEND 3:socket:[1]
// 5 name". The process goes on, so that the names can be found.
func (p *passer) pass() []string {
	p.t.Helper()
	if _, err := p.input.WriteString("\n"); err != nil {
		p.t.Fatal(err)
	}
	p.Await("(?m)^done$", time.Minute)
	var all []string
	for line := range strings.Lines(p.Stdout()) {
		var action string
		var sock, fd int32
		if n, _ := fmt.Sscan(line, &action, &sock, &fd); n == 3 {
			all = append(all, fmt.Sprintf("%s %d:%s %d %s", action, sock, p.name(sock), fd, p.name(fd)))
		}
	}
	// Two, and one and two, and one and 253, each sent and received.
	if len(all) != 2*(2+3+1+253) || !slices.ContainsFunc(all, func(l string) bool { return strings.HasSuffix(l, " "+p.file) }) {
		p.t.Fatalf("passed %q", all)
	}
	return all
}

func (p *passer) name(fd int32) string {
	p.t.Helper()
	name, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", p.Pid(), fd))
	if err != nil {
		p.t.Fatal(err)
	}
	return name
}

// seen are the process's descriptors in JSON lines.
func (p *passer) seen(out string) []string {
	p.t.Helper()
	var all []string
	for line := range strings.Lines(out) {
		var d passed
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			p.t.Fatalf("%q: %v", line, err)
		}
		if d.PID != uint32(p.Pid()) {
			continue
		}
		all = append(all, fmt.Sprintf("%s %d:%s %d %s", d.Action, d.Sock, d.SockName, d.FD, d.Name))
		if age := time.Since(d.Time); d.TID != d.PID || d.Comm != "passer" || d.UID != 0 || age < 0 || age > 5*time.Minute {
			p.t.Errorf("got %+v", d)
		}
	}
	return all
}

// check compares, whatever the order: processors mix.
func check(t *testing.T, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %d\n%s\nwant %d\n%s", len(got), strings.Join(got, "\n"), len(want), strings.Join(want, "\n"))
	}
}

func TestLive(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_sendmsg")
	p := startPasser(t)
	tool := tooltest.Start(t, "sofdsnoop", "--json", "-p", fmt.Sprint(p.Pid()), "-n", "passer")
	want := p.pass()
	check(t, p.seen(tooltest.Stop(t, tool).Stdout), want)
}

// The columns of the text, by a thread's id.
func TestLiveText(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_sendmsg")
	p := startPasser(t)
	tool := tooltest.Start(t, "sofdsnoop", "-t", fmt.Sprint(p.Pid()))
	want := p.pass()
	check(t, p.rows(tooltest.Stop(t, tool).Stdout), want)
}

// rows are the process's lines in the form of pass.
func (p *passer) rows(out string) []string {
	var rows []string
	for line := range strings.Lines(out) {
		f := strings.Fields(line) // ACTION TID COMM SOCKET FD NAME
		if len(f) > 4 && f[1] == fmt.Sprint(p.Pid()) && f[2] == "passer" {
			rows = append(rows, strings.Join(slices.Delete(f, 1, 3), " "))
		}
	}
	return rows
}
