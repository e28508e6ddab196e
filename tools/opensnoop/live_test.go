package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_openat")
}

// opened is a call that was made: how it ended, as fd and err, and what it was
// given.
type opened struct {
	fd, err int32
	dir     int32
	flags   uint32
	mode    uint32
	path    string
}

// recorder makes calls and remembers them.
type recorder struct {
	t     *testing.T
	calls []opened
}

func (r *recorder) add(fd int, err error, o opened) {
	r.t.Helper()
	o.fd = int32(fd)
	if err != nil {
		var errno syscall.Errno
		if !errors.As(err, &errno) {
			r.t.Fatal(err)
		}
		o.fd, o.err = -1, int32(errno)
	}
	r.calls = append(r.calls, o)
	if fd >= 0 {
		r.t.Cleanup(func() { unix.Close(fd) })
	}
}

func (r *recorder) openat(dir int, path string, flags int, mode uint32) int {
	r.t.Helper()
	fd, err := unix.Openat(dir, path, flags, mode)
	r.add(fd, err, opened{dir: int32(dir), flags: uint32(flags | unix.O_LARGEFILE), mode: mode, path: path})
	return fd
}

func (r *recorder) openat2(dir int, path string, how *unix.OpenHow) {
	r.t.Helper()
	fd, err := unix.Openat2(dir, path, how)
	r.add(fd, err, opened{dir: int32(dir), flags: uint32(how.Flags), mode: uint32(how.Mode), path: path})
}

// activity opens files in all kinds of ways and returns what is to be seen.
// Every path has the name of the folder in it.
func activity(t *testing.T) (string, []opened) {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Base(filepath.Dir(dir))
	deep := filepath.Join(dir, strings.Repeat("a", 200), strings.Repeat("b", 200))
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	at := unix.AT_FDCWD
	r := &recorder{t: t}
	r.openat(at, dir+"/made", unix.O_CREAT|unix.O_WRONLY|unix.O_TRUNC, 0o640)
	r.openat(at, dir+"/made", unix.O_RDONLY, 0)
	r.openat(at, dir+"/missing", unix.O_RDWR, 0)
	r.openat(at, dir+"/made", unix.O_CREAT|unix.O_EXCL|unix.O_RDWR, 0o600)
	r.openat(at, dir+"/two words\n", unix.O_RDONLY, 0)
	r.openat(at, deep+"/"+strings.Repeat("c", 200), unix.O_CREAT|unix.O_RDWR, 0o600)
	parent := r.openat(at, filepath.Dir(dir), unix.O_DIRECTORY, 0)
	r.openat(parent, filepath.Base(dir)+"/../"+filepath.Base(dir)+"/made", unix.O_RDONLY, 0)
	r.calls[len(r.calls)-1].path = filepath.Dir(dir) + "/" + r.calls[len(r.calls)-1].path // with -F
	r.openat2(at, dir+"/made", &unix.OpenHow{Flags: unix.O_RDONLY | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_SYMLINKS})
	return name, r.calls
}

// calls reads JSON lines.
func calls(t *testing.T, stdout string) []call {
	t.Helper()
	var out []call
	for line := range strings.Lines(stdout) {
		var c call
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		out = append(out, c)
	}
	return out
}

