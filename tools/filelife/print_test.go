package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func events() []event {
	short := event{Time: 6500e6, Age: 12345678, PID: 12, Creator: 11}
	copy(short.Comm[:], "a name of 15...")
	copy(short.Name[:], "two\nlines")
	long := event{Time: 105e9, Age: 12345e9, PID: 1234567, Creator: 1234567}
	copy(long.Comm[:], "rm")
	copy(long.Name[:], strings.Repeat("n", 255))
	return []event{short, long}
}

func printed(t *testing.T, common toolkit.Common) string {
	t.Helper()
	return tooltest.Printed(t, common, func(s *toolkit.Session) error {
		return tooltest.Feed(events(), func() error { return heading(s) }, func(ev *event) error { return show(s, ev) },
			func() error { return nil })
	})
}

func TestRows(t *testing.T) {
	at := func(ns uint64) string { return bccgo.KtimeToTime(ns).Format(time.TimeOnly) }
	want := "TIME     PID     COMM             AGE(s)  FILE\n" +
		at(6500e6) + ` 12      a name of 15...  0.01    two\nlines` + "\n" +
		at(105e9) + " 1234567 rm               12345.00 " + strings.Repeat("n", 255) + "\n"
	if got := printed(t, toolkit.Common{}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestJSON(t *testing.T) {
	first, _, _ := strings.Cut(printed(t, toolkit.Common{JSON: true}), "\n")
	var got map[string]any
	if err := json.Unmarshal([]byte(first), &got); err != nil {
		t.Fatal(err)
	}
	if _, err := time.Parse(time.RFC3339Nano, got["time"].(string)); err != nil {
		t.Error(err)
	}
	delete(got, "time")
	text, err := json.Marshal(got)
	want := `{"age_ns":12345678,"comm":"a name of 15...","creator_pid":11,"file":"two\nlines","pid":12}`
	if err != nil || string(text) != want {
		t.Errorf("got %s, %v", text, err)
	}
}

func TestRefused(t *testing.T) {
	for args, want := range map[string]string{
		"-p x":       `invalid value "x" for flag -p`,
		"-p 4194305": "--pid 4194305: there is no such process",
		"1":          `unexpected argument "1"`,
		"-d -1":      "--duration -1: cannot be less than 0",
	} {
		tooltest.Refused(t, tool(), want, strings.Fields(args)...)
	}
}
