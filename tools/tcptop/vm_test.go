package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Functions see all, by either kind of probe, without a filter.
func TestVM(t *testing.T) {
	testenv.VM(t)
	testenv.NeedFentry(t)
	byFentry := tooltest.Start(t, "tcptop", "--json", "0.5")
	byKprobes := tooltest.Start(t, "tcptop", "--json", "--probes", "kprobe", "1000")
	v4 := tooltest.Start(t, "tcptop", "--json", "--probes", "kprobe", "-4", "-p", fmt.Sprint(os.Getpid()), "1000")
	if notes := byFentry.Stderr(); !strings.Contains(notes, "tcptop: bytes: "+byFentryName+"\n") {
		t.Errorf("got %s", notes)
	}
	want := activity(t)
	time.Sleep(testenv.Timeout(200 * time.Millisecond))
	for _, p := range []*testenv.Proc{byFentry, byKprobes} {
		if got := totals(t, tooltest.StopNow(t, p).Stdout, want); !maps.Equal(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	}
	maps.DeleteFunc(want, func(e inet.Ends, _ moved) bool { return e.Version != 4 })
	r := tooltest.StopNow(t, v4)
	if got := totals(t, r.Stdout, want); !maps.Equal(got, want) || strings.Count(r.Stdout, "\n") != len(want) {
		t.Errorf("got %s\nwant %+v", r.Stdout, want)
	}
}

const byFentryName = "the returns of the functions tcp_sendmsg and tcp_recvmsg, by BTF"

func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	self := fmt.Sprint(os.Getpid())
	theirs := tooltest.StartTheirs(t, "tcptop", "Tracing", "-C", "-p", self, "1000")
	ours := tooltest.Start(t, "tcptop", "-C", "-p", self, "1000")
	v4, v6 := connect(t, "127.0.0.1:0"), connect(t, "[::1]:0")
	for _, p := range []pair{v4, v6} {
		write(t, p.client, 100000)
		read(t, p.server, 100000)
		sendFile(t, p.server, 30000)
		read(t, p.client, 30000)
	}
	got, want := tooltest.StopNow(t, ours).Stdout, tooltest.StopTheirs(t, theirs)
	for _, conn := range []pair{v4, v6} {
		for _, end := range []inet.Ends{endsOf(conn.client), endsOf(conn.server)} {
			our, their := fields(got, end), fields(want, end)
			if self := filepath.Base(os.Args[0]); our["COMM"] != self[:min(12, len(self))] || !strings.HasPrefix(their["COMM"], "b'") {
				t.Errorf("%s is %q, BCC's is %q", self, our["COMM"], their["COMM"])
			}
			delete(our, "COMM")
			delete(their, "COMM")
			c.Row(fmt.Sprintf("port %d", end.Lport), our, their)
		}
	}
	c.Explained("COMM", "BCC's 0.26 prints it as Python shows bytes, cut off")
	for _, heading := range []string{"PID COMM LADDR RADDR RX_KB TX_KB", "PID COMM LADDR6 RADDR6 RX_KB TX_KB"} {
		line := regexp.MustCompile("(?m)^" + strings.ReplaceAll(heading, " ", " +") + "$")
		c.Lines("heading", line.FindAllString(got, 1), line.FindAllString(want, 1))
	}
}

// fields are the row of a connection by column.
func fields(out string, e inet.Ends) map[string]string {
	end := regexp.QuoteMeta(e.Local().String()) + ":" + fmt.Sprint(e.Lport)
	m := regexp.MustCompile(`(?m)^(\d+) +(.*?) +(` + end + `) +(\S+) +(\d+) +(\d+)$`).FindStringSubmatch(out)
	if m == nil {
		return nil
	}
	return map[string]string{"PID": m[1], "COMM": m[2], "LADDR": m[3], "RADDR": m[4], "RX_KB": m[5], "TX_KB": m[6]}
}
