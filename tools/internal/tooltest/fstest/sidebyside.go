package fstest

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// missed are operations that BCC's tool of a file system does not see, and why.
var missed = map[string]map[string]string{
	"btrfs": {"read": "btrfs reads by a function of its own, which BCC 0.26 does not probe"},
}

// SlowerSideBySide compares the tool that prints slow operations with BCC's, all
// operations being slow.
func SlowerSideBySide(t *testing.T, kind string) {
	c := tooltest.SideBySide(t)
	dir, tool, self := Mount(t, kind), kind+"slower", fmt.Sprint(os.Getpid())
	theirs := tooltest.StartTheirs(t, tool, "FILENAME", "-p", self, "0")
	ours := tooltest.Start(t, tool, "-p", self, "0")
	var done []Done
	for _, d := range Operations(t, dir) {
		if why := missed[kind][d.Operation]; why != "" {
			c.Explained("rows of "+d.Operation+"s", why)
			continue
		}
		done = append(done, d)
	}
	our, their := rows(tooltest.Stop(t, ours).Stdout, missed[kind]), rows(tooltest.StopTheirs(t, theirs), nil)
	if len(our) != len(done) || len(their) != len(done) {
		t.Fatalf("%d operations; ours %v, BCC's %v", len(done), our, their)
	}
	for i, d := range done {
		compare(c, t, d, our[i], their[i])
	}
	c.Explained("TIME", "BCC's is when the row was printed, ours when the operation ended")
	c.Explained("LAT(ms)", "the probes of one tool lie within those of the other; both take no longer than it seems to the caller")
}

// rows are the fields of rows by their headings, without some operations.
func rows(out string, without map[string]string) []map[string]string {
	var all []map[string]string
	for line := range strings.Lines(out) {
		f := slowRow.FindStringSubmatch(line)
		if f == nil || without[map[string]string{"R": "read", "W": "write", "O": "open", "S": "fsync"}[f[4]]] != "" {
			continue
		}
		all = append(all, map[string]string{
			"COMM": strings.TrimSpace(f[2]), "PID": f[3], "T": f[4], "BYTES": f[5], "OFF_KB": f[6], "LAT(ms)": f[7], "FILENAME": f[8]})
	}
	return all
}

// compare compares the rows of an operation. Where they differ, ours has to be what
// was done, and BCC's what is known to be wrong.
func compare(c *tooltest.Comparison, t *testing.T, d Done, ours, theirs map[string]string) {
	t.Helper()
	explain := func(field, right, wrong, why string) {
		if ours[field] != right || theirs[field] != wrong {
			t.Errorf("%+v: %s is %q, want %q; BCC's is %q, expected %q", d, field, ours[field], right, theirs[field], wrong)
		}
		delete(ours, field)
		delete(theirs, field)
		c.Explained(field, why)
	}
	for _, row := range []map[string]string{ours, theirs} {
		if ms, err := strconv.ParseFloat(row["LAT(ms)"], 64); err != nil || ms > float64(d.Took())/1e6+0.01 {
			t.Errorf("%+v took %v: %v", d, d.Took(), row)
		}
		delete(row, "LAT(ms)")
	}
	if d.Err != 0 {
		explain("BYTES", fmt.Sprint(-d.Err), fmt.Sprint(1<<32-d.Err), "BCC prints the error number of an operation that failed as if it were positive")
	}
	if d.Operation == "write" && d.Bytes == 7 {
		explain("OFF_KB", "16", "0", "a write to a file opened with O_APPEND goes to its end; BCC prints where it would have gone otherwise")
	}
	if d.File == LongName {
		explain("FILENAME", LongName, LongName[:len(theirs["FILENAME"])], "BCC cuts names after 31 characters")
	}
	c.Row(d.Operation+" of "+d.File, ours, theirs)
}

// DistSideBySide compares the tool that prints histograms with BCC's.
func DistSideBySide(t *testing.T, kind string) {
	c := tooltest.SideBySide(t)
	dir, tool, self := Mount(t, kind), kind+"dist", fmt.Sprint(os.Getpid())
	theirs := tooltest.StartTheirs(t, tool, "Hit Ctrl-C", "-p", self)
	ours := tooltest.Start(t, tool, "-p", self)
	done := Operations(t, dir)
	our, their := counted(tooltest.StopNow(t, ours).Stdout), counted(tooltest.StopTheirs(t, theirs))
	for _, operation := range []string{"read", "write", "open", "fsync"} {
		want := 0
		for _, d := range done {
			if d.Operation == operation {
				want++
			}
		}
		if our[operation] != want {
			t.Errorf("%d %ss, want %d", our[operation], operation, want)
		}
		if why := missed[kind][operation]; why != "" {
			c.Explained("operation = "+operation, why)
			continue
		}
		c.Row("operation = "+operation, map[string]string{"count": fmt.Sprint(our[operation])}, map[string]string{"count": fmt.Sprint(their[operation])})
	}
	c.Explained("intervals of the histograms", "the probes of one tool lie within those of the other")
}

var (
	sectionLine = regexp.MustCompile(`^operation = '?(\w+)'?\n$`)
	countLine   = regexp.MustCompile(`^ +\d+ -> \d+ +: (\d+) `)
)

// counted sums up the counts of each operation's histogram.
func counted(out string) map[string]int {
	all := make(map[string]int)
	operation := ""
	for line := range strings.Lines(out) {
		if f := sectionLine.FindStringSubmatch(line); f != nil {
			operation = f[1]
		}
		if f := countLine.FindStringSubmatch(line); f != nil {
			n, _ := strconv.Atoi(f[1]) // digits, as the pattern says
			all[operation] += n
		}
	}
	return all
}
