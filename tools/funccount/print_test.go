package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/tools/internal/callcount"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func TestPrint(t *testing.T) {
	now := time.Date(2026, 11, 22, 21, 30, 5, 0, time.UTC)
	list := []callcount.Calls{{Name: "vfs_read", Count: 7}, {Name: "a\tname of more than thirty-six characters", Count: 12345678}}
	for _, test := range []struct{ flags, want string }{
		{"", "\nFUNC                                    COUNT\nvfs_read                                    7\n" +
			`a\tname of more than thirty-six characters 12345678` + "\n"},
		{"-T", "\n21:30:05\nFUNC                                    COUNT\nvfs_read                                    7\n" +
			`a\tname of more than thirty-six characters 12345678` + "\n"},
		{"--json", `{"time":"2026-11-22T21:30:05Z","function":"vfs_read","count":7}` + "\n" +
			`{"time":"2026-11-22T21:30:05Z","function":"a\tname of more than thirty-six characters","count":12345678}` + "\n"},
	} {
		o := &options{timestamp: test.flags == "-T"}
		tool := &toolkit.Tool{Name: "funccount", Run: func(_ context.Context, s *toolkit.Session) error {
			p := &printer{options: o, s: s}
			if s.JSON {
				return p.json(list, now)
			}
			return p.text(list, now)
		}}
		args := []string{"funccount"}
		if test.flags == "--json" {
			args = append(args, test.flags)
		}
		var out, errs bytes.Buffer
		if code := tool.Execute(t.Context(), args, &out, &errs); code != 0 || out.String() != test.want {
			t.Errorf("%s: got\n%s%swant\n%s", test.flags, &out, &errs, test.want)
		}
	}
}

// Bad input is refused before anything is compiled, in a line or with a mark.
func TestBadInput(t *testing.T) {
	for args, want := range map[string]string{
		"":                     "no pattern: ",
		"-i 0 c:malloc":        "--interval 0: want a number of seconds above 0",
		"-i x c:malloc":        "--interval x: want a number of seconds above 0",
		"-c 4096 c:malloc":     "--cpu 4096: this machine has the processors [",
		"-p 4194305 c:malloc":  "--pid 4194305: there is no such process",
		"-p -2 c:malloc":       "--pid -2: there is no such process",
		"-p 4194305 t:a:b":     "--pid 4194305: there is no such process",
		"c:mallok":             "did you mean malloc",
		"c:no_such_*":          "no function of ",
		"no-such-library:f":    "no directory of PATH has a program of that name\n    no-such-library:f\n    ^~~~~~~~~~~~~~~",
		"/etc/passwd:f":        "it is no ELF file",
		"/no/such/file:f":      "/no/such/file: ",
		"c:*":                  " functions match, and at most 1000 are probed at a time: ",
		"u:/etc/passwd:x":      "ELF",
		"u::x":                 "there is no library",
		"r:c:malloc":           "this kind of probe cannot be traced here: ",
		"-r c:mem(cpy":         "missing closing )",
		"c:malloc c:free":      `unexpected argument "c:free"`,
		"c:malloc --no-such":   "flag provided but not defined",
		"-p 1x c:malloc":       "invalid value",
		"--duration -1 c:free": "--duration -1: cannot be less than 0",
	} {
		var out, errs bytes.Buffer
		code := tool().Execute(t.Context(), append([]string{"funccount"}, strings.Fields(args)...), &out, &errs)
		if code != 1 || out.Len() > 0 || !strings.HasPrefix(errs.String(), "funccount: ") || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: got %d, %s%s", args, code, &out, &errs)
		}
	}
}