// check compares what was printed about paths with name in them.
func check(t *testing.T, stdout, name string, want []opened) {
	t.Helper()
	var got []opened
	for _, c := range calls(t, stdout) {
		if c.PID != uint32(os.Getpid()) || !strings.Contains(c.Path, name) {
			continue
		}
		got = append(got, opened{c.FD, c.Err, c.Dir, c.Flags, c.Mode, c.Path})
		if self := filepath.Base(os.Args[0]); c.Comm != self[:min(15, len(self))] || c.UID != 0 || c.PathCut || c.PathLost {
			t.Errorf("got %+v", c)
		}
		if age := time.Since(c.Time); age < 0 || age > 5*time.Minute {
			t.Errorf("%s was opened %v ago", c.Path, age)
		}
	}
	sortCalls(got)
	sortCalls(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

// sortCalls undoes the mixing of processors.
func sortCalls(calls []opened) {
	slices.SortFunc(calls, func(a, b opened) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}

func TestLive(t *testing.T) {
	needs(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_openat2")
	p := tooltest.Start(t, "opensnoop", "--json", "-F", "-p", fmt.Sprint(os.Getpid()))
	name, want := activity(t)
	r := tooltest.Stop(t, p)
	check(t, r.Stdout, name, want)
	for _, c := range calls(t, r.Stdout) {
		if c.PID != uint32(os.Getpid()) {
			t.Errorf("not this test: %+v", c)
		}
	}
}

// The filters leave out what they should, and nothing else.
func TestLiveFilters(t *testing.T) {
	needs(t)
	self := fmt.Sprint(os.Getpid())
	comm := filepath.Base(os.Args[0])
	for _, test := range []struct {
		name string
		args []string
		want []string // what follows the name of the process
	}{
		{"process", []string{"-p", self}, []string{" 0 DIR/w", " 2 DIR/missing", " 0 DIR/r"}},
		{"failed", []string{"-p", self, "-x"}, []string{" 2 DIR/missing"}},
		{"flags", []string{"-p", self, "-f", "O_WRONLY", "-e"}, []string{" 0 00000101 0600 DIR/w"}},
		{"any of two flags", []string{"-p", self, "-f", "O_WRONLY", "-f", "O_DIRECTORY", "-e"},
			[]string{" 0 00000101 0600 DIR/w", " 2 00200000 n/a DIR/missing"}},
		{"user", []string{"-p", self, "-u", "root"}, []string{" 0 DIR/w", " 2 DIR/missing", " 0 DIR/r"}},
		{"other user", []string{"-p", self, "-u", "65534"}, nil},
		{"name", []string{"-p", self, "-n", comm[1:5]}, []string{" 0 DIR/w", " 2 DIR/missing", " 0 DIR/r"}},
		{"other name", []string{"-p", self, "-n", "nobody has this"}, nil},
		{"other process", []string{"-p", "4194304"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			p := tooltest.Start(t, "opensnoop", test.args...)
			r := recorder{t: t}
			r.openat(unix.AT_FDCWD, dir+"/w", unix.O_WRONLY|unix.O_CREAT, 0o600)
			r.openat(unix.AT_FDCWD, dir+"/missing", unix.O_RDONLY|unix.O_DIRECTORY, 0)
			r.openat(unix.AT_FDCWD, dir+"/r", unix.O_RDWR|unix.O_CREAT, 0o600)
			checkEnds(t, tooltest.Stop(t, p).Stdout, dir, test.want)
		})
	}
}

// checkEnds compares the ends of the lines with dir in them, in single spaces.
func checkEnds(t *testing.T, stdout, dir string, want []string) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(stdout) {
		if strings.Contains(line, dir) {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
	}
	if len(lines) != len(want) {
		t.Fatalf("got %q, want %q", lines, want)
	}
	for _, end := range want {
		end = strings.ReplaceAll(end, "DIR", dir)
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasSuffix(l, end) }) {
			t.Errorf("no line of %q ends in %q", lines, end)
		}
	}
}

func TestLiveThread(t *testing.T) {
	needs(t)
	dir := t.TempDir()
	tids, goOn, done := make(chan int), make(chan bool), make(chan error)
	go func() {
		tids <- lockedThread()
		<-goOn
		_, err := os.ReadFile(dir + "/inside")
		done <- err
	}()
	tid := <-tids
	p := tooltest.Start(t, "opensnoop", "-t", fmt.Sprint(tid))
	if _, err := os.ReadFile(dir + "/outside"); err == nil {
		t.Error("outside exists")
	}
	close(goOn)
	if err := <-done; !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	out := tooltest.Stop(t, p).Stdout
	if !regexp.MustCompile(fmt.Sprintf(`(?s)^TID .*\n%d +.* -1 +2 %s/inside\n`, tid, dir)).MatchString(out) || strings.Contains(out, "outside") {
		t.Errorf("thread %d is to be seen alone in\n%s", tid, out)
	}
}

func TestLiveExec(t *testing.T) {
	needs(t)
	dir := t.TempDir()
	script := "echo to stdout; echo x >made; read x <missing; exec 3<made"
	r := testenv.Run(t, time.Minute, testenv.Tool(t, "opensnoop"), "-e", "--exec", "sh", "-c", "cd "+dir+" && { "+script+"; }")
	if r.ExitCode != 0 {
		t.Fatal(r)
	}
	for _, want := range []string{
		`(?m)^PID    COMM               FD ERR FLAGS    MODE PATH$`,
		`(?m)^\d+ +sh +3   0 02000000 n/a  .*libc\.so\.6$`,
		`(?m)^\d+ +sh +3   0 00001101 0666 made$`,
		`(?m)^\d+ +sh +-1   2 00000000 n/a  missing$`,
		`(?m)^\d+ +sh +3   0 00000000 n/a  made$`,
	} {
		if !regexp.MustCompile(want).MatchString(r.Stdout) {
			t.Errorf("no %s in\n%s", want, r.Stdout)
		}
	}
	if strings.Contains(r.Stdout, "to stdout") || !strings.Contains(r.Stderr, "to stdout") {
		t.Errorf("the command's output mixes with the tool's: %v", r)
	}
}

// Every call is either printed or counted as lost.
func TestLiveLosses(t *testing.T) {
	needs(t)
	dir := t.TempDir()
	p := tooltest.Start(t, "opensnoop", "-b", "1", "-p", fmt.Sprint(os.Getpid()))
	p.Signal(syscall.SIGSTOP)
	const n = 300
	for i := range n {
		if _, err := unix.Open(fmt.Sprintf("%s/%d", dir, i), unix.O_RDONLY, 0); err != unix.ENOENT {
			t.Fatal(err)
		}
	}
	p.Signal(syscall.SIGCONT)
	time.Sleep(testenv.Timeout(300 * time.Millisecond))
	r := p.Stop()
	last := regexp.MustCompile(`lost \d+ events, (\d+) in all`).FindAllStringSubmatch(r.Stderr, -1)
	if len(last) == 0 || r.ExitCode != 0 {
		t.Fatalf("no losses reported: %v", r)
	}
	var lost int
	fmt.Sscan(last[len(last)-1][1], &lost)
	seen := strings.Count(r.Stdout, "\n") - 1
	// The test's own runtime may open a file or two.
	if total := seen + lost; lost == 0 || seen == 0 || total < n || total > n+5 {
		t.Errorf("printed %d and lost %d of %d", seen, lost, n)
	}
}

// A reader that goes away ends the tool without complaint.
func TestLivePipe(t *testing.T) {
	needs(t)
	testenv.NeedProgram(t, "bash")
	dir := t.TempDir()
	p := testenv.Start(t, "bash", "-c", `"$0" -v -p "$1" | head -n 2; echo "status ${PIPESTATUS[0]}" >&2`,
		testenv.Tool(t, "opensnoop"), fmt.Sprint(os.Getpid()))
	p.Await("(?m)^opensnoop: tracing$", time.Minute)
	for range 3 {
		_, _ = os.ReadFile(dir + "/missing") // only to be seen
		time.Sleep(testenv.Timeout(200 * time.Millisecond))
	}
	r := p.Wait(time.Minute)
	if !strings.HasSuffix(r.Stderr, "status 0\n") || strings.Count(r.Stdout, "\n") != 2 {
		t.Errorf("%v", r)
	}
}
