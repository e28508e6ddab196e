package main

import (
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func comm(name string) (c bccgo.Comm) {
	copy(c[:], name)
	return c
}

// The most come last.
func TestPrint(t *testing.T) {
	counts := map[process]uint64{{12, comm("systemd")}: 9, {4194304, comm("a\nb")}: 1, {11, comm("sh")}: 9}
	now := time.Date(2026, 11, 23, 5, 20, 0, 0, time.UTC)
	for _, test := range []struct {
		noTime, json bool
		want         string
	}{
		{false, false, "05:20:00\nCOMM             PID     COUNT\n" + `a\nb             4194304 1` + "\nsh               11      9\nsystemd          12      9\n\n"},
		{true, false, "COMM             PID     COUNT\n" + `a\nb             4194304 1` + "\nsh               11      9\nsystemd          12      9\n\n"},
		{true, true, `{"time":"2026-11-23T05:20:00Z","comm":"a\nb","pid":4194304,"count":1}
{"time":"2026-11-23T05:20:00Z","comm":"sh","pid":11,"count":9}
{"time":"2026-11-23T05:20:00Z","comm":"systemd","pid":12,"count":9}
`},
	} {
		got := tooltest.Printed(t, toolkit.Common{JSON: test.json}, func(s *toolkit.Session) error {
			return (&printer{&options{noTime: test.noTime}, s}).print(now, counts)
		})
		if got != test.want {
			t.Errorf("got\n%swant\n%s", got, test.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for want, args := range map[string][]string{
		`interval "0": want a number of seconds above 0`: {"0"},
		`count "0": want a whole number above 0`:         {"1", "0"},
		`unexpected argument "3"`:                        {"1", "2", "3"},
		"flag provided but not defined":                  {"--no-such"},
	} {
		tooltest.Refused(t, tool(), want, args...)
	}
}
