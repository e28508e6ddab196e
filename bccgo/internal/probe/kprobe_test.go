package probe

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestResolveKprobe(t *testing.T) {
	for name, want := range map[string]string{
		"vfs_read":                  "vfs_read",
		"finish_task_switch":        "finish_task_switch.isra.0",
		"finish_task_switch.isra.0": "finish_task_switch.isra.0",
		"alloc_thing":               "alloc_thing.constprop.0",
		"lto_func":                  "lto_func.llvm.1234567890",
		"nf_tables:nf_hook":         "nf_hook",
		"nf_tables:helper":          "helper.isra.3",
		"helper":                    "helper.isra.3",
	} {
		if got, err := kernel(t, nil).ResolveKprobe(name); got.Name != want || err != nil || got.Addr < 0xffffffff81000000 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestCheckOffset(t *testing.T) {
	k := kernel(t, nil)
	for name, offset := range map[string]uint64{"vfs_read": 15, "finish_task_switch": 0, "nf_tables:nf_hook": 8} {
		if err := k.CheckOffset(name, offset); err != nil {
			t.Error(err)
		}
	}
	for name, reason := range map[string]KprobeReason{"vfs_read": KprobeBeyond, "nf_tables:nf_hook": KprobeBeyond, "nothing": KprobeAbsent} {
		var failed *KprobeError
		if err := k.CheckOffset(name, 16); !errors.As(err, &failed) || failed.Reason != reason {
			t.Errorf("%s: %v", name, err)
		}
	}
	hidden := kernel(t, map[string]string{"/proc/kallsyms": "0000000000000000 T vfs_read\n0000000000000000 T vfs_write\n"})
	if err := hidden.CheckOffset("vfs_read", 99); err != nil {
		t.Error(err)
	}
}

func TestKprobeErrors(t *testing.T) {
	tests := []struct {
		name    string
		reason  KprobeReason
		nearest []string
		text    string
	}{
		{"vfs_raed", KprobeAbsent, []string{"vfs_read"}, "did you mean vfs_read?"},
		{"vfs_data", KprobeAbsent, nil, "no such function"},
		{"only_cold", KprobeAbsent, nil, "no such function"},
		{"half_inlined", KprobePart, nil, "half_inlined.part.0"},
		{"inlined_away", KprobeInlined, nil, "inlined it into its callers"},
		{"forbidden_one", KprobeBlacklisted, nil, "forbids"},
		{"other:vfs_read", KprobeAbsent, nil, "no such function"},
		{"clone", KprobeAbsent, []string{"__x64_sys_clone", "__ia32_sys_clone"}, "__x64_sys_clone"},
	}
	for _, tt := range tests {
		_, err := kernel(t, nil).ResolveKprobe(tt.name)
		var failed *KprobeError
		if !errors.As(err, &failed) || failed.Reason != tt.reason || failed.Name != tt.name {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %q lacks %q", tt.name, err, tt.text)
		}
		for _, want := range tt.nearest {
			if !slices.Contains(failed.Nearest, want) {
				t.Errorf("%s: %v lacks %s", tt.name, failed.Nearest, want)
			}
		}
		for _, near := range failed.Nearest {
			if !isPlain(near) {
				t.Errorf("%s: offered %s", tt.name, near)
			}
		}
	}
}

func TestKprobeUnsupported(t *testing.T) {
	k := kernel(t, map[string]string{
		eventSources + "kprobe/type": "", "/proc/config.gz": zipped(t, "CONFIG_UPROBES=y\n"),
	})
	_, err := k.ResolveKprobe("vfs_read")
	var failed *KprobeError
	var unsupported *UnsupportedError
	if !errors.As(err, &failed) || failed.Reason != KprobeUnsupported || !errors.As(err, &unsupported) {
		t.Fatalf("got %v", err)
	}
	if want := "kprobe on vfs_read: kprobes are not available: CONFIG_KPROBES is not set"; !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %q", err)
	}
}

func TestResolveWithoutSymbols(t *testing.T) {
	for _, symbols := range []string{"", "\n"} {
		if _, err := kernel(t, map[string]string{"/proc/kallsyms": symbols}).ResolveKprobe("vfs_read"); err == nil {
			t.Errorf("no error from %q", symbols)
		}
	}
}

func TestKindOfClone(t *testing.T) {
	for suffix, want := range map[string]cloneKind{
		".isra.0": wholeClone, ".constprop.12": wholeClone, ".constprop.0.isra.3": wholeClone, ".llvm.99": wholeClone,
		".part.0": partClone, ".part.0.isra.1": partClone, ".isra.0.part.1": partClone,
		".cold": notClone, ".isra.0.cold": notClone, ".cold.7": notClone, ".kcov": notClone, ".": notClone,
	} {
		if got := kindOfClone(suffix); got != want {
			t.Errorf("%q: %v", suffix, got)
		}
	}
}

func TestBTFFunction(t *testing.T) {
	k := kernel(t, nil)
	if err := k.BTFFunction("vfs_read"); err != nil {
		t.Error(err)
	}
	var unknown *UnknownError
	if err := k.BTFFunction("vfs_raed"); !errors.As(err, &unknown) || !slices.Equal(unknown.Nearest, []string{"vfs_read"}) {
		t.Errorf("got %v", err)
	}
}
