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
	who := snoop.Who{Time: bccgo.MonotonicTime(), PID: 181, TID: 182}
	copy(who.Comm[:], "sh\tm")
	later := who
	later.Time += 1500000
	events := []event{
		{who, call{[3]uint64{0xffffffff, 4096, 0o1600}, shmget}, 0x10},
		{later, call{[3]uint64{0x10, 0, 0o10000}, shmat}, 0x7f0000001000},
		{later, call{[3]uint64{0x7f0000001000}, shmdt}, 0},
		{later, call{[3]uint64{0x10, 0, 0x20}, shmctl}, -22},
	}
	at := bccgo.KtimeToTime(who.Time).Format(time.RFC3339Nano)
	head := `{"time":"FIRST","pid":181,"tid":182,"uid":0,"comm":"sh\tm",`
	for _, test := range []struct {
		name string
		o    snoop.Calls
		json bool
		want string
	}{
		{"plain", snoop.Calls{}, false, `PID    COMM                SYS              RET ARGs
181    sh\tm            SHMGET               10 key: 0xffffffff, size: 4096, shmflg: 0x380 (IPC_CREAT|0600)
181    sh\tm             SHMAT     7f0000001000 shmid: 0x10, shmaddr: 0x0, shmflg: 0x1000 (SHM_RDONLY)
181    sh\tm             SHMDT                0 shmaddr: 0x7f0000001000
181    sh\tm            SHMCTL ffffffffffffffea shmid: 0x10, cmd: 0, buf: 0x20
`},
		{"thread and time", snoop.Calls{Timestamp: true, Tasks: snoop.Tasks{TID: 182}}, false,
			`TIME(s)       TID    COMM                SYS              RET ARGs
0.000000000   182    sh\tm            SHMGET               10 key: 0xffffffff, size: 4096, shmflg: 0x380 (IPC_CREAT|0600)
0.001500000   182    sh\tm             SHMAT     7f0000001000 shmid: 0x10, shmaddr: 0x0, shmflg: 0x1000 (SHM_RDONLY)
0.001500000   182    sh\tm             SHMDT                0 shmaddr: 0x7f0000001000
0.001500000   182    sh\tm            SHMCTL ffffffffffffffea shmid: 0x10, cmd: 0, buf: 0x20
`},
		{"another name", snoop.Calls{Name: "x"}, false, "PID    COMM                SYS              RET ARGs\n"},
		{"JSON", snoop.Calls{Name: "m"}, true,
			head + `"call":"shmget","ret":16,"key":4294967295,"size":4096,"shmflg":896,"flags":["IPC_CREAT","0600"]}` + "\n" +
				strings.Replace(head, "FIRST", "LATER", 1) + `"call":"shmat","ret":139637976731648,"shmid":16,"shmaddr":0,"shmflg":4096,"flags":["SHM_RDONLY"]}` + "\n" +
				strings.Replace(head, "FIRST", "LATER", 1) + `"call":"shmdt","ret":0,"shmaddr":139637976731648}` + "\n" +
				strings.Replace(head, "FIRST", "LATER", 1) + `"call":"shmctl","ret":-22,"shmid":16,"cmd":0,"op":"IPC_RMID","buf":32}` + "\n"},
	} {
		got := tooltest.Printed(t, toolkit.Common{JSON: test.json}, func(s *toolkit.Session) error {
			p := &printer{Calls: &test.o, s: s}
			return tooltest.Feed(events, p.heading, p.record, func() error { return nil })
		})
		want := strings.ReplaceAll(test.want, "FIRST", at)
		want = strings.ReplaceAll(want, "LATER", bccgo.KtimeToTime(later.Time).Format(time.RFC3339Nano))
		if got != want {
			t.Errorf("%s: got\n%swant\n%s", test.name, got, want)
		}
	}
}

func TestFlags(t *testing.T) {
	for flags, want := range map[uint32]string{
		0:                         "0x0",
		0o1000:                    "0x200 (IPC_CREAT)",
		0o3644:                    "0x7a4 (IPC_CREAT|IPC_EXCL|0644)",
		21<<26 | 0o4000:           "0x54000800 (SHM_HUGETLB|SHM_HUGE_2MB)",
		30<<26 | 0o4000 | 0o10600: "0x78001980 (SHM_HUGETLB|SHM_NORESERVE|SHM_HUGE_1GB|0600)",
		0o100000:                  "0x8000 (0100000)",
	} {
		if got := flagText(flags, getFlags); got != want {
			t.Errorf("0%o: got %s, want %s", flags, got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-p", "4194305"}, "--pid 4194305: there is no such process"},
		{[]string{"-t", "4194305"}, "--tid 4194305: there is no such thread"},
		{[]string{"-t", "x"}, "-t"},
		{[]string{"-d", "-1"}, "--duration -1"},
		{[]string{"--probes", "x"}, `--probes "x"`},
		{[]string{"1"}, `unexpected argument "1"`},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
