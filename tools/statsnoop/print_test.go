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

// called finds a call by its name.
func called(name string) *fscalls.Call {
	for i := range calls {
		if calls[i].Name == name {
			return &calls[i]
		}
	}
	return nil
}

// examples are calls of a process: two with a path, one of which failed, one whose
// path cannot be read, and one of an open file.
func examples() []fscalls.Made {
	made := func(name string, ktime uint64, result int64, text fscalls.Text) fscalls.Made {
		m := fscalls.Made{
			Call: called(name), Time: time.Date(2026, 11, 23, 5, 0, 0, 1500, time.UTC), Ktime: ktime,
			PID: 2679, TID: 2680, UID: 103, Comm: "tar", Result: result,
		}
		m.Args[0] = 0xffffff9c // AT_FDCWD, as a call leaves the upper half
		m.Texts[m.Call.Texts[0]] = text
		return m
	}
	open := made("newfstatat", 6e9, 0, fscalls.Text{})
	open.Args[0] = 3
	return []fscalls.Made{
		made("newfstatat", 5e9, 0, fscalls.Text{Value: "/etc/passwd"}),
		made("newstat", 5e9+1500, -2, fscalls.Text{Value: "/a\nb"}),
		made("statfs", 6e9, -14, fscalls.Text{Unreadable: true}),
		open,
	}
}

func printed(t *testing.T, o *options, asJSON bool) string {
	t.Helper()
	return tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error {
		p := &printer{options: o, s: s}
		return tooltest.Feed(examples(), p.heading, p.print, func() error { return nil })
	})
}

func TestRows(t *testing.T) {
	for _, test := range []struct {
		o    options
		want string
	}{
		{options{}, `PID     COMM               FD ERR PATH
2679    tar                 0   0 /etc/passwd
2679    tar                -1   2 /a\nb
2679    tar                -1  14 <unreadable>
2679    tar                 0   0 <fd 3>
`},
		{options{timestamp: true, sysname: true}, `TIME(s)       PID     COMM             SYSCALL      FD ERR PATH
0.000000000   2679    tar              newfstatat    0   0 /etc/passwd
0.000001500   2679    tar              newstat      -1   2 /a\nb
1.000000000   2679    tar              statfs       -1  14 <unreadable>
1.000000000   2679    tar              newfstatat    0   0 <fd 3>
`},
	} {
		if got := printed(t, &test.o, false); got != test.want {
			t.Errorf("got\n%swant\n%s", got, test.want)
		}
	}
}

func TestJSON(t *testing.T) {
	const same = `{"time":"2026-11-23T05:00:00.0000015Z","pid":2679,"tid":2680,"uid":103,"comm":"tar",`
	want := same + `"call":"newfstatat","ret":0,"err":0,"dir":-100,"path":"/etc/passwd"}` + "\n" +
		same + `"call":"newstat","ret":-1,"err":2,"path":"/a\nb"}` + "\n" +
		same + `"call":"statfs","ret":-1,"err":14,"path":"","path_unreadable":true}` + "\n" +
		same + `"call":"newfstatat","ret":0,"err":0,"dir":3,"path":""}` + "\n"
	if got := printed(t, &options{}, true); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"--pid 4194305: there is no such process": {"-p", "4194305"},
		"invalid value":                 {"-p", "x"},
		"--probes \"fentry\": want":     {"--probes", "fentry"},
		"unexpected argument \"extra\"": {"extra"},
	} {
		tooltest.Refused(t, tool(), want, args...)
	}
}
