package bccgo

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

const targetText = `
#include <linux/sched.h>
#include <linux/fs.h>
BPF_HASH(seen, u64, u64);

TRACEPOINT_PROBE(syscalls, sys_enter_getppid)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	u64 inode = task->fs->pwd.dentry->d_inode->i_ino, version = LINUX_VERSION_CODE;

#ifdef CONFIG_SMP
	version = -version;
#endif
	seen.update(&inode, &version);
	return 0;
}
`

// dumped describes this kernel and reads the description.
func dumped(t *testing.T) (dir string, target *Target) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "target")
	if err := DumpTarget(dir); err != nil {
		t.Fatal(err)
	}
	target, err := ReadTarget(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir, target
}

// TestLiveTargetTypes compiles for a description of this kernel without any
// headers, and compares with the program that was compiled for the kernel itself.
func TestLiveTargetTypes(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	t.Setenv("BCCGO_HEADERS", "")
	t.Setenv("BCC_KERNEL_SOURCE", "")
	dir, target := dumped(t)
	if target.BTFSum == "" || target.VersionCode == 0 {
		t.Errorf("the description is %+v", target)
	}
	want, err := Compile(targetText, &Options{Headers: "btf", FileName: "target.c", Cache: CacheOff})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Compile(targetText, &Options{Headers: "btf", FileName: "target.c", Cache: CacheOff, Target: target})
	if err != nil {
		t.Fatal(err)
	}
	if got.Headers() != "btf" || !bytes.Equal(marshal(t, got), marshal(t, want)) {
		t.Errorf("with headers %q, another program than that for the kernel itself", got.Headers())
	}
	compareTypes(t, dir)
}

// compareTypes compares what was copied with what the kernel has.
func compareTypes(t *testing.T, dir string) {
	t.Helper()
	files := map[string]string{filepath.Join(dir, "vmlinux.btf"): typesFile}
	for _, file := range moduleTypes(typesFile) {
		files[filepath.Join(dir, "modules", filepath.Base(file))] = file
	}
	for copied, original := range files {
		a, err := os.ReadFile(copied)
		if err != nil {
			t.Error(err)
		}
		if b, err := os.ReadFile(original); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s is not %s, %v", copied, original, err)
		}
	}
	target := &Target{BTF: filepath.Join(dir, "vmlinux.btf")}
	if got, want := len(moduleTypes(target.BTF)), len(files)-1; got != want {
		t.Errorf("the description has the types of %d modules, the kernel of %d", got, want)
	}
}

// TestLiveTargetOtherTypes gives a description the types of another kernel.
func TestLiveTargetOtherTypes(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracefs(t)
	dir, target := dumped(t)
	file := filepath.Join(dir, "vmlinux.btf")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-2] ^= 1
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = Compile("int f(void *ctx) { return 0; }", &Options{Headers: "btf", Cache: CacheOff, Target: target})
	if err == nil || !strings.Contains(err.Error(), "has not the types of kernel "+target.Release) || !strings.Contains(err.Error(), target.BTFSum) {
		t.Errorf("got %v", err)
	}
}

func marshal(t *testing.T, b *Bundle) []byte {
	t.Helper()
	data, err := b.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return data
}
