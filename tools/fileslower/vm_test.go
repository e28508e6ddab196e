package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestVM(t *testing.T) {
	testenv.VM(t)
	testAll(t, "kprobe")
}

// BCC's own tool and this one see the same reads and writes.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self := fmt.Sprint(os.Getpid())
	theirs := tooltest.StartTheirs(t, "fileslower", "FILENAME", "-a", "-p", self, "0")
	ours := tooltest.Start(t, "fileslower", "-a", "-p", self, "0")
	done := append(activity(t), fifo(t))
	our, their := rows(tooltest.Stop(t, ours).Stdout), rows(tooltest.StopTheirs(t, theirs))
	if len(our) != len(done) || len(their) != len(done) {
		t.Fatalf("%d calls; ours %v, BCC's %v", len(done), our, their)
	}
	for i, d := range done {
		for _, row := range []map[string]string{our[i], their[i]} {
			if ms, err := strconv.ParseFloat(row["LAT(ms)"], 64); err != nil || ms > float64(d.took)/1e6+0.01 {
				t.Errorf("%+v: %v", d, row)
			}
			delete(row, "LAT(ms)")
		}
		if name := their[i]["FILENAME"]; name != d.file {
			if our[i]["FILENAME"] != d.file || !strings.HasPrefix(d.file, strings.TrimSuffix(name, "...")) {
				t.Errorf("%+v: ours %v, BCC's %v", d, our[i], their[i])
			}
			delete(our[i], "FILENAME")
			delete(their[i], "FILENAME")
		}
		c.Row(fmt.Sprintf("%s of %s", d.operation, filepath.Base(d.file)), our[i], their[i])
	}
	c.Explained("FILENAME", "BCC cuts names of more than 32 characters")
	c.Explained("TIME(s)", "BCC's is when the row was printed, ours when the call ended")
	c.Explained("LAT(ms)", "the probes of one tool lie within those of the other; both take no longer than it seems to the caller")
}

var fileRow = regexp.MustCompile(`^\d+\.\d{3} +(\S.{13}) (\d+) +([RW]) (\d+) +(\d+\.\d\d) (name-.*|fifo)\n$`)

// rows are the rows about the test's files, by their headings.
func rows(out string) []map[string]string {
	var all []map[string]string
	for line := range strings.Lines(out) {
		if f := fileRow.FindStringSubmatch(line); f != nil {
			all = append(all, map[string]string{"COMM": strings.TrimSpace(f[1]), "TID": f[2], "D": f[3], "BYTES": f[4],
				"LAT(ms)": f[5], "FILENAME": f[6]})
		}
	}
	return all
}
