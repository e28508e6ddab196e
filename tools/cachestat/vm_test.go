package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// ext4 mounts a new file system and returns the folder.
func ext4(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, command := range []string{
		"modprobe loop", "modprobe ext4", "truncate -s 64M " + dir + "/image", "mkfs.ext4 -q " + dir + "/image",
		"mkdir " + dir + "/mnt", "mount -o loop,noatime " + dir + "/image " + dir + "/mnt", "sync",
	} {
		if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir+"/mnt", 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir + "/mnt"
}

// A process's reads miss what is not there and hit what is, by either kind of probe,
// and all processes' together are at least as many.
func TestVMKinds(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	testenv.NeedFentry(t)
	f := uncached(t, ext4(t))
	self := fmt.Sprint(os.Getpid())
	tools := tooltest.StartAll(t, "cachestat", []string{"--json", "-p", self}, []string{"--json", "-p", self, "--probes", "kprobe", "100"},
		[]string{"--json", "100"})
	fast, slow, all := tools[0], tools[1], tools[2]
	readAll(t, f, pageSize)
	readAll(t, f, 64<<10)
	readAll(t, f, 64<<10)
	for _, tool := range tools {
		got := total(t, tooltest.Stop(t, tool).Stdout)
		own := tool != all
		if got.Accessed < 3*pages || got.Added < pages || own && (got.Accessed > 3*pages+10 || got.Added > pages+10) {
			t.Errorf("got %+v", got)
		}
	}
	// Pages of the file system's own, which are read to find the file's, are missed
	// without being marked: they are taken off the hits.
	got := total(t, slow.Stdout())
	if sum := got.Hits + got.Misses; got.Misses < pages || got.Misses > pages+10 || sum < 3*pages || sum > 3*pages+10 {
		t.Errorf("got %+v", got)
	}
	if !strings.Contains(fast.Stderr(), "page cache: "+fentryFolio) || !strings.Contains(slow.Stderr(), "page cache: "+kprobeFolio) {
		t.Errorf("not as asked: %s%s", fast.Stderr(), slow.Stderr())
	}
}

// BCC's tool and this one see the same buffers made dirty.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	dir := ext4(t)
	f := uncached(t, dir)
	theirs := tooltest.StartTheirs(t, "cachestat", "HITS .*CACHED_MB", "-T")
	ours := tooltest.Start(t, "cachestat", "-T")
	readAll(t, f, pageSize)
	readAll(t, f, pageSize)
	for i := range 50 {
		if err := os.Mkdir(fmt.Sprintf("%s/%d", dir, i), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(testenv.Timeout(1500 * time.Millisecond))
	mine, bcc := sums(tooltest.Stop(t, ours).Stdout), sums(tooltest.StopTheirs(t, theirs))
	c.Row("buffers made dirty", map[string]string{"DIRTIES": fmt.Sprint(mine["DIRTIES"])}, map[string]string{"DIRTIES": fmt.Sprint(bcc["DIRTIES"])})
	if mine["MISSES"] < pages || mine["HITS"] < pages {
		t.Errorf("a file of %d pages was read twice, and ours counted %v", pages, mine)
	}
	if bcc["MISSES"] == mine["MISSES"] && bcc["HITS"] == mine["HITS"] {
		c.Row("hits and misses", map[string]string{"HITS": fmt.Sprint(mine["HITS"])}, map[string]string{"HITS": fmt.Sprint(bcc["HITS"])})
		return
	}
	if bcc["MISSES"] >= pages && bcc["HITS"] >= pages {
		t.Errorf("BCC's tool counted %v, ours %v", bcc, mine)
	}
	c.Explained("HITS, MISSES, HITRATIO", "BCC's tool of this version probes functions that Linux 6.1 calls no longer for files: "+
		"of a file that was read twice it misses most, as the test checks")
	c.Explained("BUFFERS_MB, CACHED_MB", "both read them from /proc/meminfo, at different moments")
}

// sums adds up a table's columns, by their headings.
func sums(stdout string) map[string]int {
	out := make(map[string]int)
	var names []string
	for line := range strings.Lines(stdout) {
		f := strings.Fields(line)
		if len(f) > 0 && f[0] == "TIME" {
			names = f[1:]
			continue
		}
		for i, name := range names {
			if i+1 < len(f) {
				var n int
				fmt.Sscan(f[i+1], &n)
				out[name] += n
			}
		}
	}
	return out
}
