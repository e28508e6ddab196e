package host

import (
	"debug/elf"
	"os"
	"runtime"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
	"github.com/bccgo/bcc/bccgo/internal/rootfs/roottest"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Main(m)
}

const release = "6.1.0-21-amd64"

// good is a desktop with everything, seen by root.
var good = map[string]string{
	"/etc/os-release":                            "ID=debian\n",
	"/proc/self/status":                          "Name:\tx\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n",
	"/proc/self/limits":                          "Limit  Soft Limit  Hard Limit  Units\nMax locked memory  65536  65536  bytes\n",
	"/proc/sys/kernel/ostype":                    "Linux\n",
	"/proc/sys/kernel/hostname":                  "box\n",
	"/proc/sys/kernel/osrelease":                 release + "\n",
	"/proc/sys/kernel/version":                   "#1 SMP\n",
	"/proc/sys/kernel/arch":                      "x86_64\n",
	"/proc/sys/kernel/unprivileged_bpf_disabled": "2\n",
	"/proc/sys/kernel/perf_event_paranoid":       "3\n",
	"/proc/sys/kernel/kptr_restrict":             "1\n",
	"/proc/kallsyms":                             "0000000000000000 A fixed_percpu_data\nffffffff81000000 T _stext\n",
	"/boot/config-" + release: "CONFIG_KPROBES=y\nCONFIG_KPROBE_EVENTS=y\nCONFIG_UPROBES=y\nCONFIG_UPROBE_EVENTS=y\n" +
		"CONFIG_BPF_EVENTS=y\nCONFIG_BPF_JIT=y\nCONFIG_FUNCTION_TRACER=y\nCONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y\nCONFIG_BPF_LSM=y\n",
	"/sys/devices/system/cpu/possible":                "0-7\n",
	"/sys/devices/system/cpu/online":                  "0-3\n",
	"/sys/bus/event_source/devices/kprobe/type":       "8\n",
	"/sys/bus/event_source/devices/uprobe/type":       "9\n",
	"/sys/kernel/btf/vmlinux":                         "types",
	"/sys/kernel/security/lockdown":                   "[none] integrity confidentiality\n",
	"/sys/kernel/security/lsm":                        "lockdown,bpf",
	"/sys/kernel/tracing/events/":                     "",
	"/lib/modules/" + release + "/build":              roottest.Link + "/usr/src/headers",
	"/usr/src/headers/include/linux/kconfig.h":        "\n",
	"/usr/src/headers/include/generated/autoconf.h":   "\n",
	"/usr/src/headers/include/generated/utsrelease.h": "#define UTS_RELEASE \"" + release + "\"\n",
	"/usr/lib/x86_64-linux-gnu/libbcc.so.0":           roottest.Link + "libbcc.so.0.26.0",
	"/usr/lib/x86_64-linux-gnu/libbcc.so.0.26.0":      library,
}

// poor is a container's view of a kernel without most things, seen by a user.
var poor = map[string]string{
	"/etc/os-release":                            "ID=fedora\n",
	"/proc/self/status":                          "Name:\tx\nUid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n",
	"/proc/self/limits":                          "Max locked memory         65536                65536                bytes     \n",
	"/proc/filesystems":                          "nodev\ttracefs\n",
	"/proc/sys/kernel/ostype":                    "Linux\n",
	"/proc/sys/kernel/hostname":                  "box\n",
	"/proc/sys/kernel/osrelease":                 "5.4.17-100.fc30.x86_64\n",
	"/proc/sys/kernel/version":                   "#1 SMP\n",
	"/proc/sys/kernel/arch":                      "x86_64\n",
	"/proc/sys/kernel/unprivileged_bpf_disabled": "1\n",
	"/proc/sys/kernel/perf_event_paranoid":       "2\n",
	"/proc/sys/kernel/kptr_restrict":             "2\n",
	"/proc/kallsyms":                             "0000000000000000 T _stext\n",
	"/boot/config-5.4.17-100.fc30.x86_64":        "CONFIG_UPROBES=y\n",
	"/sys/devices/system/cpu/possible":           "0-1\n",
	"/sys/devices/system/cpu/online":             "0-1\n",
	"/sys/kernel/security/lockdown":              "none integrity [confidentiality]\n",
	"/sys/kernel/security/lsm":                   "lockdown,yama",
}

// library is the start of an ELF file for this machine.
var library = func() string {
	head := make([]byte, 64)
	copy(head, elf.ELFMAG)
	head[elf.EI_CLASS], head[elf.EI_DATA] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB)
	head[18] = byte(map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[runtime.GOARCH])
	return string(head)
}()

func report(t *testing.T, files, changes map[string]string) []Check {
	t.Helper()
	t.Setenv("BCCGO_HEADERS", "")
	t.Setenv("BCC_KERNEL_SOURCE", "")
	return Report(tree(t, roottest.With(files, changes)))
}

func tree(t *testing.T, files map[string]string) rootfs.FS {
	t.Helper()
	return roottest.Tree(t, files)
}

func find(t *testing.T, checks []Check, id string) Check {
	t.Helper()
	for _, c := range checks {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("no check %q", id)
	return Check{}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := "testdata/" + name
	if os.Getenv("BCCGO_UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}
