package bccgo

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// moduleText looks at a module that has just been loaded.
const moduleText = `
#include <linux/module.h>
struct found_t {
	u32 size, taints;
	char name[56];
};
BPF_ARRAY(found, struct found_t, 1);

RAW_TRACEPOINT_PROBE(module_load)
{
	struct module *mod = (struct module *)ctx->args[0];
	struct found_t f = {};
	int zero = 0;

	bpf_probe_read_kernel_str(f.name, sizeof(f.name), mod->name);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	struct module_memory mem[MOD_MEM_NUM_TYPES];

	bpf_probe_read_kernel(&mem, sizeof(mem), mod->mem);
	f.size = mem[MOD_TEXT].size + mem[MOD_DATA].size + mem[MOD_RODATA].size + mem[MOD_RO_AFTER_INIT].size;
#else
	bpf_probe_read_kernel(&f.size, sizeof(f.size), &mod->core_layout.size);
#endif
	bpf_probe_read_kernel(&f.taints, sizeof(f.taints), &mod->taints);
	found.update(&zero, &f);
	return 0;
}
`

type foundModule struct {
	Size, Taints uint32
	Name         [56]byte
}

// TestVMTruthModule loads a module.
func TestVMTruthModule(t *testing.T) {
	testenv.VM(t)
	const name = "dummy"
	m := loadTruth(t, moduleText, nil)
	command(t, "modprobe", name)
	t.Cleanup(func() { command(t, "modprobe", "-r", name) })
	found, err := Map[int32, foundModule](m, "found")
	if err != nil {
		t.Fatal(err)
	}
	got, err := found.Lookup(0)
	want := foundModule{Size: moduleSize(t, name)}
	copy(want.Name[:], name)
	if got != want || err != nil || got.Size == 0 {
		t.Errorf("found %+v\nwant  %+v, %v", got, want, err)
	}
}

// moduleSize is what /proc says a module takes.
func moduleSize(t *testing.T, name string) (size uint32) {
	t.Helper()
	list, err := os.ReadFile("/proc/modules")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			if _, err := fmt.Sscan(rest, &size); err != nil {
				t.Error(err)
			}
		}
	}
	return size
}

// sessionText needs a type that only a module has: the one that the machine's
// files come through. Nothing but its layout is asked for.
const sessionText = `
#include <linux/sched.h>
struct found_t {
	u32 afid_at, size, version, msize;
};
BPF_ARRAY(found, struct found_t, 1);

int kprobe__v9fs_file_read_iter(struct pt_regs *ctx, struct kiocb *iocb)
{
	struct v9fs_session_info *session = iocb->ki_filp->f_inode->i_sb->s_fs_info;
	struct found_t f = {
		.afid_at = offsetof(struct v9fs_session_info, afid),
		.size = sizeof(struct v9fs_session_info),
	};
	int zero = 0;

	f.version = session->flags & V9FS_PROTO_2000L;
	f.msize = session->clnt->msize;
	found.update(&zero, &f);
	return 0;
}
`

// TestVMTruthModuleTypes compiles in the machine, because only there the types
// of its modules are.
func TestVMTruthModuleTypes(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	t.Setenv("BCCGO_COMPILE_SPOOL", "")
	m := loadTruth(t, sessionText, nil)
	file := os.Getenv("VM_SHARE") + "/truth"
	t.Cleanup(func() { os.Remove(file) })
	if err := os.WriteFile(file, []byte("truth"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(file); err != nil {
		t.Fatal(err)
	}
	type foundTypes struct{ AfidAt, Size, Version, Msize uint32 }
	found, err := Map[int32, foundTypes](m, "found")
	if err != nil {
		t.Fatal(err)
	}
	got, err := found.Lookup(0)
	// Mounted so by scripts/guest/init.
	if err != nil || got.Msize != 262144 || got.Version == 0 || got.AfidAt == 0 || got.AfidAt >= got.Size {
		t.Errorf("found %+v, %v", got, err)
	}
}
