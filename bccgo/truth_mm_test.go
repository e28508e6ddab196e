package bccgo

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

var mmLook = look{`
#include <linux/sched.h>
#include <linux/mm_types.h>
#include <linux/mm.h>
#include <linux/fs.h>
struct found_t {
	u64 start_code, start_data, start_brk, start_stack, arg_start, arg_end, env_start, env_end;
	u64 pages, exe_inode;
	s64 rss;
	u32 exe_dev;
	s32 vmas;
	char exe[32];
};
`, `
	struct mm_struct *mm = task->mm;
	struct file *exe = mm->exe_file;

	f.start_code = mm->start_code;
	f.start_data = mm->start_data;
	f.start_brk = mm->start_brk;
	f.start_stack = mm->start_stack;
	f.arg_start = mm->arg_start;
	f.arg_end = mm->arg_end;
	f.env_start = mm->env_start;
	f.env_end = mm->env_end;
	f.pages = mm->total_vm;
	f.vmas = mm->map_count;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	struct percpu_counter rss[NR_MM_COUNTERS];

	bpf_probe_read_kernel(&rss, sizeof(rss), mm->rss_stat);
	f.rss = rss[MM_FILEPAGES].count + rss[MM_ANONPAGES].count + rss[MM_SHMEMPAGES].count;
#else
	struct mm_rss_stat rss = mm->rss_stat;

	f.rss = rss.count[MM_FILEPAGES].counter + rss.count[MM_ANONPAGES].counter + rss.count[MM_SHMEMPAGES].counter;
#endif
	f.exe_inode = exe->f_inode->i_ino;
	f.exe_dev = exe->f_inode->i_sb->s_dev;
	bpf_probe_read_kernel_str(f.exe, sizeof(f.exe), exe->f_path.dentry->d_name.name);
`}

type foundMM struct {
	StartCode, StartData, StartBrk, StartStack, ArgStart, ArgEnd, EnvStart, EnvEnd uint64
	Pages, ExeInode                                                                uint64
	RSS                                                                            int64
	ExeDev                                                                         uint32
	VMAs                                                                           int32
	Exe                                                                            [32]byte
}

// TestLiveTruthMemory compares a process's address space with what /proc says
// of it.
func TestLiveTruthMemory(t *testing.T) {
	l := take[foundMM](t, mmLook)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, areas := procMemory(t), strings.Count(procSelf(t, "maps"), "\n")
	got, stat := l.now(), procStat(t)
	after := procMemory(t)
	for name, pair := range map[string][2]int64{
		"start_code": {int64(got.StartCode), stat[26]}, "start_stack": {int64(got.StartStack), stat[28]},
		"start_data": {int64(got.StartData), stat[45]}, "start_brk": {int64(got.StartBrk), stat[47]},
		"arg_start": {int64(got.ArgStart), stat[48]}, "arg_end": {int64(got.ArgEnd), stat[49]},
		"env_start": {int64(got.EnvStart), stat[50]}, "env_end": {int64(got.EnvEnd), stat[51]},
	} {
		if pair[0] != pair[1] || pair[0] == 0 {
			t.Errorf("%s is %#x, /proc says %#x", name, pair[0], pair[1])
		}
	}
	between(t, "the size", int64(got.Pages), before.size, after.size, 0)
	// The last pages are counted for each processor, or thread, alone.
	slack := int64(3 * 64 * (runtime.NumCPU() + strings.Count(procStatus(t, "Threads"), "")))
	between(t, "the resident size", got.RSS, before.resident, after.resident, slack)
	// [vsyscall] is listed and no area.
	between(t, "the number of areas", int64(got.VMAs), int64(areas), int64(areas-1), 8)
	checkExe(t, got)
}

func checkExe(t *testing.T, got foundMM) {
	t.Helper()
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	st := stat(t, "/proc/self/exe")
	name, dev := string(got.Exe[:]), kernelDev(st.Dev)
	// stat gives files below an overlay other numbers than the overlay has.
	if fileSystem(t, unix.Mkdev(got.ExeDev>>20, got.ExeDev&0xfffff)) == "overlay" {
		dev = got.ExeDev
	}
	if want := filepath.Base(exe); !strings.HasPrefix(name, want+"\x00") || got.ExeInode != st.Ino || got.ExeDev != dev {
		t.Errorf("the program is %q, inode %d, device %#x; stat says %q, %d, %#x", name, got.ExeInode, got.ExeDev, want, st.Ino, dev)
	}
}

type memory struct{ size, resident int64 }

// procMemory reads the sizes of this process, in pages.
func procMemory(t *testing.T) (m memory) {
	t.Helper()
	if _, err := fmt.Sscan(procSelf(t, "statm"), &m.size, &m.resident); err != nil {
		t.Error(err)
	}
	return m
}
