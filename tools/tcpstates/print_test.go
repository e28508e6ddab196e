package main

import (
	"net"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func comm(s string) (c bccgo.Comm) {
	copy(c[:], s)
	return c
}

var events = []event{
	{5e9, 0, 0xffff9fd7e8192000, bccgo.TCPClose, bccgo.TCPSynSent,
		inet.EndsOf(netip.MustParseAddrPort("192.0.2.7:0"), netip.MustParseAddrPort("198.51.100.3:80")), inet.Task{PID: 22384, UID: 33, Comm: comm("curl,\nand more")}},
	{5e9 + 1500e3, 1500e3, 0xffff9fd7e8192000, bccgo.TCPSynSent, bccgo.TCPEstablished,
		inet.EndsOf(netip.MustParseAddrPort("[2001:db8::7]:22"), netip.MustParseAddrPort("[2001:db8::1]:52915")), inet.Task{Comm: comm("swapper/5")}},
}

// printed is what the tool makes of the events with these flags.
func printed(t *testing.T, common toolkit.Common, args ...string) string {
	t.Helper()
	o := &options{}
	app := &cli.App{Flags: o.flags(), Action: func(*cli.Context) error { return nil }}
	if err := app.Run(append([]string{"tcpstates"}, args...)); err != nil {
		t.Fatal(err)
	}
	return tooltest.Printed(t, common, func(s *toolkit.Session) error {
		table := o.table(s)
		return tooltest.Feed(events, table.Heading, func(ev *event) error { return table.Row(ev.change()) }, func() error { return nil })
	})
}

func TestRows(t *testing.T) {
	for _, test := range []struct {
		flag, want string
	}{
		{"--csv=false", `SKADDR           C-PID C-COMM     LADDR           LPORT RADDR           RPORT OLDSTATE    -> NEWSTATE    MS
ffff9fd7e8192000 22384 curl,\nand 192.0.2.7       0     198.51.100.3    80    CLOSE       -> SYN_SENT    0.000
ffff9fd7e8192000 0     swapper/5  2001:db8::7     22    2001:db8::1     52915 SYN_SENT    -> ESTABLISHED 1.500
`},
		{"-w", `SKADDR           C-PID C-COMM           IP LADDR                      LPORT RADDR                      RPORT OLDSTATE    -> NEWSTATE    MS
ffff9fd7e8192000 22384 curl,\nand more  4  192.0.2.7                  0     198.51.100.3               80    CLOSE       -> SYN_SENT    0.000
ffff9fd7e8192000 0     swapper/5        6  2001:db8::7                22    2001:db8::1                52915 SYN_SENT    -> ESTABLISHED 1.500
`},
		{"--csv", `SKADDR,C-PID,C-COMM,IP,LADDR,LPORT,RADDR,RPORT,OLDSTATE,NEWSTATE,MS
ffff9fd7e8192000,22384,"curl,\nand more",4,192.0.2.7,0,198.51.100.3,80,CLOSE,SYN_SENT,0.000
ffff9fd7e8192000,0,swapper/5,6,2001:db8::7,22,2001:db8::1,52915,SYN_SENT,ESTABLISHED,1.500
`},
	} {
		if got := printed(t, toolkit.Common{}, test.flag); got != test.want {
			t.Errorf("%s: got\n%s", test.flag, got)
		}
	}
	stamped := regexp.MustCompile(`^TIME     TIME\(s\)   SKADDR .*
\d\d:\d\d:\d\d 0\.000000  ffff.*
\d\d:\d\d:\d\d 0\.001500  ffff.*
$`)
	if got := printed(t, toolkit.Common{}, "-t", "-T"); !stamped.MatchString(got) {
		t.Errorf("got\n%s", got)
	}
}

func TestJSON(t *testing.T) {
	want := []string{
		`"skaddr":"ffff9fd7e8192000","pid":22384,"uid":33,"comm":"curl,\nand more","ip":4,"laddr":"192.0.2.7","lport":0,"raddr":"198.51.100.3","rport":80,"oldstate":"CLOSE","newstate":"SYN_SENT"}`,
		`"skaddr":"ffff9fd7e8192000","pid":0,"uid":0,"comm":"swapper/5","ip":6,"laddr":"2001:db8::7","lport":22,"raddr":"2001:db8::1","rport":52915,"oldstate":"SYN_SENT","newstate":"ESTABLISHED","ms":1.5}`,
	}
	for i, line := range strings.Split(strings.TrimSpace(printed(t, toolkit.Common{JSON: true})), "\n") {
		if _, rest, _ := strings.Cut(line, ","); rest != want[i] || !strings.HasPrefix(line, `{"time":"`) {
			t.Errorf("got %s", line)
		}
	}
}

// The journal gets a datagram for each change.
func TestJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	if _, err := openJournal(path); err == nil || !strings.Contains(err.Error(), "--journal: connect to systemd-journald, which has to run") {
		t.Errorf("without a journal: %v", err)
	}
	daemon, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer daemon.Close()
	j, err := openJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := j.write(events[1].change()); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	n, err := daemon.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(buf[:n]); !strings.Contains(got, "SYSLOG_IDENTIFIER=tcpstates\n") {
		t.Errorf("got %q", got)
	}
	want := `MESSAGE=curl,\nand more 192.0.2.7 0 → 198.51.100.3 80 CLOSE → SYN_SENT
PRIORITY=5
SYSLOG_IDENTIFIER=tcpstates
OBJECT_PID=22384
OBJECT_COMM=curl,\nand more
OBJECT_IPV4_SOURCE_ADDRESS=192.0.2.7
OBJECT_TCP_SOURCE_PORT=0
OBJECT_IPV4_DESTINATION_ADDRESS=198.51.100.3
OBJECT_TCP_DESTINATION_PORT=80
OBJECT_TCP_OLD_STATE=CLOSE
OBJECT_TCP_NEW_STATE=SYN_SENT
OBJECT_TCP_SPAN_TIME=0
`
	if got := string(entry(events[0].change(), false)); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := string(entry(events[1].change(), true)); strings.Contains(got, "OBJECT_COMM") || !strings.Contains(got, "OBJECT_IPV6_SOURCE_ADDRESS=2001:db8::7\n") || !strings.Contains(got, "OBJECT_TCP_SPAN_TIME=1500\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestRefusedFlags(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-4", "-6"}, "--ipv4 and --ipv6: give one of them"},
		{[]string{"-L", "80,http"}, "--localport \"80,http\": want numbers"},
		{[]string{"-D", "0"}, "--remoteport \"0\": want numbers"},
		{[]string{"--probes", "fentry"}, "--probes \"fentry\": want tracepoint"},
		{[]string{"80"}, "unexpected argument \"80\""},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
