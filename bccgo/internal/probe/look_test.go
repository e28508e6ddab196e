package probe

import (
	"errors"
	"testing"
)

func places(t testing.TB, texts ...string) []Place {
	t.Helper()
	list := make([]Place, len(texts))
	for i, text := range texts {
		p, err := ParsePlace(text)
		if err != nil {
			t.Fatal(err)
		}
		list[i] = p
	}
	return list
}

func TestLook(t *testing.T) {
	want := map[string]error{
		"kprobe:forbidden_one":           new(KprobeError),
		"kprobe:vfs_read":                nil,
		"kretprobe:finish_task_switch":   nil,
		"kprobe:finish_task_switch+4":    nil,
		"kprobe:sys_clone":               nil,
		"kprobe:__arm64_sys_clone":       nil,
		"kprobe:sys_nothing":             new(KprobeError),
		"kprobe:nf_tables:nf_hook":       nil,
		"kretprobe:ext4:nf_hook":         new(KprobeError),
		"tracepoint:sched:sched_switch":  nil,
		"tracepoint:sched:sched_swithc":  new(UnknownError),
		"raw_tracepoint:sched_switch":    nil,
		"raw_tracepoint:block_rq_unplug": new(UnknownError),
	}
	var all []string
	for text := range want {
		all = append(all, text)
	}
	look := kernel(t, nil).Look(places(t, all...), nil)
	for _, p := range places(t, all...) {
		err, wanted := look.Why(p), want[p.String()]
		if look.Has(p) != (wanted == nil) || (err == nil) != (wanted == nil) {
			t.Errorf("%s: %v, %v", p, look.Has(p), err)
		}
		var function *KprobeError
		var unknown *UnknownError
		switch wanted.(type) {
		case *KprobeError:
			if !errors.As(err, &function) {
				t.Errorf("%s: %v", p, err)
			}
		case *UnknownError:
			if !errors.As(err, &unknown) {
				t.Errorf("%s: %v", p, err)
			}
		}
	}
}

func TestLookWithoutKprobes(t *testing.T) {
	p := places(t, "kprobe:vfs_read", "tracepoint:sched:sched_switch")
	look := kernel(t, map[string]string{
		eventSources + "kprobe/type": "", "/proc/config.gz": zipped(t, "CONFIG_UPROBES=y\n"), "/proc/kallsyms": "",
	}).Look(p, nil)
	var function *KprobeError
	if err := look.Why(p[0]); look.Has(p[0]) || !errors.As(err, &function) || function.Reason != KprobeUnsupported {
		t.Errorf("got %v", err)
	}
	if err := look.Why(p[1]); !look.Has(p[1]) || err != nil {
		t.Errorf("got %v", err)
	}
}

func TestLookWithoutTracefs(t *testing.T) {
	p := places(t, "tracepoint:sched:sched_switch")
	look := kernel(t, map[string]string{
		"/sys/kernel/tracing/available_events": "", "/sys/kernel/tracing/available_filter_functions": "",
		"/sys/kernel/tracing/events/sched/sched_switch/id": "", "/sys/kernel/tracing/events/sched/sched_switch/format": "",
	}).Look(p, nil)
	var lack *TracefsError
	if err := look.Why(p[0]); look.Has(p[0]) || !errors.As(err, &lack) {
		t.Errorf("got %v", err)
	}
}
