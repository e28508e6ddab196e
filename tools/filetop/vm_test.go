package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestVM(t *testing.T) {
	testenv.VM(t)
	testAll(t, "kprobe")
}

// BCC's own tool and this one count the same.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self := fmt.Sprint(os.Getpid())
	theirs := tooltest.StartTheirs(t, "filetop", "Output every", "-a", "-C", "-p", self, "1000")
	ours := tooltest.Start(t, "filetop", "-a", "-C", "-p", self, "1000")
	f := newFolders(t)
	null := open(t, "/dev/null", unix.O_WRONLY)
	f.a.write(7, 1000)
	f.b.write(3, 2000)
	f.a.read(5, 700)
	null.write(9, 1<<20)
	our, their := rows(tooltest.StopNow(t, ours).Stdout), rows(tooltest.StopTheirs(t, theirs))
	for name, want := range map[string]map[string]string{
		"file a": {"READS": "5", "WRITES": "7", "R_Kb": "3", "W_Kb": "6", "T": "R"},
		"file b": {"READS": "0", "WRITES": "3", "R_Kb": "0", "W_Kb": "5", "T": "R"},
		"null":   {"READS": "0", "WRITES": "9", "R_Kb": "0", "W_Kb": "9216", "T": "O"},
	} {
		c.Row(name, our[name], their[name])
		for field, value := range want {
			if our[name][field] != value {
				t.Errorf("%s: %s is %q, want %q", name, field, our[name][field], value)
			}
		}
	}
}

var topRow = regexp.MustCompile(`^(\d+) +(\S.{15}) (\d+) +(\d+) +(\d+) +(\d+) +([RSO]) (.*)\n$`)

// rows are the rows by file, their fields by their headings.
func rows(out string) map[string]map[string]string {
	all := make(map[string]map[string]string)
	for line := range strings.Lines(out) {
		if f := topRow.FindStringSubmatch(line); f != nil {
			all[f[8]] = map[string]string{"TID": f[1], "COMM": strings.TrimSpace(f[2]), "READS": f[3], "WRITES": f[4],
				"R_Kb": f[5], "W_Kb": f[6], "T": f[7], "FILE": f[8]}
		}
	}
	return all
}
