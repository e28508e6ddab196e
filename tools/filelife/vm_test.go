package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// life is what should be told about a file.
type life struct {
	pid, creator int
	comm         string
	// least and most bound its age.
	least, most time.Duration
}

// lives are made and ended by the test, in a folder. Names have a prefix there, which
// is short enough for the longest of them.
type lives struct {
	t           *testing.T
	dir, prefix string
	want        map[string]life
}

func (l *lives) path(name string) string { return filepath.Join(l.dir, l.prefix+name) }

func (l *lives) do(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// make makes a file.
func (l *lives) make(name string) {
	l.t.Helper()
	l.do(os.WriteFile(l.path(name), []byte(name), 0o600))
}

// run runs a program and returns its process.
func (l *lives) run(name string, args ...string) int {
	l.t.Helper()
	cmd := exec.Command(name, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		l.t.Fatalf("%v: %v %s", cmd, err, out)
	}
	return cmd.Process.Pid
}

// pause is how long files exist at least.
const pause = 100 * time.Millisecond

// live does all kinds of things to files: those that want names are to be seen.
func (l *lives) live() {
	l.t.Helper()
	self, comm := os.Getpid(), filepath.Base(os.Args[0])
	comm = comm[:min(15, len(comm))]
	begin := time.Now()
	long := strings.Repeat("l", 255-len(l.prefix))
	for _, name := range []string{"plain", "moved", "linked", "theirs", "replaced", "kept", long} {
		l.make(name)
	}
	toucher := l.run("touch", l.path("made by touch"))
	l.do(os.Rename(l.path("moved"), l.path("new name")))
	l.do(os.Link(l.path("linked"), l.path("other link")))
	l.do(unix.Mkfifo(l.path("fifo"), 0o600))
	time.Sleep(pause)
	for _, name := range []string{"plain", "new name", "linked", "other link", "made by touch", "fifo", "old", long} {
		l.do(os.Remove(l.path(name)))
	}
	remover := l.run("rm", l.path("theirs"))
	l.do(os.Rename(l.path("kept"), l.path("replaced")))
	if err := os.Remove(l.path("plain")); err == nil {
		l.t.Error("removed twice")
	}
	most := time.Since(begin)
	for _, name := range []string{"plain", "new name", "other link", long} {
		l.want[l.prefix+name] = life{self, self, comm, pause, most}
	}
	l.want[l.prefix+"made by touch"] = life{self, toucher, comm, pause, most}
	l.want[l.prefix+"theirs"] = life{remover, self, "rm", pause, most}
	l.make("short")
	l.do(os.Remove(l.path("short")))
	l.want[l.prefix+"short"] = life{self, self, comm, 0, time.Since(begin)}
}

// check compares JSON lines with what was done.
func (l *lives) check(stdout string) {
	l.t.Helper()
	mine := map[int]bool{}
	for _, w := range l.want {
		mine[w.pid] = true
	}
	seen := 0
	for line := range strings.Lines(stdout) {
		var r removed
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			l.t.Fatalf("%q: %v", line, err)
		}
		if !mine[int(r.PID)] {
			continue
		}
		seen++
		w, ok := l.want[r.File]
		age := time.Duration(r.Age)
		if !ok || w.pid != int(r.PID) || w.creator != int(r.Creator) || w.comm != r.Comm || age < w.least || age > w.most {
			l.t.Errorf("got %+v, want %+v", r, w)
		}
		if ago := time.Since(r.Time); ago < 0 || ago > 5*time.Minute {
			l.t.Errorf("%v ago: %+v", ago, r)
		}
	}
	if seen != len(l.want) {
		l.t.Errorf("%d files, want %d:\n%s", seen, len(l.want), stdout)
	}
}

