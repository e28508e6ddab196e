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
	c := &comparison{tooltest.SideBySide(t), t, make(map[string]bool)}
	dir, tool, self := Mount(t, kind), kind+"slower", fmt.Sprint(os.Getpid())
	theirs := tooltest.StartTheirs(t, tool, "FILENAME", "-p", self, "0")
	ours := tooltest.Start(t, tool, "-p", self, "0")
	var done []Done
	for _, d := range Operations(t, dir) {
		if why := missed[kind][d.Operation]; why != "" {
			c.note("rows of "+d.Operation+"s", why)
			continue
		}
		done = append(done, d)
	}
	our, their := rows(tooltest.Stop(t, ours).Stdout, missed[kind]), rows(tooltest.StopTheirs(t, theirs), nil)
	if len(our) != len(done) || len(their) != len(done) {
		t.Fatalf("%d operations; ours %v, BCC's %v", len(done), our, their)
	}
	for i, d := range done {
		c.compare(d, our[i], their[i])
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

// comparison compares rows, and explains each difference once.
type comparison struct {
	*tooltest.Comparison
	t         *testing.T
	explained map[string]bool
}

// explain leaves out a field that differs for a known reason.
func (c *comparison) explain(field, why string, ours, theirs map[string]string) {
	delete(ours, field)
	delete(theirs, field)
	c.note(field, why)
}

// note explains a difference, if that was not done before.
func (c *comparison) note(field, why string) {
	if !c.explained[field+why] {
		c.explained[field+why] = true
		c.Explained(field, why)
	}
}

// compare compares the rows of an operation. Where they differ, ours has to be what
// was done, and BCC's what is known to be wrong.
func (c *comparison) compare(d Done, ours, theirs map[string]string) {
	c.t.Helper()
	differs := func(field, right, wrong, why string) {
		if ours[field] != right || theirs[field] != wrong {
			c.t.Errorf("%+v: %s is %q, want %q; BCC's is %q, expected %q", d, field, ours[field], right, theirs[field], wrong)
		}
		c.explain(field, why, ours, theirs)
	}
	for _, row := range []map[string]string{ours, theirs} {
		if ms, err := strconv.ParseFloat(row["LAT(ms)"], 64); err != nil || ms > float64(d.Took())/1e6+0.01 {
			c.t.Errorf("%+v took %v: %v", d, d.Took(), row)
		}
		delete(row, "LAT(ms)")
	}
	c.unquote(ours, theirs)
	if d.Err != 0 {
		differs("BYTES", fmt.Sprint(-d.Err), fmt.Sprint(1<<32-d.Err), "BCC prints the error number of an operation that failed as if it were positive")
	}
	if d.Operation == "write" && d.Bytes == 7 {
		differs("OFF_KB", "16", "0", "a write to a file opened with O_APPEND goes to its end; BCC prints where it would have gone otherwise")
	}
	if d.File == LongName {
		differs("FILENAME", LongName, LongName[:len(theirs["FILENAME"])], "BCC cuts names after 32 characters")
	}
	c.Row(d.Operation+" of "+d.File[:min(20, len(d.File))], ours, theirs)
}

// unquote takes texts out of the quotes that some of BCC's tools print around them,
// the last of which may be cut off with the end of the text.
func (c *comparison) unquote(ours, theirs map[string]string) {
	c.t.Helper()
	for _, field := range []string{"COMM", "FILENAME"} {
		text, quoted := strings.CutPrefix(theirs[field], "b'")
		if !quoted {
			continue
		}
		text = strings.TrimSuffix(text, "'")
		if !strings.HasPrefix(ours[field], text) {
			c.t.Errorf("%s is %q, BCC's is %q", field, ours[field], text)
		}
		if field == "FILENAME" {
			theirs[field] = text
			c.note(field, "BCC prints b'...' around the text")
			continue
		}
		c.explain(field, "BCC prints b'...' around the text, and cuts it", ours, theirs)
	}
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
