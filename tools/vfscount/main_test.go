package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestPrint(t *testing.T) {
	r := record{time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC), "ffffffff81abcde0", "vfs_read", 12345678}
	for asJSON, want := range map[bool]string{
		false: "ffffffff81abcde0 vfs_read                   12345678\n",
		true:  `{"time":"2026-11-23T05:00:00Z","addr":"ffffffff81abcde0","function":"vfs_read","count":12345678}` + "\n",
	} {
		got := tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error { return print(s, r) })
		if got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	for want, args := range map[string][]string{
		`time "0": want a number of seconds above 0`:  {"0"},
		`time "-1": want a number of seconds above 0`: {"--", "-1"},
		`time "x": want a number of seconds above 0`:  {"x"},
		`unexpected argument "2"`:                     {"1", "2"},
		"--pid 4194305: there is no such process":     {"-p", "4194305"},
	} {
		tooltest.Refused(t, tool(), want, args...)
	}
}

// The argument is how long it counts.
func TestReadTime(t *testing.T) {
	s := &toolkit.Session{Common: toolkit.Common{Duration: time.Minute}, Args: []string{"1.5"}}
	if err := readTime(s); err != nil || s.Duration != 1500*time.Millisecond {
		t.Errorf("got %v, %v", s.Duration, err)
	}
	s = &toolkit.Session{Common: toolkit.Common{Duration: time.Minute}}
	if err := readTime(s); err != nil || s.Duration != time.Minute {
		t.Errorf("without argument: %v, %v", s.Duration, err)
	}
}

// A kernel without kprobes cannot count its functions.
func TestLiveNoKprobes(t *testing.T) {
	testenv.Live(t)
	if bccgo.SupportKprobes() == nil {
		t.Skip("this kernel has kprobes")
	}
	r := testenv.Run(t, time.Minute, testenv.Tool(t, "vfscount"), "1")
	if r.ExitCode != 1 || r.Stdout != "" || !strings.HasPrefix(r.Stderr, "vfscount: kprobes are not available: ") || strings.Count(r.Stderr, "\n") != 1 {
		t.Error(r)
	}
}

// counts reads JSON lines, whose addresses must be those of the functions.
func counts(t *testing.T, stdout string) map[string]uint64 {
	t.Helper()
	out := make(map[string]uint64)
	for line := range strings.Lines(stdout) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Time.IsZero() {
			t.Fatalf("%q: %v", line, err)
		}
		if addr, ok := bccgo.KSymName(r.Function); !ok || fmt.Sprintf("%x", addr) != r.Addr || !strings.HasPrefix(r.Function, "vfs_") {
			t.Errorf("%s is at %x (%t), not %s", r.Function, addr, ok, r.Addr)
		}
		out[r.Function] = r.Count
	}
	return out
}

// A process's calls are counted exactly, and everybody's are at least as many.
func TestVMCounts(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	user := tooltest.StartFileUser(t)
	tools := tooltest.StartAll(t, "vfscount", []string{"--json", "-p", fmt.Sprint(user.Pid())}, []string{"--json"})
	mine, all := tools[0], tools[1]
	const n = 100
	user.Use(n)
	got := counts(t, tooltest.StopNow(t, mine).Stdout)
	total := counts(t, tooltest.StopNow(t, all).Stdout)
	for name, want := range map[string]uint64{
		"vfs_read": n + 1, "vfs_write": n + 1, "vfs_fsync_range": n, "vfs_open": n, "vfs_create": n, "vfs_unlink": n, "vfs_mkdir": n, "vfs_rmdir": n,
	} {
		if got[name] != want || total[name] < want {
			t.Errorf("%s: counted %d, and of all processes %d, want %d", name, got[name], total[name], want)
		}
	}
}

// BCC's tool and this one count alike what nobody else in the machine does.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	user := tooltest.StartFileUser(t)
	theirs := tooltest.StartTheirs(t, "vfscount", "Tracing")
	ours := tooltest.Start(t, "vfscount")
	user.Use(300)
	mine, bcc := rows(tooltest.Stop(t, ours).Stdout), rows(tooltest.StopTheirs(t, theirs))
	for _, name := range []string{"vfs_create", "vfs_mkdir", "vfs_rmdir"} {
		c.Row(name, map[string]string{"FUNC": name, "COUNT": mine[name].count}, map[string]string{"FUNC": name, "COUNT": bcc[name].count})
		if mine[name].count != "300" {
			t.Errorf("%s: counted %s", name, mine[name].count)
		}
		if addr, _ := bccgo.KSymName(name); mine[name].addr != fmt.Sprintf("%x", addr) {
			t.Errorf("%s is at %x, not %s", name, addr, mine[name].addr)
		}
	}
	c.Explained("ADDR", "ours is the function's in /proc/kallsyms, BCC's the instruction behind the probe")
	c.Explained("COUNT", "functions that other processes call all the time, such as vfs_read, differ by when the tools began; TestVMCounts checks those of one process")
}

// row is a line's address and count.
type row struct{ addr, count string }

// rows are the lines by function.
func rows(stdout string) map[string]row {
	out := make(map[string]row)
	for line := range strings.Lines(stdout) {
		if f := strings.Fields(line); len(f) == 3 {
			out[f[1]] = row{f[0], f[2]}
		}
	}
	return out
}
