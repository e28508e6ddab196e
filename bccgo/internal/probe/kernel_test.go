package probe

import (
	"bytes"
	"compress/gzip"
	"os"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/rootfs/roottest"
)

const symbols = `ffffffff81000000 T _stext
ffffffff81000010 t do_rt_sigreturn
ffffffff81000020 t __pfx_vfs_read
ffffffff81000030 T vfs_read
ffffffff81000040 t finish_task_switch.isra.0
ffffffff81000050 t finish_task_switch.isra.0.cold
ffffffff81000060 t alloc_thing.constprop.1
ffffffff81000070 t alloc_thing.constprop.0
ffffffff81000080 t alloc_thing.constprop.0.isra.0
ffffffff81000090 t half_inlined.part.0
ffffffff810000a0 t only_cold.cold
ffffffff810000b0 t lto_func.llvm.1234567890
ffffffff810000c0 D vfs_data
ffffffff810000d0 T forbidden_one
ffffffff810000e0 T __x64_sys_clone
ffffffff810000f0 T __ia32_sys_clone
ffffffff81000100 T __traceiter_sched_switch
ffffffff81000110 T __traceiter_sched_waking
ffffffffc0000000 t nf_hook	[nf_tables]
ffffffffc0000010 t helper.isra.3	[nf_tables]
`

// desktop is an ordinary distribution's x86-64 kernel, with everything.
var desktop = map[string]string{
	"/proc/sys/kernel/ostype":                              "Linux\n",
	"/proc/sys/kernel/hostname":                            "box\n",
	"/proc/sys/kernel/osrelease":                           "6.1.0-21-amd64\n",
	"/proc/sys/kernel/version":                             "#1 SMP\n",
	"/proc/sys/kernel/arch":                                "x86_64\n",
	"/proc/sys/net/core/bpf_jit_enable":                    "1\n",
	"/proc/filesystems":                                    "nodev\tsysfs\nnodev\ttracefs\n\text4\n",
	"/proc/kallsyms":                                       symbols,
	"/boot/config-6.1.0-21-amd64":                          "CONFIG_KPROBES=y\nCONFIG_KPROBE_EVENTS=y\nCONFIG_UPROBES=y\nCONFIG_UPROBE_EVENTS=y\nCONFIG_MODULES=y\nCONFIG_BPF_EVENTS=y\nCONFIG_BPF_JIT=y\nCONFIG_FUNCTION_TRACER=y\nCONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y\nCONFIG_BPF_LSM=y\nCONFIG_LSM=\"lockdown,bpf\"\n# CONFIG_IKHEADERS is not set\n",
	"/sys/devices/system/cpu/possible":                     "0-3\n",
	"/sys/devices/system/cpu/online":                       "0,2-3\n",
	"/sys/bus/event_source/devices/kprobe/type":            "8\n",
	"/sys/bus/event_source/devices/uprobe/type":            "9\n",
	"/sys/kernel/debug/kprobes/enabled":                    "1\n",
	"/sys/kernel/debug/kprobes/blacklist":                  "0xffffffff810000d0-0xffffffff810000e0\tforbidden_one\n0xf-0xff\tnotify_die\n",
	"/sys/kernel/security/lockdown":                        "[none] integrity confidentiality\n",
	"/sys/kernel/security/lsm":                             "lockdown,yama,bpf",
	"/sys/kernel/tracing/available_events":                 "sched:sched_switch\nsched:sched_waking\nblock:block_rq_issue\n",
	"/sys/kernel/tracing/available_filter_functions":       "vfs_read\nnf_hook [nf_tables]\n",
	"/sys/kernel/tracing/events/sched/sched_switch/id":     "314\n",
	"/sys/kernel/tracing/events/sched/sched_switch/format": "name: sched_switch\nID: 314\n",
}

func kernel(t testing.TB, changes map[string]string) *Kernel {
	t.Helper()
	files := roottest.With(desktop, map[string]string{kernelBTF: kernelTypes(t)})
	return New(roottest.Tree(t, roottest.With(files, changes)))
}

// kernelTypes is BTF that describes vfs_read and a function without symbol.
func kernelTypes(t testing.TB) string {
	t.Helper()
	proto := &btf.FuncProto{Return: &btf.Void{}}
	types, err := btf.NewBuilder([]btf.Type{
		&btf.Func{Name: "vfs_read", Type: proto, Linkage: btf.StaticFunc},
		&btf.Func{Name: "inlined_away", Type: proto, Linkage: btf.StaticFunc},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := types.Marshal(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func zipped(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func readTestdata(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
