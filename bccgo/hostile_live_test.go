package bccgo

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// alone runs the calling test again in a process of its own, whose mounts are
// its own too, and reports whether this is that process.
func alone(t *testing.T) bool {
	t.Helper()
	const mark = "BCCGO_TEST_ALONE"
	if os.Getenv(mark) == t.Name() {
		if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
			t.Fatal(err)
		}
		return true
	}
	cmd := exec.Command("/proc/self/exe", "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), mark+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("%v\n%s", err, out)
	}
	return false
}

func TestLiveTracefsNotMounted(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	if !alone(t) {
		return
	}
	for _, dir := range []string{"/sys/kernel/tracing", "/sys/kernel/debug/tracing", "/sys/kernel/debug"} {
		for syscall.Unmount(dir, syscall.MNT_DETACH) == nil {
		}
	}
	_, err := Load("TRACEPOINT_PROBE(syscalls, sys_enter_getppid) { return 0; }", nil)
	var tracefs *TracefsError
	if !errors.As(err, &tracefs) || !strings.Contains(err.Error(), "mount -t tracefs") {
		t.Fatalf("got %v", err)
	}
	if _, err := OpenTracePipe(); !errors.As(err, &tracefs) {
		t.Fatalf("trace pipe: %v", err)
	}
}

func TestLiveLockdown(t *testing.T) {
	testenv.Live(t)
	if !alone(t) {
		return
	}
	dir := t.TempDir()
	writeText(t, dir+"/lockdown", "none integrity [confidentiality]\n")
	if err := os.MkdirAll("/sys/kernel/security", 0o755); err != nil && !errors.Is(err, os.ErrPermission) {
		t.Skip("there is no /sys/kernel/security to mount on: ", err)
	}
	if err := syscall.Mount(dir, "/sys/kernel/security", "", syscall.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	defer syscall.Unmount("/sys/kernel/security", syscall.MNT_DETACH)
	err := permission("load function f", syscall.EPERM)
	var denied *PermissionError
	if !errors.As(err, &denied) || !strings.Contains(err.Error(), "lockdown mode confidentiality") {
		t.Fatalf("got %v", err)
	}
}

// TestVMLockedDown loads programs in a kernel that was started with
// lockdown=confidentiality.
func TestVMLockedDown(t *testing.T) {
	testenv.VM(t)
	if !lockedDown() {
		t.Skip("this kernel is not locked down: make test starts one that is")
	}
	m := loadLive(t, `
BPF_HASH(h, u32);
int probe(void *ctx)
{
	u64 v = 0;

	bpf_probe_read_kernel(&v, sizeof(v), ctx);
	h.increment(v);
	return 0;
}
int kprobe__sys_getppid(void *ctx)
{
	return 0;
}
`, &Options{NoAutoAttach: true})
	var denied *PermissionError
	if err := m.LoadFunc("probe", Kprobe); !errors.As(err, &denied) || !strings.Contains(err.Error(), "lockdown") {
		t.Errorf("reading kernel memory: %v", err)
	}
	var lack *UnsupportedError
	if err := m.AutoAttach(); !errors.As(err, &lack) || !strings.Contains(err.Error(), "locked down") {
		t.Errorf("kprobe: %v", err)
	}
	wantReason(t, "kprobe", attachError(m.AttachKprobe("vfs_read", "probe", nil)), ReasonLockdown)
	wantReason(t, "tracepoint", attachError(m.AttachTracepoint("sched:sched_switch", "probe")), ReasonLockdown)
	var tracefs *TracefsError
	_, err := Load("TRACEPOINT_PROBE(syscalls, sys_enter_getppid) { return 0; }", nil)
	if !errors.As(err, &tracefs) || !strings.Contains(err.Error(), "lockdown") {
		t.Errorf("tracepoint: %v", err)
	}
}

// TestChildKilled kills the compile child in the middle of its work.
func TestChildKilled(t *testing.T) {
	foreignHeaders(t)
	t.Setenv("BCCGO_COMPILE_SPOOL", "")
	done := make(chan struct{})
	defer close(done)
	go killChildren(done)
	_, err := Compile("#include <linux/sched.h>\nint f(void *ctx) { return 0; }", nil)
	var child *ChildError
	if !errors.As(err, &child) || !strings.Contains(err.Error(), "signal: killed") {
		t.Fatalf("got %v", err)
	}
}

// killChildren kills this process's compile children as they appear.
func killChildren(done chan struct{}) {
	for {
		select {
		case <-done:
			return
		default:
		}
		for _, pid := range childPIDs() {
			cmdline, err := os.ReadFile("/proc/" + pid + "/cmdline")
			if err != nil || !strings.HasPrefix(string(cmdline), "bccgo-compile") {
				continue
			}
			if n, err := strconv.Atoi(pid); err == nil {
				syscall.Kill(n, syscall.SIGKILL)
			}
		}
	}
}

// childPIDs lists the processes that this one started.
func childPIDs() []string {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return nil
	}
	var pids []string
	for _, task := range tasks {
		if list, err := os.ReadFile("/proc/self/task/" + task.Name() + "/children"); err == nil {
			pids = append(pids, strings.Fields(string(list))...)
		}
	}
	return pids
}
