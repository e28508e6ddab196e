package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// events are a read and a write that failed.
func events() []event {
	read := event{Time: 6500e6, Took: 12345678, Size: 8192, Result: 100, PID: 12, TID: 13}
	copy(read.Comm[:], "a name of 15...")
	copy(read.Name[:], "two\nlines")
	write := event{Time: 105e9, Took: 1234567890, Size: 1, Result: -28, PID: 1234567, TID: 1234568, Write: 1}
	copy(write.Comm[:], "b")
	copy(write.Name[:], strings.Repeat("n", 255))
	return []event{read, write}
}

func printed(t *testing.T, common toolkit.Common) string {
	t.Helper()
	return tooltest.Printed(t, common, func(s *toolkit.Session) error {
		p := &printer{s: s, begin: 5e9}
		return tooltest.Feed(events(), p.heading, p.record, func() error { return nil })
	})
}

func TestRows(t *testing.T) {
	want := `TIME(s)  COMM           TID    D BYTES   LAT(ms) FILENAME
1.500    a name of 15.. 13     R 8192      12.35 two\nlines
100.000  b              1234568 W 1       1234.57 ` + strings.Repeat("n", 255) + "\n"
	if got := printed(t, toolkit.Common{}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestJSON(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(printed(t, toolkit.Common{JSON: true})), "\n")
	want := []string{
		`{"bytes":100,"comm":"a name of 15...","err":0,"file":"two\nlines","latency_ns":12345678,"operation":"read","pid":12,"size":8192,"tid":13}`,
		`{"bytes":0,"comm":"b","err":28,"file":"` + strings.Repeat("n", 255) +
			`","latency_ns":1234567890,"operation":"write","pid":1234567,"size":1,"tid":1234568}`,
	}
	for i, line := range lines {
		var got map[string]any
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		if _, err := time.Parse(time.RFC3339Nano, got["time"].(string)); err != nil {
			t.Error(err)
		}
		delete(got, "time")
		text, err := json.Marshal(got)
		if err != nil || i >= len(want) || string(text) != want[i] {
			t.Errorf("line %d: %s, %v", i, text, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for args, want := range map[string]string{
		"ten":           `min_ms "ten": want a number of milliseconds that is not below 0`,
		"-- -1":         `min_ms "-1": `,
		"1 2":           `unexpected argument "2"`,
		"-p 4194305":    "--pid 4194305: there is no such process",
		"--probes some": `--probes "some": want tracepoint, kprobe or auto`,
		"-d x":          `invalid value "x" for flag -d`,
	} {
		tooltest.Refused(t, tool(), want, strings.Fields(args)...)
	}
}
