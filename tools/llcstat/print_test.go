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

func comm(s string) (c bccgo.Comm) {
	copy(c[:], s)
	return c
}

func printed(t *testing.T, byThread, asJSON bool, all map[key]count) string {
	t.Helper()
	return tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error {
		p := &printer{s: s, byThread: byThread}
		return p.print(all, time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC))
	})
}

func TestPrint(t *testing.T) {
	all := map[key]count{
		{CPU: 3, PID: 2679, TID: 2680, Comm: comm("po\tstgres")}: {References: 4000, Misses: 1000},
		{CPU: 0, PID: 185, TID: 185, Comm: comm("idle")}:         {Misses: 100},
		{CPU: 0, PID: 2679, TID: 2679, Comm: comm("postgres")}:   {References: 123456789012},
	}
	for _, test := range []struct {
		byThread, asJSON bool
		all              map[key]count
		want             string
	}{
		{false, false, all, `PID      NAME             CPU     REFERENCE         MISS    HIT%
2679     postgres         0    123456789012            0 100.00%
2679     po\tstgres       3            4000         1000  75.00%
185      idle             0               0          100   0.00%
Total References: 123456793012 Total Misses: 1100 Hit Rate: 100.00%
`},
		{true, false, all, `PID      TID      NAME             CPU     REFERENCE         MISS    HIT%
2679     2679     postgres         0    123456789012            0 100.00%
2679     2680     po\tstgres       3            4000         1000  75.00%
185      185      idle             0               0          100   0.00%
Total References: 123456793012 Total Misses: 1100 Hit Rate: 100.00%
`},
		{false, false, nil, `PID      NAME             CPU     REFERENCE         MISS    HIT%
Total References: 0 Total Misses: 0 Hit Rate: 0.00%
`},
		{true, true, all, `{"time":"2026-11-23T05:00:00Z","pid":2679,"tid":2679,"comm":"postgres","cpu":0,"references":123456789012,"misses":0,"hit_ratio":1}
{"time":"2026-11-23T05:00:00Z","pid":2679,"tid":2680,"comm":"po\tstgres","cpu":3,"references":4000,"misses":1000,"hit_ratio":0.75}
{"time":"2026-11-23T05:00:00Z","pid":185,"tid":185,"comm":"idle","cpu":0,"references":0,"misses":100,"hit_ratio":0}
`},
	} {
		if got := printed(t, test.byThread, test.asJSON, test.all); got != test.want {
			t.Errorf("got\n%swant\n%s", got, test.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"--pid 4194305: there is no such process":    {"-p", "4194305"},
		"--sample_period 0: want a number of events": {"-c", "0"},
		"invalid value": {"-c", "-5"},
		`duration "0": want a number of seconds above 0`:   {"0"},
		`duration "x": want a number of seconds above 0`:   {"x"},
		`duration "NaN": want a number of seconds above 0`: {"NaN"},
		`unexpected argument "2"`:                          {"1", "2"},
	} {
		tooltest.Refused(t, tool(hardware()), want, args...)
	}
}
