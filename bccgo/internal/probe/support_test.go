package probe

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

func TestSupport(t *testing.T) {
	type check func(*Kernel) error
	kprobes, uprobes := (*Kernel).KprobesSupported, (*Kernel).UprobesSupported
	raw, fentry, lsm := (*Kernel).RawTracepointSupported, (*Kernel).FentrySupported, (*Kernel).LSMSupported
	rawModule := (*Kernel).RawTracepointInModuleSupported
	iterators := func(k *Kernel) error { return k.BTFProgramsSupported("iterators", 5, 8) }
	const (
		config  = "/boot/config-6.1.0-21-amd64"
		release = "/proc/sys/kernel/osrelease"
	)
	tests := []struct {
		name    string
		check   check
		changes map[string]string
		reason  string // part of the reason; "" for supported
	}{
		{"kprobes", kprobes, nil, ""},
		{"reference counters", (*Kernel).RefCountersSupported, nil, "older than 4.20"},
		{"reference counters since 4.20", (*Kernel).RefCountersSupported, map[string]string{
			eventSources + "uprobe/format/ref_ctr_offset": "config:32-63\n",
		}, ""},
		{"no kprobes", kprobes, map[string]string{
			eventSources + "kprobe/type": "", "/proc/config.gz": zipped(t, "CONFIG_UPROBES=y\n"),
		}, "CONFIG_KPROBES is not set"},
		{"no kprobe events", kprobes, map[string]string{
			eventSources + "kprobe/type": "", "/proc/config.gz": zipped(t, "CONFIG_KPROBES=y\n"),
		}, "CONFIG_KPROBE_EVENTS is not set"},
		{"no event source, no configuration", kprobes, map[string]string{
			eventSources + "kprobe/type": "", config: "",
		}, "does not list"},
		{"old kernel with its file", kprobes, map[string]string{
			eventSources + "kprobe/type": "", release: "4.9.1\n", "/sys/kernel/tracing/kprobe_events": "\n",
		}, ""},
		{"old kernel without", kprobes, map[string]string{
			eventSources + "kprobe/type": "", release: "4.9.1\n",
		}, "does not list"},
		{"disarmed", kprobes, map[string]string{"/sys/kernel/debug/kprobes/enabled": "0\n"}, "switched off"},
		{"locked down", kprobes, map[string]string{
			"/sys/kernel/security/lockdown": "none integrity [confidentiality]\n",
		}, "confidentiality"},
		{"integrity allows", kprobes, map[string]string{
			"/sys/kernel/security/lockdown": "none [integrity] confidentiality\n",
		}, ""},
		{"uprobes", uprobes, nil, ""},
		{"no uprobes", uprobes, map[string]string{
			eventSources + "uprobe/type": "", "/proc/config.gz": zipped(t, "CONFIG_X=y\n"),
		}, "CONFIG_UPROBES is not set"},
		{"raw", raw, nil, ""},
		{"raw on old", raw, map[string]string{release: "4.16.2\n"}, "older than 4.17"},
		{"raw not built", raw, map[string]string{"/proc/config.gz": zipped(t, "CONFIG_X=y\n")}, "CONFIG_BPF_EVENTS"},
		{"raw in modules", rawModule, nil, ""},
		{"raw in modules of a kernel without", rawModule, map[string]string{
			"/proc/config.gz": zipped(t, "CONFIG_BPF_EVENTS=y\n"),
		}, "CONFIG_MODULES"},
		{"raw in modules on old", rawModule, map[string]string{release: "4.19.2\n"}, "older than 5.0"},
		{"raw in modules on older", rawModule, map[string]string{release: "4.16.2\n"}, "older than 4.17"},
		{"fentry", fentry, nil, ""},
		{"fentry on old", fentry, map[string]string{release: "5.4.0\n"}, "older than 5.5"},
		{"fentry on arm64", fentry, map[string]string{"/proc/sys/kernel/arch": "aarch64\n"}, "older than 6.4"},
		{"fentry without BTF", fentry, map[string]string{kernelBTF: ""}, "there is no " + kernelBTF},
		{"fentry not built", fentry, map[string]string{
			"/proc/config.gz": zipped(t, "CONFIG_BPF_JIT=y\nCONFIG_FUNCTION_TRACER=y\n"),
		}, "DIRECT_CALLS"},
		{"fentry without JIT", fentry, map[string]string{"/proc/sys/net/core/bpf_jit_enable": "0\n"}, "switched off"},
		{"iterators", iterators, nil, ""},
		{"iterators on old", iterators, map[string]string{release: "5.7.0\n"}, "older than 5.8"},
		{"iterators without BTF", iterators, map[string]string{kernelBTF: ""}, "there is no " + kernelBTF},
		{"lsm", lsm, nil, ""},
		{"lsm not in force", lsm, map[string]string{"/sys/kernel/security/lsm": "lockdown,yama"}, "(lockdown,yama)"},
		{"lsm not built", lsm, map[string]string{"/proc/config.gz": zipped(t, "CONFIG_X=y\n")}, "CONFIG_BPF_LSM"},
		{"lsm by boot", lsm, map[string]string{
			"/sys/kernel/security/lsm": "", "/proc/cmdline": "quiet lsm=landlock,yama\n",
		}, "(landlock,yama)"},
		{"lsm by build", lsm, map[string]string{"/sys/kernel/security/lsm": ""}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.check(kernel(t, tt.changes))
			if tt.reason == "" {
				if err != nil {
					t.Fatalf("not supported: %v", err)
				}
				return
			}
			var unsupported *UnsupportedError
			if !errors.As(err, &unsupported) {
				t.Fatalf("got %v, want an UnsupportedError", err)
			}
			if !strings.Contains(unsupported.Reason, tt.reason) || unsupported.Fix == "" || unsupported.Feature == "" {
				t.Errorf("got %+v, want the reason to have %q", unsupported, tt.reason)
			}
		})
	}
}

func TestLSMUnknown(t *testing.T) {
	err := kernel(t, map[string]string{
		"/sys/kernel/security/lsm": "", "/boot/config-6.1.0-21-amd64": "",
	}).LSMSupported()
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
