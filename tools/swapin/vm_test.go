package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// swap gives the machine swap space in memory, where pages go at once, and has them
// read back one at a time.
func swap(t *testing.T) {
	t.Helper()
	testenv.VM(t)
	run(t, "modprobe", "brd", "rd_nr=1", "rd_size=65536")
	t.Cleanup(func() { run(t, "modprobe", "-r", "brd") })
	run(t, "mkswap", "-q", "/dev/ram0")
	run(t, "swapon", "/dev/ram0")
	t.Cleanup(func() { run(t, "swapoff", "/dev/ram0") })
	if err := os.WriteFile("/proc/sys/vm/page-cluster", []byte("0"), 0); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, argv ...string) {
	t.Helper()
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v: %s", argv, err, out)
	}
}

// swapped is how many pages of the test's process are in swap space. The status of
// the process tells too few.
func swapped(t *testing.T) int {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^Swap:\s*(\d+) kB$`).FindSubmatch(maps)
	if m == nil {
		t.Fatalf("no Swap in %s", maps)
	}
	kb, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kb * 1024 / os.Getpagesize()
}

// memory is memory of the test's process, which the kernel has put into swap space.
type memory []byte

const pages = 500

func newMemory(t *testing.T) memory {
	t.Helper()
	m, err := unix.Mmap(-1, 0, pages*os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(m) })
	for i := range pages {
		m[i*os.Getpagesize()] = byte(i)
	}
	if err := unix.Madvise(m, unix.MADV_PAGEOUT); err != nil {
		t.Fatal(err)
	}
	return m
}

// use reads all of it, and returns how many pages had to come back for that.
func (m memory) use(t *testing.T) int {
	t.Helper()
	before := swapped(t)
	for i := range pages {
		if m[i*os.Getpagesize()] != byte(i) {
			t.Fatalf("page %d is lost", i)
		}
	}
	back := before - swapped(t)
	if back < pages/2 {
		t.Errorf("only %d pages came back", back)
	}
	return back
}

// Each page that comes back counts, at the process that waited for it.
func TestVM(t *testing.T) {
	swap(t)
	m := newMemory(t)
	p := tooltest.Start(t, "swapin", "--json", "1")
	back := m.use(t)
	got := uint64(0)
	for line := range strings.Lines(tooltest.Stop(t, p).Stdout) {
		var r row
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if r.PID == uint32(os.Getpid()) {
			got += r.Count
		}
	}
	if got != uint64(back) {
		t.Errorf("counted %d, %d pages came back", got, back)
	}
	r := testenv.Run(t, time.Minute, testenv.Tool(t, "swapin"), "0.1", "2")
	if want := `^(\d\d:\d\d:\d\d\nCOMM             PID     COUNT\n([^\n]+ \d+ +\d+\n)*\n){2}$`; r.ExitCode != 0 || !regexp.MustCompile(want).MatchString(r.Stdout) {
		t.Error(r)
	}
}

// Debian has BCC's tool among the documents only.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	const path = "/usr/share/doc/bpfcc-tools/examples/doc/swapin.txt"
	if _, err := os.Stat(path); err != nil {
		t.Skipf("BCC's tool is not installed: %v", err)
	}
	swap(t)
	m := newMemory(t)
	theirs := testenv.Start(t, "/usr/bin/python3", "-u", path, "-T", "600")
	theirs.Await("Counting", 3*time.Minute)
	theirs.AwaitRest()
	ours := tooltest.Start(t, "swapin", "-T", "600")
	m.use(t)
	got, want := own(tooltest.StopNow(t, ours).Stdout), own(tooltest.StopTheirs(t, theirs))
	for i, line := range want {
		if text := strings.ReplaceAll(strings.Replace(line, "b'", "", 1), "'", ""); text != line {
			want[i] = text
			c.Explained("COMM", "BCC's prints names as Python does bytes, b'like this'")
		}
	}
	c.Lines("heading and the test's pages", got, want)
	if len(got) != 2 {
		t.Errorf("got %q", got)
	}
}

// own are the heading and the line about the test's process.
func own(out string) []string {
	var lines []string
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) == 3 && (f[1] == "PID" || f[1] == strconv.Itoa(os.Getpid())) {
			lines = append(lines, strings.Join(f, " "))
		}
	}
	return lines
}
