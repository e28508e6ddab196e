package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter the threads are among those printed.
func TestVMAll(t *testing.T) {
	testenv.VM(t)
	r := startRivals(t)
	p := tooltest.Start(t, "runqslower", "--json", "0")
	waited := r.compete(500 * time.Millisecond)
	all := waits(t, tooltest.Stop(t, p).Stdout)
	r.check(t, all, waited)
	if len(all) < 3 {
		t.Errorf("only threads %v are seen", all)
	}
}

// By default only long waits are printed.
func TestVMDefault(t *testing.T) {
	testenv.VM(t)
	var all [6]*tooltest.Thread
	for i := range all {
		all[i] = tooltest.StartThread(t, 0, fmt.Sprint("rival ", i))
	}
	p := tooltest.Start(t, "runqslower", "--json", "-p", fmt.Sprint(os.Getpid()))
	for _, th := range all {
		th.Begin(tooltest.Burn(300 * time.Millisecond))
	}
	for _, th := range all {
		th.Wait()
	}
	got := waits(t, tooltest.Stop(t, p).Stdout)
	for _, th := range all {
		if len(got[th.TID]) == 0 {
			t.Errorf("%s waited for five others, and nothing is printed", th.Comm)
		}
		for _, w := range got[th.TID] {
			if w.Us <= 10000 {
				t.Errorf("got %+v", w)
			}
		}
	}
}

// BCC's own tool and this one print the same waits.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	r := startRivals(t)
	pid := fmt.Sprint(os.Getpid())
	theirs := tooltest.StartTheirs(t, "runqslower", "TIME .*PREV TID", "-P", "-p", pid, "5000")
	ours := tooltest.Start(t, "runqslower", "-P", "-p", pid, "5000")
	r.compete(time.Second)
	time.Sleep(testenv.Timeout(time.Second))
	got := rivalRows(tooltest.Stop(t, ours).Stdout, r)
	want := rivalRows(tooltest.StopTheirs(t, theirs), r)
	matched := 0
	for i, theirRow := range want {
		for _, ourRow := range got {
			if ourRow.is(theirRow) {
				c.Row(fmt.Sprint("wait ", i), ourRow.fields(), theirRow.fields())
				matched++
				break
			}
		}
	}
	// Waits of about the limit may be on either side of it.
	if matched < 10 || matched < len(want)*9/10 || len(got)-matched > len(got)/10 {
		t.Errorf("%d of BCC's %d rows match one of our %d", matched, len(want), len(got))
	}
	c.Explained("LAT(us)", "compared to within 500 us: the tools read the clock one after the other")
}

// printedRow is a row of either tool.
type printedRow struct {
	clock, comm, prevComm string
	tid, us, prevTID      int
}

// rivalRows are the rows of the threads one of which follows the other.
func rivalRows(out string, r rivals) (rows []printedRow) {
	for line := range strings.Lines(out) {
		var p printedRow
		var first, second, third, fourth string
		n, _ := fmt.Sscan(line, &p.clock, &first, &second, &p.tid, &p.us, &third, &fourth, &p.prevTID) // others have other names
		p.comm, p.prevComm = first+" "+second, third+" "+fourth
		if n == 8 && (p.tid == r[0].TID && p.prevTID == r[1].TID || p.tid == r[1].TID && p.prevTID == r[0].TID) {
			rows = append(rows, p)
		}
	}
	return rows
}

// is tells that both rows are of the same wait.
func (p printedRow) is(o printedRow) bool {
	return p.clock == o.clock && p.tid == o.tid && p.prevTID == o.prevTID && max(p.us-o.us, o.us-p.us) < 500
}

// fields are those to compare; the wait is compared before.
func (p printedRow) fields() map[string]string {
	return map[string]string{
		"TIME": p.clock, "COMM": p.comm, "TID": fmt.Sprint(p.tid), "PREV COMM": p.prevComm, "PREV TID": fmt.Sprint(p.prevTID),
	}
}
