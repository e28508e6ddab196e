package main

import (
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestOccupancy(t *testing.T) {
	one := map[uint64][]uint64{0: {3, 0, 1}}
	two := map[uint64][]uint64{0: {3, 0, 1}, 11: {0, 5}}
	for _, test := range []struct {
		name   string
		o      options
		json   bool
		groups map[uint64][]uint64
		want   string
	}{
		{"all", options{}, false, one, "\nrunqocc: 25.00%\n"},
		{"processors", options{cpus: true}, false, two, "\nrunqocc, CPU 0    25.00%\nrunqocc, CPU 11  100.00%\n"},
		{"JSON", options{cpus: true}, true, two, `{"ts":"2026-01-02 03:04:05","cpu":"0","runqocc":25,"samples":4}` + "\n" +
			`{"ts":"2026-01-02 03:04:05","cpu":"11","runqocc":100,"samples":5}` + "\n"},
		{"all as JSON", options{}, true, one, `{"ts":"2026-01-02 03:04:05","runqocc":25,"samples":4}` + "\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := tooltest.Printed(t, toolkit.Common{JSON: test.json}, func(s *toolkit.Session) error {
				p := &printer{options: &test.o, next: func() (map[uint64][]uint64, error) { return test.groups, nil }}
				h, err := p.histograms()
				if err != nil {
					return err
				}
				return p.occupancy(s, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), h)
			})
			if got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"0"}, `interval "0": want a number of seconds above 0`},
		{[]string{"1", "0"}, `count "0": want a whole number above 0`},
		{[]string{"-p", "1"}, "flag provided but not defined: -p"},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
