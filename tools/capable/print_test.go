package main

import (
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestPrint(t *testing.T) {
	who := snoop.Who{Time: bccgo.MonotonicTime(), PID: 181, TID: 182, UID: 7}
	copy(who.Comm[:], "chown")
	events := []event{
		{Who: who, Check: check{Cap: 0, Audit: 1, InSetID: 0, Ret: 1}},
		{Who: who, Check: check{Cap: 40, Audit: 0, InSetID: 1, Ret: 1}},
		{Who: who, Check: check{Cap: 21, Audit: -1, InSetID: -1, Ret: -1}},
		{Who: who, Check: check{Cap: 63, Audit: -1, InSetID: -1, Ret: 0}},
	}
	at := bccgo.KtimeToTime(who.Time)
	head := `{"time":"` + at.Format(time.RFC3339Nano) + `","pid":181,"tid":182,"uid":7,"comm":"chown",`
	for _, test := range []struct {
		name string
		o    options
		json bool
		want string
	}{
		{"plain", options{}, false, `TIME      UID    PID    COMM             CAP  NAME                 AUDIT
CLOCK  7      181    chown            0    CAP_CHOWN            1
CLOCK  7      181    chown            40   CAP_CHECKPOINT_RESTORE 0
CLOCK  7      181    chown            21   CAP_SYS_ADMIN        N/A
CLOCK  7      181    chown            63   ?                    N/A
`},
		{"extra", options{extra: true}, false, `TIME      UID    PID    TID    COMM             CAP  NAME                 AUDIT  INSETID
CLOCK  7      181    182    chown            0    CAP_CHOWN            1      0
CLOCK  7      181    182    chown            40   CAP_CHECKPOINT_RESTORE 0      1
CLOCK  7      181    182    chown            21   CAP_SYS_ADMIN        N/A    N/A
CLOCK  7      181    182    chown            63   ?                    N/A    N/A
`},
		{"JSON", options{}, true,
			head + `"cap":0,"name":"CAP_CHOWN","audit":true,"insetid":false}` + "\n" +
				head + `"cap":40,"name":"CAP_CHECKPOINT_RESTORE","audit":false,"insetid":true}` + "\n" +
				head + `"cap":21,"name":"CAP_SYS_ADMIN","granted":false}` + "\n" +
				head + `"cap":63,"name":"?","granted":true}` + "\n"},
	} {
		got := tooltest.Printed(t, toolkit.Common{JSON: test.json}, func(s *toolkit.Session) error {
			p := &printer{options: &test.o, s: s}
			return tooltest.Feed(events, p.heading, p.record, func() error { return nil })
		})
		if want := strings.ReplaceAll(test.want, "CLOCK", at.Format("15:04:05")); got != want {
			t.Errorf("%s: got\n%swant\n%s", test.name, got, want)
		}
	}
}

func TestStacks(t *testing.T) {
	p := &printer{options: &options{kernelStack: true, userStack: true}}
	row := p.row(&checked{KernelStack: []string{"cap_capable+0x1 [kernel]", "ns_capable+0x2 [kernel]"}})
	if want := "\n        cap_capable+0x1 [kernel]\n        ns_capable+0x2 [kernel]\n        [no user stack]"; !strings.HasSuffix(row, "N/A"+want) {
		t.Errorf("got %q", row)
	}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-p", "4194305"}, "--pid 4194305: there is no such process"},
		{[]string{"-p", "x"}, "-p"},
		{[]string{"--cgroupmap", "/no/such/map"}, "find the pinned map"},
		{[]string{"--probes", "x"}, `--probes "x"`},
		{[]string{"1"}, `unexpected argument "1"`},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
