package host

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// text renders a report with the moved root's path taken out.
func text(t *testing.T, files map[string]string, color bool) string {
	t.Helper()
	t.Setenv("BCCGO_HEADERS", "")
	t.Setenv("BCC_KERNEL_SOURCE", "")
	root := tree(t, files)
	var out strings.Builder
	if err := Text(&out, Report(root), color); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(out.String(), string(root), "")
}

func TestText(t *testing.T) {
	golden(t, "good.txt", text(t, good, false))
	golden(t, "poor.txt", text(t, poor, false))
	golden(t, "poor-color.txt", text(t, poor, true))
}

func TestTextReportsTheWriter(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Text(writer, []Check{{Name: "x"}}, false); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestJSON(t *testing.T) {
	got, err := json.Marshal(find(t, report(t, poor, nil), "tracefs"))
	want := `{"id":"tracefs","name":"Tracing file system","status":"fail","value":"closed by the kernel's lockdown mode confidentiality",` +
		`"why":"tracepoints and the trace pipe need it","fix":["boot with lockdown=integrity or without lockdown= (Secure Boot may set it)"]}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestChecks(t *testing.T) {
	const (
		self    = "/proc/self/status"
		version = "/proc/sys/kernel/osrelease"
	)
	tests := []struct {
		name    string
		id      string
		changes map[string]string // to the good host
		status  Status
		part    string // of value, why or fixes
	}{
		{"with BPF and PERFMON", "privileges", map[string]string{self: "Uid:\t7\t7\t7\t7\nCapEff:\t000000c000000000\n"}, OK, "user 7, cap_bpf cap_perfmon"},
		{"with BPF alone", "privileges", map[string]string{self: "Uid:\t7\t7\t7\t7\nCapEff:\t0000008000000000\n"}, Fail, "setcap"},
		{"root of a container", "privileges", map[string]string{self: "Uid:\t0\t0\t0\t0\nCapEff:\t00000000a80425fb\n"}, Fail, "--privileged"},
		{"nonsense", "privileges", map[string]string{self: "CapEff:\tzz\n"}, Unknown, "zz"},
		{"cut off", "privileges", map[string]string{self: "Uid:\t0\t0\n"}, Unknown, "no Uid and CapEff"},
		{"integrity", "lockdown", map[string]string{"/sys/kernel/security/lockdown": "none [integrity]\n"}, Warn, "bpf_probe_write_user"},
		{"no setting", "unprivileged_bpf", map[string]string{"/proc/sys/kernel/unprivileged_bpf_disabled": ""}, OK, "no such setting"},
		{"other setting", "unprivileged_bpf", map[string]string{"/proc/sys/kernel/unprivileged_bpf_disabled": "9\n"}, Unknown, `"9"`},
		{"open", "perf_event_paranoid", map[string]string{"/proc/sys/kernel/perf_event_paranoid": "-1\n", self: poor[self]}, OK, "-1"},
		{"not for users", "perf_event_paranoid", map[string]string{self: poor[self]}, Warn, "CAP_PERFMON"},
		{"addresses hidden", "kptr_restrict", map[string]string{"/proc/kallsyms": "0 T a\n0 T b\n"}, Warn, "CAP_SYSLOG"},
		{"no symbols", "kptr_restrict", map[string]string{"/proc/kallsyms": ""}, Unknown, "kallsyms"},
		{"old", "kernel", map[string]string{version: "4.9.0-13\n"}, Fail, "4.17"},
		{"no version", "kernel", map[string]string{version: "custom\n"}, Unknown, "custom"},
		{"raisable", "memlock", map[string]string{version: "5.10.0-9\n"}, OK, "65536 bytes; this process may raise it"},
		{"not raisable", "memlock", map[string]string{version: "5.10.0-9\n", self: poor[self]}, Warn, "ulimit -l unlimited"},
		{"unlimited", "memlock", map[string]string{version: "5.10.0-9\n", "/proc/self/limits": "Max locked memory unlimited unlimited bytes\n"}, OK, "unlimited"},
		{"no limit", "memlock", map[string]string{version: "5.10.0-9\n", "/proc/self/limits": "Max open files 1 1\n"}, Unknown, "does not have it"},
		{"by the loader's directories", "libbcc", nil, OK, "0.26.0, "},
		{"not installed", "libbcc", map[string]string{"/usr/lib/x86_64-linux-gnu/libbcc.so.0": "", "/usr/lib/x86_64-linux-gnu/libbcc.so.0.26.0": ""}, Fail, "apt install libbpfcc"},
		{"without version", "libbcc", map[string]string{"/usr/lib/x86_64-linux-gnu/libbcc.so.0": library}, OK, "libbcc.so.0"},
		{"both", "headers", nil, OK, "(BTF), and /lib/modules/" + release},
		{"types alone", "headers", map[string]string{"/lib/modules/" + release + "/build": ""}, OK, "(BTF)"},
		{"files alone", "headers", map[string]string{"/sys/kernel/btf/vmlinux": ""}, OK, "/lib/modules/" + release},
		{"no headers", "headers", map[string]string{"/lib/modules/" + release + "/build": "", "/sys/kernel/btf/vmlinux": ""}, Fail, "apt install linux-headers-" + release},
		{"old ring", "ring_buffer", map[string]string{version: "5.7.0\n"}, Warn, "5.8"},
		{"ring", "ring_buffer", nil, OK, "available"},
		{"fentry", "fentry", map[string]string{"/sys/kernel/btf/vmlinux": ""}, Warn, "BTF"},
		{"no CPUs", "cpus", map[string]string{"/sys/devices/system/cpu/online": ""}, Unknown, "online"},
		{"no lockdown file", "lockdown", map[string]string{
			"/sys/kernel/security/lockdown": "", "/sys/kernel/security/lsm": "",
			"/boot/config-" + release: "CONFIG_SECURITY_LOCKDOWN_LSM=y\n",
		}, Unknown, "mount -t securityfs"},
	}
	for _, tt := range tests {
		t.Run(tt.id+" "+tt.name, func(t *testing.T) {
			c := find(t, report(t, good, tt.changes), tt.id)
			all := c.Value + "\n" + c.Why + "\n" + strings.Join(c.Fix, "\n")
			if c.Status != tt.status || !strings.Contains(all, tt.part) {
				t.Errorf("got %+v, want %s with %q", c, tt.status, tt.part)
			}
		})
	}
}

func TestHeadersByEnvironment(t *testing.T) {
	files := map[string]string{
		"/own/include/linux/kconfig.h": "\n", "/own/include/generated/autoconf.h": "\n",
		"/own/include/generated/utsrelease.h": "#define UTS_RELEASE \"6.9.9\"\n",
	}
	for name, value := range good {
		files[name] = value
	}
	root := tree(t, files)
	t.Setenv("BCCGO_HEADERS", "")
	t.Setenv("BCC_KERNEL_SOURCE", "/own")
	c := find(t, Report(root), "headers")
	if c.Status != Warn || c.Value != "/own (BCC_KERNEL_SOURCE)" || !strings.Contains(c.Why, "6.9.9") {
		t.Errorf("got %+v", c)
	}
	t.Setenv("BCCGO_HEADERS", "/none")
	if c := find(t, Report(root), "headers"); c.Status != Fail || !strings.Contains(c.Why, "/none") {
		t.Errorf("got %+v", c)
	}
}

// TestEmptyRoot: the report has every check even where nothing can be read.
func TestEmptyRoot(t *testing.T) {
	full, empty := report(t, good, nil), report(t, nil, nil)
	ids := func(checks []Check) (out []string) {
		for _, c := range checks {
			out = append(out, c.ID+" "+c.Name)
		}
		return out
	}
	if !slices.Equal(ids(full), ids(empty)) {
		t.Errorf("the checks differ: %v and %v", ids(full), ids(empty))
	}
	for _, c := range empty {
		if c.Status == OK && c.ID != "unprivileged_bpf" {
			t.Errorf("nothing can be read, but %+v", c)
		}
	}
}

// TestEveryLackIsExplained: what is not in order says why and how to mend it.
func TestEveryLackIsExplained(t *testing.T) {
	seen := make(map[string]bool)
	for _, c := range append(report(t, poor, nil), report(t, good, nil)...) {
		seen[c.ID] = true
		switch c.Status {
		case OK:
			if c.Why != "" || c.Fix != nil || c.Value == "" {
				t.Errorf("in order, but %+v", c)
			}
		case Unknown:
			if c.Why == "" {
				t.Errorf("unknown without a reason: %+v", c)
			}
		default:
			if c.Why == "" || len(c.Fix) == 0 || slices.Contains(c.Fix, "") {
				t.Errorf("no reason or no help: %+v", c)
			}
		}
	}
	if len(seen) != 18 {
		t.Errorf("%d checks", len(seen))
	}
}
