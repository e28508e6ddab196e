package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Of the same activity BCC's tool and this one report the same: of a process,
// what each function leaked; of the kernel, what making event descriptors took.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	theirTool, err := exec.LookPath("memleak-bpfcc")
	if err != nil {
		t.Fatal(err)
	}
	path := build(t, "gcc", "plain", "testdata/plain.c")
	theirUser, theirKernel := both(t, path, 3*time.Minute, "/usr/bin/python3", "-u", theirTool)
	ourUser, ourKernel := both(t, path, time.Minute, testenv.Tool(t, "memleak"), "-v")
	want := map[string]left{"leak_malloc": {100, 4000}, "leak_calloc": {10, 500}, "leak_realloc": {5, 385}}
	if !maps.Equal(ourUser, want) || !maps.Equal(theirUser, want) {
		t.Errorf("leaked %v, ours %v, BCC's %v", want, ourUser, theirUser)
	}
	// The pages that the objects are put in depend on what there was before.
	ours, theirs := forEach(ourKernel), forEach(theirKernel)
	for name, l := range theirUser {
		side.Row(name, map[string]string{"allocations, bytes": fmt.Sprint(ourUser[name])}, map[string]string{"allocations, bytes": fmt.Sprint(l)})
	}
	for name, l := range theirs {
		side.Row(fmt.Sprint(name), map[string]string{"bytes": fmt.Sprint(ours[name])}, map[string]string{"bytes": fmt.Sprint(l)})
	}
	if len(ours) < 3 || !maps.Equal(ours, theirs) {
		t.Errorf("of the kernel ours %v, BCC's %v", ours, theirs)
	}
}

// Allocations for each processor are seen where the kernel makes them and frees
// them: a table of BPF's has one for each entry.
func TestVMPerCPU(t *testing.T) {
	testenv.VM(t)
	p := startTool(t, "--percpu", "--trace", "--json", "-z", "984", "-Z", "984")
	m, err := bccgo.Load("struct odd { u64 words[123]; };\nBPF_PERCPU_ARRAY(table, struct odd, 7);", nil)
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
	for end := time.Now().Add(testenv.Timeout(20 * time.Second)); strings.Count(p.Stdout(), "\n") < 14 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	outstanding := map[uint64]bool{}
	n := 0
	for line := range strings.Lines(p.Stop().Stdout) {
		var c call
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if n++; c.Size != 984 || outstanding[c.Address] != (c.Call == "free") || c.Call == "percpu_alloc" && c.TID == 0 {
			t.Errorf("call %d: %+v", n, c)
		}
		outstanding[c.Address] = c.Call == "percpu_alloc"
	}
	if n != 14 || len(outstanding) != 7 {
		t.Errorf("%d calls of %d allocations, want 7 allocations that were freed", n, len(outstanding))
	}
}

// descriptors is how many the activity makes.
const descriptors = 300

// forEach are the stacks that allocated once for each descriptor.
func forEach(stacks map[string]left) map[string]left {
	all := maps.Clone(stacks)
	maps.DeleteFunc(all, func(_ string, l left) bool { return l.count != descriptors })
	return all
}

// both runs a tool on a process and on the kernel at the same time, and reads what
// it reports of the same activity.
func both(t *testing.T, path string, patience time.Duration, argv ...string) (user, kernel map[string]left) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	cmd := exec.Command(path)
	cmd.Stdin = r
	plain := testenv.StartCmd(t, cmd)
	r.Close()
	interval := fmt.Sprint(testenv.Timeout(500 * time.Millisecond).Seconds())
	interval, _, _ = strings.Cut(interval, ".") // theirs wants a whole number
	if interval == "0" {
		interval = "1"
	}
	args := []string{"-o", "0", "-T", "100000", interval}
	ofUser := testenv.Start(t, slices.Concat(argv, []string{"-p", fmt.Sprint(plain.Pid())}, args)...)
	ofKernel := testenv.Start(t, slices.Concat(argv, args)...)
	for _, p := range []*testenv.Proc{ofUser, ofKernel} {
		p.Await(`\] Top 100000 stacks`, patience)
	}
	if _, err := io.WriteString(w, "go\n"); err != nil {
		t.Fatal(err)
	}
	plain.Await("(?m)^done$", time.Minute)
	for range descriptors {
		fd, err := unix.Eventfd(0, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
	}
	for _, p := range []*testenv.Proc{ofUser, ofKernel} {
		awaitReports(t, p, 2)
		p.Signal(os.Interrupt)
	}
	user = stacks(ofUser.Wait(time.Minute).Stdout, `leak_\w+`)
	return user, stacks(ofKernel.Wait(time.Minute).Stdout, `do_eventfd`)
}

// awaitReports waits for more reports to be complete, which the next one tells.
func awaitReports(t *testing.T, p *testenv.Proc, more int) {
	t.Helper()
	n := strings.Count(p.Stdout(), "] Top ") + more
	for end := time.Now().Add(testenv.Timeout(20 * time.Second)); strings.Count(p.Stdout(), "] Top ") <= n; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %d reports: %s", n, p.Stdout())
		}
	}
}

var stackText = regexp.MustCompile(`\t(\d+) bytes in (\d+) allocations from stack\n((?:\t\t.*\n)*)`)

// stacks reads the last complete report: what is outstanding by the function that
// a pattern matches, with those that it called.
func stacks(out, pattern string) map[string]left {
	reports := strings.Split(out, "] Top ")
	all := map[string]left{}
	of := regexp.MustCompile(`(?m)^\t\t.*\t(` + pattern + `)\+.*$`)
	frame := regexp.MustCompile(`(?m)^\t\t\S+\t(.*)\+0x[0-9a-f]+ .*$`)
	for _, f := range stackText.FindAllStringSubmatch(reports[len(reports)-2], -1) {
		at := of.FindStringIndex(f[3])
		if at == nil {
			continue
		}
		names := strings.TrimSpace(frame.ReplaceAllString(f[3][:at[1]], "$1"))
		var l left
		if _, err := fmt.Sscan(f[2]+" "+f[1], &l.count, &l.bytes); err != nil {
			panic(err) // the pattern has numbers there
		}
		before := all[names]
		all[names] = left{before.count + l.count, before.bytes + l.bytes}
	}
	return all
}
