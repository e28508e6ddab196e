package main

import (
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/fscalls"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func printed(t *testing.T, asJSON bool) string {
	t.Helper()
	made := fscalls.Made{
		Call: &calls[0], Time: time.Date(2026, 11, 23, 5, 0, 0, 1500, time.UTC), Ktime: 81797_000001500,
		PID: 2679, TID: 2680, UID: 103, Comm: "post\tgres",
	}
	file := made
	file.Call, file.Args[0] = &calls[1], 0xffffffff00000007 // the upper half is undefined
	return tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error {
		return tooltest.Feed([]fscalls.Made{made, file}, func() error { return heading(s) },
			func(m *fscalls.Made) error { return print(s, m) }, func() error { return nil })
	})
}

func TestRows(t *testing.T) {
	want := `TIME(s)            COMM             CALL
81797.000001500    post\tgres       sync()
81797.000001500    post\tgres       fsync()
`
	if got := printed(t, false); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestJSON(t *testing.T) {
	const same = `{"time":"2026-11-23T05:00:00.0000015Z","ktime":81797000001500,"pid":2679,"tid":2680,"uid":103,"comm":"post\tgres",`
	want := same + `"call":"sync"}` + "\n" + same + `"call":"fsync","fd":7}` + "\n"
	if got := printed(t, true); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"--pid 4194305: there is no such process": {"-p", "4194305"},
		"--duration -1: cannot be less than 0":    {"-d", "-1"},
		"--probes \"x\": want":                    {"--probes", "x"},
		"unexpected argument \"1\"":               {"1"},
	} {
		tooltest.Refused(t, tool(), want, args...)
	}
}
