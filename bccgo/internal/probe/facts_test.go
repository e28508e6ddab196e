package probe

import (
	"errors"
	"io/fs"
	"slices"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/rootfs/roottest"
)

func TestUname(t *testing.T) {
	got, err := kernel(t, nil).Uname()
	want := Uname{"6.1.0-21-amd64", "#1 SMP", "x86_64"}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = New(FS(t.TempDir())).Uname()
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty root gave %v", err)
	}
}

func TestParseVersion(t *testing.T) {
	for release, want := range map[string]Version{
		"6.1.0-56-amd64":  {6, 1, 0},
		"6.12-rc3":        {6, 12, 0},
		"4.19.325":        {4, 19, 325},
		"5.15.0.1-azure":  {5, 15, 0},
		"6.6.x":           {6, 6, 0},
		"5.14.0-427.el9_": {5, 14, 0},
	} {
		if got, err := ParseVersion(release); err != nil || got != want {
			t.Errorf("ParseVersion(%q) = %v, %v", release, got, err)
		}
	}
	for _, release := range []string{"", "6", "six.one", ".1", "-1.2", "99999999999999999999.1"} {
		if got, err := ParseVersion(release); err == nil {
			t.Errorf("ParseVersion(%q) = %v", release, got)
		}
	}
	if v := (Version{5, 8, 0}); !v.AtLeast(5, 8) || !v.AtLeast(4, 20) || v.AtLeast(5, 9) || v.AtLeast(6, 0) {
		t.Error("AtLeast is wrong")
	}
}

func TestCPUs(t *testing.T) {
	k := kernel(t, nil)
	if got, err := k.PossibleCPUs(); err != nil || !slices.Equal(got, []int{0, 1, 2, 3}) {
		t.Errorf("possible: %v, %v", got, err)
	}
	if got, err := k.OnlineCPUs(); err != nil || !slices.Equal(got, []int{0, 2, 3}) {
		t.Errorf("online: %v, %v", got, err)
	}
	for _, bad := range []string{"0-", "-", "a", "3-1", "1,1", "2,1", "0-99999999", "0,,1", "-1"} {
		if got, err := ParseCPUList(bad); err == nil {
			t.Errorf("ParseCPUList(%q) = %v", bad, got)
		}
	}
	if got, err := ParseCPUList("\n"); err != nil || got != nil {
		t.Errorf("an empty list: %v, %v", got, err)
	}
}

func FuzzParseCPUList(f *testing.F) {
	f.Add("0-3,5")
	f.Add("0,2-2,65535")
	f.Fuzz(func(t *testing.T, text string) {
		cpus, err := ParseCPUList(text)
		if err == nil && (!slices.IsSorted(cpus) || len(cpus) > maxCPU) {
			t.Fatalf("%q gave %v", text, cpus)
		}
	})
}

func TestConfig(t *testing.T) {
	k := kernel(t, nil)
	for option, want := range map[string]string{"CONFIG_KPROBES": "y", "CONFIG_LSM": "lockdown,bpf", "CONFIG_IKHEADERS": ""} {
		if got, err := k.Config(option); err != nil || got != want {
			t.Errorf("%s = %q, %v", option, got, err)
		}
	}
	k = kernel(t, map[string]string{"/proc/config.gz": zipped(t, "CONFIG_KPROBES=m\n")})
	if got, err := k.Config("CONFIG_KPROBES"); err != nil || got != "m" {
		t.Errorf("config.gz does not win: %q, %v", got, err)
	}
	k = kernel(t, map[string]string{"/boot/config-6.1.0-21-amd64": ""})
	if _, err := k.Config("CONFIG_KPROBES"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no configuration: %v", err)
	}
	k = kernel(t, map[string]string{"/proc/config.gz": "not zipped"})
	if _, err := k.Config("CONFIG_KPROBES"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a damaged config.gz: %v", err)
	}
}

func TestLockdown(t *testing.T) {
	tests := []struct {
		name    string
		changes map[string]string
		want    string
		err     error
	}{
		{"none", nil, "none", nil},
		{"integrity", map[string]string{"/sys/kernel/security/lockdown": "none [integrity] confidentiality\n"}, "integrity", nil},
		{"not built in", map[string]string{"/sys/kernel/security/lockdown": ""}, "none", nil},
		{"no securityfs", map[string]string{
			"/sys/kernel/security/lockdown": "",
			"/sys/kernel/security/lsm":      "",
			"/proc/config.gz":               zipped(t, "CONFIG_SECURITY_LOCKDOWN_LSM=y\n"),
		}, "", fs.ErrNotExist},
	}
	for _, tt := range tests {
		got, err := kernel(t, tt.changes).Lockdown()
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %q, %v", tt.name, got, err)
		}
	}
	for _, bad := range []string{"", "none", "none [", "[]"} {
		if got, err := parseLockdown(bad); err == nil {
			t.Errorf("parseLockdown(%q) = %q", bad, got)
		}
	}
}

func TestRunningIsOne(t *testing.T) {
	first, second := Running(), Running()
	if first != second || !first.Root().IsLive() {
		t.Error("Running is not one live kernel")
	}
}

func TestEmptyRootNeverPanics(t *testing.T) {
	k := New(roottest.Tree(t, nil))
	for name, err := range map[string]error{
		"kprobes": k.KprobesSupported(), "uprobes": k.UprobesSupported(), "raw": k.RawTracepointSupported(),
		"fentry": k.FentrySupported(), "lsm": k.LSMSupported(), "btf": k.BTFSupported(),
		"raw tracepoint": k.RawTracepoint("x"), "function": k.BTFFunction("x"),
	} {
		if err == nil {
			t.Errorf("%s: no error from an empty root", name)
		}
	}
}
