package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// printed is one output of a printer whose counts are groups and sum.
func printed(t *testing.T, o *options, asJSON bool, groups map[uint64][]uint64, sum total) string {
	t.Helper()
	return tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error {
		p := &printer{options: o, next: func() (map[uint64][]uint64, total, error) { return groups, sum, nil }}
		h, err := p.histograms()
		if err != nil {
			return err
		}
		return p.print(s, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), h)
	})
}

func TestPrint(t *testing.T) {
	groups := map[uint64][]uint64{0: {0, 1, 0, 3}}
	head := "     usecs               : count     distribution\n"
	rows := "         0 -> 1          : 1        |*************                           |\n" +
		"         2 -> 3          : 0        |                                        |\n" +
		"         4 -> 7          : 3        |****************************************|\n"
	for _, test := range []struct {
		name string
		o    options
		want string
	}{
		{"plain", options{}, "\n" + head + rows},
		{"extension", options{extension: true}, "\n" + head + rows + "\navg = 4 usecs, total: 16 usecs, count: 4\n"},
		{"idle", options{pids: true}, "\n\npid = 0 [idle]\n" + head + rows},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := printed(t, &test.o, false, groups, total{16999, 4}); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
	out := printed(t, &options{extension: true}, true, groups, total{16999, 4})
	if !strings.HasSuffix(out, `{"ts":"2026-01-02 03:04:05","val_type":"usecs","avg":4,"total":16,"count":4}`+"\n") || strings.Count(out, "\n") != 2 {
		t.Errorf("got\n%s", out)
	}
}

func TestNames(t *testing.T) {
	if got := withName(4194305); got != "4194305" {
		t.Errorf("got %q", got)
	}
	comm := strings.TrimSpace(toolkit.Comm(uint32(os.Getpid())))
	if got := withName(uint64(os.Getpid())); comm == "" || !strings.HasSuffix(got, " "+comm) {
		t.Errorf("got %q, want %q", got, comm)
	}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"0"}, `interval "0": want a number of seconds above 0`},
		{[]string{"1", "x"}, `count "x": want a whole number above 0`},
		{[]string{"-P", "-L"}, "--pids and --tids: give one of them"},
		{[]string{"-I", "-p", "1"}, "--include-idle and --pid: idle threads belong to no process"},
		{[]string{"-p", "4194305"}, "--pid 4194305: there is no such process"},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
