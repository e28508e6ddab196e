package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// root stands for "/"; this package's own tests move it.
var root = "/"

func isDir(path string) bool {
	info, err := os.Stat(filepath.Join(root, path))
	return err == nil && info.IsDir()
}

// NeedKprobes skips the test on a kernel without kprobes.
func NeedKprobes(t testing.TB) {
	t.Helper()
	need(t, pmu("kprobe", "CONFIG_KPROBE_EVENTS"))
}

// NeedUprobes skips the test on a kernel without uprobes.
func NeedUprobes(t testing.TB) {
	t.Helper()
	need(t, pmu("uprobe", "CONFIG_UPROBE_EVENTS"))
}

// NeedTracefs skips the test where tracefs is not mounted.
func NeedTracefs(t testing.TB) {
	t.Helper()
	_, missing := tracefs()
	need(t, missing)
}

// NeedTracepoint skips the test on a kernel without the tracepoint, given as
// "category:event".
func NeedTracepoint(t testing.TB, name string) {
	t.Helper()
	need(t, tracepoint(name))
}

// NeedHeaders skips the test where no kernel headers are at hand: neither for
// the running kernel, nor types of it to make some of, nor through BCCGO_HEADERS
// or BCC_KERNEL_SOURCE.
func NeedHeaders(t testing.TB) {
	t.Helper()
	need(t, headers())
}

// NeedFentry skips the test on a kernel where BPF programs cannot attach to
// the entry of kernel functions. It finds out by attaching one.
func NeedFentry(t testing.TB) {
	t.Helper()
	need(t, fentry())
}

// NeedProgram skips the test where the program is not in PATH.
func NeedProgram(t testing.TB, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		need(t, err.Error())
	}
}

// NeedSDT wants sys/sdt.h, by which programs get static probes.
func NeedSDT(t testing.TB) {
	t.Helper()
	found, err := filepath.Glob("/usr/include/*/sys/sdt.h")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		need(t, "sys/sdt.h is missing: install systemtap-sdt-dev")
	}
}

// need acts on the reason why something is missing: empty when it is there.
func need(t testing.TB, missing string) {
	t.Helper()
	switch {
	case missing == "":
	case Current() == StageVM:
		t.Fatalf("promised in the VM: %s", missing)
	default:
		t.Skip(missing)
	}
}

func pmu(name, option string) string {
	dir := "/sys/bus/event_source/devices/" + name
	if isDir(dir) {
		return ""
	}
	return fmt.Sprintf("kernel without %ss: no %s (%s)", name, dir, option)
}

func tracefs() (dir, missing string) {
	dirs := []string{"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}
	for _, dir := range dirs {
		if isDir(dir + "/events") {
			return dir, ""
		}
	}
	return "", "tracefs is not mounted at " + strings.Join(dirs, " or ")
}

func tracepoint(name string) string {
	category, event, ok := strings.Cut(name, ":")
	if !ok {
		return fmt.Sprintf("tracepoint %q is not category:event", name)
	}
	dir, missing := tracefs()
	if missing != "" {
		return missing
	}
	if isDir(dir + "/events/" + category + "/" + event) {
		return ""
	}
	return "kernel without tracepoint " + name
}

func headers() string {
	for _, name := range []string{"BCCGO_HEADERS", "BCC_KERNEL_SOURCE"} {
		if os.Getenv(name) != "" {
			return ""
		}
	}
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return "uname: " + err.Error()
	}
	dir := "/lib/modules/" + unix.ByteSliceToString(name.Release[:]) + "/build"
	if isDir(dir) || isDir("/sys/kernel/btf") {
		return ""
	}
	return "no kernel headers: " + dir + " does not exist, BCCGO_HEADERS is not set, and the kernel has no BTF to make some of"
}
