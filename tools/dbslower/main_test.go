package main

import (
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// Mistakes are found before anything is compiled.
func TestBadUsage(t *testing.T) {
	for want, args := range map[string]string{
		"which engine? Say mysql or postgres":        "",
		`engine "oracle": want mysql or postgres`:    "oracle",
		`unexpected argument "postgres"`:             "mysql postgres",
		`unexpected argument "188"`:                  "postgres 188",
		"--pid -1: ":                                 "postgres -p -1",
		"--pid 4194305: there is no such process":    "postgres -p 4194305",
		"invalid value":                              "postgres -p x",
		"--exe and --pid: ":                          "postgres -p 1 -x /bin/true",
		"threshold of -1 ms: ":                       "postgres -m -1",
		"threshold of NaN ms: ":                      "postgres -m nan",
		"true has no probes of PostgreSQL's queries": "postgres -x /bin/true",
		"nor has it static probes":                   "mysql -x /bin/true",
		"/no/such":                                   "mysql -x /no/such",
		"--duration":                                 "postgres --duration -1",
	} {
		tooltest.Refused(t, tool(), want, strings.Fields(args)...)
	}
}

func TestHelp(t *testing.T) {
	code, stdout, _ := tooltest.Execute(tool(), "--help")
	for _, want := range []string{"mysql|postgres", "--pid PID, -p PID", "--exe PATH, -x PATH", "--threshold MS, -m MS", "(default: 1)", "--json", "--stats", "postgres -p 188 322 "} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("no %q: %d, %s", want, code, stdout)
		}
	}
}
