package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// kernelTruths are about 5 calls of getpgid and writes of 1, 2, 4 and 4 bytes to a
// file. PGID is the process's group.
var kernelTruths = []truth{
	{"-C", "p::__x64_sys_getpgid(int pid):int,u64:pid,arg1", map[string]uint64{"pid=0 arg1=0": 5}},
	{"-C", "r::__x64_sys_getpgid(int pid):int,long:$entry(pid),$retval", map[string]uint64{"pid=0 $retval=PGID": 5}},
	{"-C", `p::vfs_write(struct file *file, const char __user *buf, size_t count):char*,char*,size_t:file->f_path.dentry->d_iname,buf,count` +
		`:STRCMP("target", file->f_path.dentry->d_iname)#texts`,
		map[string]uint64{"file->f_path.dentry->d_iname=target buf=a count=1": 1, "file->f_path.dentry->d_iname=target buf=bb count=2": 1,
			"file->f_path.dentry->d_iname=target buf=cccc count=4": 2}},
	{"-C", `p::vfs_write(struct file *file, const char __user *buf, size_t count):u32:count:STRCMP("cccc", buf)`, map[string]uint64{"count=4": 2}},
	{"-H", `r::vfs_write(struct file *file, char *buf, size_t count):size_t:$entry(count)` +
		`:$retval > 0 && $latency > 0 && STRCMP("target", $entry(file)->f_path.dentry->d_iname)#sizes`,
		map[string]uint64{"count>=0": 1, "count>=2": 1, "count>=4": 2}},
}

// Functions of the kernel tell what this process did.
func TestVMKernel(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	args := []string{"--json", "-i", "600", "-p", fmt.Sprint(os.Getpid())}
	for _, one := range kernelTruths {
		args = append(args, one.flag, one.spec)
	}
	p := tooltest.Start(t, "argdist", args...)
	for range 5 {
		if _, err := syscall.Getpgid(0); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "target"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, text := range []string{"a\x00", "bb\x00", "cccc\x00", "cccc\x00"} {
		if _, err := syscall.Write(int(f.Fd()), []byte(text)[:len(text)-1]); err != nil {
			t.Fatal(err)
		}
	}
	got := counts(t, tooltest.Stop(t, p).Stdout)
	for _, one := range kernelTruths {
		label := one.spec
		if _, l, ok := strings.Cut(one.spec, "#"); ok {
			label = l
		}
		want := make(map[string]uint64)
		for id, n := range one.want {
			want[strings.ReplaceAll(id, "PGID", fmt.Sprint(syscall.Getpgrp()))] = n
		}
		if !maps.Equal(got[label], want) {
			t.Errorf("%s:\ngot  %v\nwant %v", label, got[label], want)
		}
	}
}

// BCC's own tool prints the same about the same calls.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	testenv.NeedKprobes(t)
	file := tooltest.BuildCallee(t)
	args := func(c *tooltest.Callee) []string {
		return []string{"-c", "-p", fmt.Sprint(c.Pid()),
			"-C", "p:" + file + ":greet(const char *name, u64 turn):char*,u64:name,turn%2#names",
			"-C", "r:" + file + ":greet()#results",
			"-C", "p::ksys_write(unsigned int fd, const char *buf, size_t count):size_t:count#writes",
			"-H", "r:" + file + ":greet(const char *name, u64 turn):u64:$entry(turn)#turns"}
	}
	c := tooltest.StartCallee(t, file, testenv.StartCmd)
	// Of kernel headers, theirs includes few for these texts: it compiles them slowly.
	theirs := tooltest.StartTheirs(t, "argdist", `(?s)turns|\[.*\[`, args(c)...)
	c.Call("greet", 12)
	theirs.Await(`8 -> 15 +: 4`, time.Minute)
	theirOutput := lastOutput(tooltest.StopTheirs(t, theirs))
	c = tooltest.StartCallee(t, file, testenv.StartCmd)
	ours := tooltest.Start(t, "argdist", args(c)...)
	c.Call("greet", 12)
	ourOutput := lastOutput(tooltest.Stop(t, ours).Stdout)
	if !slices.Equal(ourOutput, theirOutput) || !slices.Contains(ourOutput, "2 name = bob's friend, turn%2 = 1") || !slices.Contains(ourOutput, "1 count = 7") {
		t.Errorf("ours\n%s\nBCC's\n%s", strings.Join(ourOutput, "\n"), strings.Join(theirOutput, "\n"))
	}
	side.Lines("counts", ourOutput, theirOutput)
}

// quoted is a string as Python prints it.
var quoted = regexp.MustCompile(`b'([^']*)'|b"([^"]*)"`)

// lastOutput are the lines of the last output, those that count as often in the
// order of their texts, without the spaces that line them up.
func lastOutput(out string) []string {
	_, out, _ = strings.Cut(out[strings.LastIndex("\n"+out, "\n["):], "]\n")
	var lines []string
	for line := range strings.Lines(out) {
		lines = append(lines, quoted.ReplaceAllString(strings.Join(strings.Fields(line), " "), "$1$2"))
	}
	slices.Sort(lines)
	return lines
}