// Files on tmpfs and on an overlay are seen, each once.
func TestVM(t *testing.T) {
	testenv.VM(t)
	dirs := map[string]string{"tmpfs": mount(t, "tmpfs", "")}
	layers := mount(t, "tmpfs", "")
	for _, name := range []string{"lower", "upper", "work"} {
		if err := os.Mkdir(filepath.Join(layers, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dirs["overlay"] = mount(t, "overlay", fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", layers))
	all := &lives{t: t, want: make(map[string]life)}
	for name, dir := range dirs {
		all.dir, all.prefix = dir, name+" "
		all.do(os.WriteFile(all.path("old"), nil, 0o600))
	}
	everybody := tooltest.Start(t, "filelife", "--json")
	own := tooltest.Start(t, "filelife", "-p", fmt.Sprint(os.Getpid()))
	for name, dir := range dirs {
		all.dir, all.prefix = dir, name+" "
		all.live()
	}
	all.check(tooltest.Stop(t, everybody).Stdout)
	all.checkOwn(tooltest.Stop(t, own).Stdout)
}

// checkOwn checks the rows of what this process both made and removed.
func (l *lives) checkOwn(stdout string) {
	l.t.Helper()
	heading := "TIME     PID     COMM             AGE(s)  FILE\n"
	if !strings.HasPrefix(stdout, heading) {
		l.t.Errorf("no heading: %s", stdout)
	}
	own := 0
	for name, w := range l.want {
		if w.pid != w.creator {
			continue
		}
		own++
		row := regexp.MustCompile(fmt.Sprintf(`(?m)^\d\d:\d\d:\d\d %-7d %-16s \d+\.\d\d    %s$`, w.pid, w.comm, name))
		if !row.MatchString(stdout) {
			l.t.Errorf("no row %s in\n%s", row, stdout)
		}
	}
	if n := strings.Count(stdout, "\n"); n != own+1 {
		l.t.Errorf("%d lines, want %d:\n%s", n, own+1, stdout)
	}
}

func mount(t *testing.T, kind, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount(kind, dir, kind, 0, options); err != nil {
		t.Fatalf("mount %s: %v", kind, err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// BCC's own tool and this one see the same files.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	self := fmt.Sprint(os.Getpid())
	theirs := tooltest.StartTheirs(t, "filelife", "AGE", "-p", self)
	ours := tooltest.Start(t, "filelife", "-p", self)
	l := &lives{t: t, dir: mount(t, "tmpfs", ""), want: make(map[string]life)}
	l.do(os.WriteFile(l.path("old"), nil, 0o600))
	l.live()
	our, their := rows(tooltest.Stop(t, ours).Stdout), rows(tooltest.StopTheirs(t, theirs))
	for name, w := range l.want {
		if w.pid != w.creator || name == "other link" { // which is looked at below
			continue
		}
		theirName := name
		if len(name) > 32 {
			theirName = name[:32]
		}
		for _, row := range []map[string]string{our[name], their[theirName]} {
			var age float64
			if _, err := fmt.Sscan(row["AGE(s)"], &age); err != nil || age < w.least.Seconds()-0.01 || age > w.most.Seconds()+0.01 {
				t.Errorf("%s: %v, want an age between %v and %v", name, row, w.least, w.most)
			}
			delete(row, "AGE(s)")
		}
		c.Row(name[:min(20, len(name))], our[name], their[theirName])
	}
	if our["linked"] != nil || our["other link"] == nil || their["linked"] == nil || their["other link"] != nil {
		t.Errorf("of two links: ours %v, BCC's %v", our, their)
	}
	c.Explained("FILE of a file with two names", "the file lives until the second name is removed; BCC prints a row for that it was made under, if that is removed")
	c.Explained("FILE", "BCC cuts names after 32 characters")
	c.Explained("AGE(s)", "BCC counts from before the file is made to before it is removed; both are checked")
	c.Explained("TIME", "BCC's is when the row was printed, ours when the file was removed")
}

var lifeRow = regexp.MustCompile(`^\d\d:\d\d:\d\d (\d+) +(\S.{15}) (\d+\.\d\d) +(.*)\n$`)

// rows are the rows by file, their fields by their headings.
func rows(out string) map[string]map[string]string {
	all := make(map[string]map[string]string)
	for line := range strings.Lines(out) {
		if f := lifeRow.FindStringSubmatch(line); f != nil {
			all[f[4]] = map[string]string{"PID": f[1], "COMM": strings.TrimSpace(f[2]), "AGE(s)": f[3]}
		}
	}
	return all
}
