package bccgo

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/internal/testenv"
)

// TestLiveKernelTypes asks about what every kernel with BTF has, among it what
// the kernel keeps in anonymous structs and unions.
func TestLiveKernelTypes(t *testing.T) {
	testenv.Live(t)
	for name, fields := range map[string]map[string]bool{
		"task_struct": {"pid": true, "comm": true, "no_such_field": false},
		"bpf_attr":    {"map_type": true, "prog_type": true, "no_such_field": false},
		"sk_buff":     {"dev": true, "len": true, "next": true, "nextt": false},
	} {
		for field, want := range fields {
			if got, err := KernelStructHasField(name, field); got != want || err != nil {
				t.Errorf("%s.%s: %v, %v", name, field, got, err)
			}
		}
	}
	for value, want := range map[string]bool{"BPF_MAP_TYPE_HASH": true, "BPF_MAP_TYPE_NOTHING": false} {
		if got, err := KernelEnumHasVal("bpf_map_type", value); got != want || err != nil {
			t.Errorf("%s: %v, %v", value, got, err)
		}
	}
	var unknown *UnknownHookError
	if _, err := KernelStructHasField("task_strukt", "pid"); !errors.As(err, &unknown) || !slices.Contains(unknown.Nearest, "task_struct") {
		t.Errorf("got %v", err)
	}
	if _, err := KernelEnumHasVal("task_struct", "pid"); !errors.As(err, &unknown) {
		t.Errorf("a struct is no enum: %v", err)
	}
}

// TestVMModuleTypes asks about types that only a module has, the one that the
// machine's files come through.
func TestVMModuleTypes(t *testing.T) {
	testenv.VM(t)
	for field, want := range map[string]bool{"afid": true, "no_such_field": false} {
		if got, err := KernelStructHasField("v9fs_session_info", field); got != want || err != nil {
			t.Errorf("%s: %v, %v", field, got, err)
		}
	}
	if got, err := KernelEnumHasVal("p9_session_flags", "V9FS_PROTO_2000L"); !got || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// TestLiveSupport compares the answers with what can be done.
func TestLiveSupport(t *testing.T) {
	testenv.Live(t)
	m := counter(t)
	_, err := m.AttachRawTracepoint("sys_enter", "syscalls")
	agree(t, "raw tracepoints", SupportRawTracepoint(), err)
	var lack *UnsupportedError
	for name, err := range map[string]error{
		"kfunc": SupportKfunc(), "fmod_ret": SupportFmodRet(), "lsm": SupportLSM(),
		"kprobe_multi": SupportKprobeMulti(), "raw tracepoints in modules": SupportRawTracepointInModule(),
	} {
		t.Logf("%s: %v", name, err)
		if err != nil && (!errors.As(err, &lack) || lack.Fix == "" || lack.Feature == "") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if testenv.Current() != testenv.StageVM {
		return
	}
	for name, err := range map[string]error{"kfunc": SupportKfunc(), "fmod_ret": SupportFmodRet(), "raw": SupportRawTracepointInModule()} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func agree(t *testing.T, feature string, support, err error) {
	t.Helper()
	if (support == nil) != (err == nil) {
		t.Errorf("%s: supported: %v, but used: %v", feature, support, err)
	}
}

// TestLiveSupportWithoutRights asks as a user who may not find out.
func TestLiveSupportWithoutRights(t *testing.T) {
	testenv.Live(t)
	if os.Getenv("BCCGO_TEST_DROP_ROOT") == "" {
		cmd := exec.Command("/proc/self/exe", "-test.run", "^TestLiveSupportWithoutRights$", "-test.v")
		cmd.Env = append(os.Environ(), "BCCGO_TEST_DROP_ROOT=1")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	if err := syscall.Setresuid(0, 65534, 0); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setresuid(0, 0, 0)
	var denied *PermissionError
	if err := SupportKprobeMulti(); !errors.As(err, &denied) {
		t.Errorf("kprobe_multi: %v", err)
	}
	if err := SupportKfunc(); probe.Running().FentrySupported() == nil && !errors.As(err, &denied) {
		t.Errorf("kfunc: %v", err)
	}
}

func TestLiveSyscallPrefix(t *testing.T) {
	testenv.Live(t)
	prefix, err := GetSyscallPrefix()
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := KSymName(prefix + "bpf"); !ok {
		t.Errorf("no function %sbpf", prefix)
	}
	if got, err := GetSyscallFnName("clone"); got != prefix+"clone" || err != nil {
		t.Errorf("clone: %s, %v", got, err)
	}
	for name, want := range map[string]string{
		"sys_clone": prefix + "clone", "__arm64_sys_clone": prefix + "clone", "__ia32_compat_sys_ioctl": prefix + "ioctl",
		"vfs_read": "vfs_read", "": "",
	} {
		if got, err := FixSyscallFnName(name); got != want || err != nil {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

func TestLiveTracepointsByRe(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	got, err := Tracepoints("syscalls:sys_(enter|exit)_getppid")
	if want := []string{"syscalls:sys_enter_getppid", "syscalls:sys_exit_getppid"}; !slices.Equal(got, want) || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	for event, want := range map[string]bool{"sys_enter_getppid": true, "sys_enter_getpp": false} {
		if got, err := TracepointExists("syscalls", event); got != want || err != nil {
			t.Errorf("%s: %v, %v", event, got, err)
		}
	}
	if got, err := Tracepoints("sys_enter_getppid"); len(got) != 0 || err != nil {
		t.Errorf("part of a name: %v, %v", got, err)
	}
	for _, pattern := range []string{"", "[", "(?<!x)y"} {
		if _, err := Tracepoints(pattern); err == nil {
			t.Errorf("no error from %q", pattern)
		}
		if _, err := KprobeFunctions(pattern); err == nil {
			t.Errorf("no error from %q", pattern)
		}
	}
}

func TestLiveKprobeFunctions(t *testing.T) {
	testenv.Live(t)
	if err := SupportKSym(); err != nil {
		t.Skip(err)
	}
	got, err := KprobeFunctions("vfs_(read|write)|no_such_function_here")
	if want := []string{"vfs_read", "vfs_write"}; !slices.Equal(got, want) || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	all, err := KprobeFunctions(".*")
	if err != nil || len(all) < 5000 || !slices.IsSorted(all) || len(slices.Compact(all)) != len(all) {
		t.Errorf("%d functions, %v", len(all), err)
	}
	for _, name := range all {
		if strings.HasPrefix(name, "__pfx_") || strings.HasSuffix(name, ".cold") {
			t.Errorf("%s is no function", name)
		}
	}
}

// TestVMKprobeFunctions wants that a probe can be put on what is listed, by
// trying a part of it.
func TestVMKprobeFunctions(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	names, err := KprobeFunctions("(vfs|tcp|ext4|do)_[a-f].*")
	if err != nil || len(names) < 50 {
		t.Fatalf("%d functions, %v", len(names), err)
	}
	m := loadLive(t, "int f(void *ctx) { return 0; }", nil)
	for _, name := range names {
		l, err := m.AttachKprobe(name, "f", nil)
		if err != nil {
			// From 6.7 on, the kernel leaves the choice among equal names to others.
			if !errors.Is(err, unix.EADDRNOTAVAIL) {
				t.Error(err)
			}
			continue
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}
