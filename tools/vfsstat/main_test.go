package main

import (
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// printed is what two reports give, 2 s and 0.5 s long.
func printed(t *testing.T, asJSON bool) string {
	t.Helper()
	return tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error {
		begin := time.Date(2026, 11, 23, 5, 0, 1, 0, time.UTC)
		p := &printer{s: s, begin: begin, last: make([]uint64, len(stats))}
		if err := p.heading(); err != nil {
			return err
		}
		if err := p.report(begin.Add(2*time.Second), []uint64{20, 3, 1, 0, 5, 6, 7, 24690}); err != nil {
			return err
		}
		return p.report(begin.Add(2500*time.Millisecond), []uint64{30, 3, 1, 0, 5, 6, 7, 24690})
	})
}

func TestPrint(t *testing.T) {
	want := "TIME         READ/s  WRITE/s  FSYNC/s   OPEN/s CREATE/s UNLINK/s  MKDIR/s  RMDIR/s\n" +
		"05:00:03:        10        2        1        0        3        3        4    12345\n" +
		"05:00:03:        20        0        0        0        0        0        0        0\n"
	if got := printed(t, false); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	want = `{"time":"2026-11-23T05:00:03Z","seconds":2,"read":20,"write":3,"fsync":1,"open":0,"create":5,"unlink":6,"mkdir":7,"rmdir":24690}
{"time":"2026-11-23T05:00:03.5Z","seconds":0.5,"read":10,"write":0,"fsync":0,"open":0,"create":0,"unlink":0,"mkdir":0,"rmdir":0}
`
	if got := printed(t, true); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestFunctions(t *testing.T) {
	if got := functions(false); !strings.Contains(got, "\nint count_vfs_read(struct pt_regs *ctx)\n{\n\treturn count(0);\n}\n") || strings.Count(got, "count(") != len(stats) {
		t.Error(got)
	}
	if got := functions(true); !strings.Contains(got, "\nKFUNC_PROBE(vfs_rmdir)\n{\n\treturn count(7);\n}\n") {
		t.Error(got)
	}
}

func TestRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"--pid 4194305: there is no such process":        {"-p", "4194305"},
		`interval "0": want a number of seconds above 0`: {"0"},
		`count "0": want a whole number above 0`:         {"1", "0"},
		`count "x": want`:                                {"1", "x"},
		`unexpected argument "3"`:                        {"1", "2", "3"},
		"--probes \"x\": want":                           {"--probes", "x"},
	} {
		tooltest.Refused(t, tool(), want, args...)
	}
}

// A kernel with neither kprobes nor fentry cannot count them: the error says of both
// why.
func TestLiveNoWay(t *testing.T) {
	testenv.Live(t)
	if kprobes, fentry := noWay(); !kprobes || !fentry {
		t.Skip("this kernel has a way")
	}
	r := testenv.Run(t, time.Minute, testenv.Tool(t, "vfsstat"), "1", "1")
	if r.ExitCode != 1 || r.Stdout != "" || strings.Count(r.Stderr, "\n") != 1 ||
		!strings.Contains(r.Stderr, "vfsstat: the virtual file system: no way to trace it here; not fentry: ") ||
		!strings.Contains(r.Stderr, "; not kprobe: ") || !strings.Contains(r.Stderr, "kprobes") {
		t.Error(r)
	}
}
