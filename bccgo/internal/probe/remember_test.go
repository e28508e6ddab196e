package probe

import (
	"errors"
	"maps"
	"testing"
)

// memo is a Memory for one test.
type memo struct{ kept map[string][]byte }

func (m *memo) Recall(question string) ([]byte, bool) {
	data, ok := m.kept[question]
	return data, ok
}

func (m *memo) Keep(question string, answer []byte) { m.kept[question] = answer }

// oneBoot is what tells a boot and its modules from others.
var oneBoot = map[string]string{
	"/proc/sys/kernel/random/boot_id": "5c0f\n",
	"/proc/modules":                   "nf_tables 1000 2 - Live 0xffffffffc0000000\n",
}

// outcome is what a look says of some places.
func outcome(t *testing.T, m Memory, changes map[string]string, texts ...string) (out []string) {
	t.Helper()
	files := maps.Clone(oneBoot)
	maps.Copy(files, changes)
	p := places(t, texts...)
	look := kernel(t, files).Look(p, m)
	for _, one := range p {
		text := "yes"
		if err := look.Why(one); err != nil {
			text = err.Error()
		}
		if look.Has(one) != (text == "yes") {
			t.Errorf("%s: has it: %v, but %s", one, look.Has(one), text)
		}
		out = append(out, text)
	}
	return out
}

func TestLookRemembers(t *testing.T) {
	texts := []string{
		"kprobe:vfs_read", "kretprobe:finish_task_switch", "kprobe:sys_clone", "kprobe:forbidden_one", "kprobe:vfs_raed",
		"kprobe:nf_tables:nf_hook", "raw_tracepoint:sched_switch", "raw_tracepoint:sched_swicth", "tracepoint:sched:sched_switch",
	}
	want := outcome(t, nil, nil, texts...)
	m := &memo{kept: make(map[string][]byte)}
	// A kernel of which only the start is left answers as the whole one did.
	gone := map[string]string{kallsyms: symbols[:len("ffffffff81000000 T _stext\n")]}
	for i, changes := range []map[string]string{nil, gone} {
		got := outcome(t, m, changes, texts...)
		for k := range texts {
			if got[k] != want[k] {
				t.Errorf("%s, look %d: %s, want %s", texts[k], i, got[k], want[k])
			}
		}
	}
	if len(m.kept) != 8 {
		t.Errorf("%d answers kept", len(m.kept))
	}
	for name, changes := range map[string]map[string]string{
		"another boot":          {"/proc/sys/kernel/random/boot_id": "5c10\n"},
		"another module":        {"/proc/modules": oneBoot["/proc/modules"] + "kvm 2000 0 - Live 0xffffffffc0100000\n"},
		"a module loaded again": {"/proc/modules": "nf_tables 1000 2 - Live 0xffffffffc0200000\n"},
		"no list of forbidden":  {blacklist: ""},
	} {
		maps.Copy(changes, gone)
		if got := outcome(t, &memo{kept: maps.Clone(m.kept)}, changes, "kprobe:vfs_read"); got[0] == "yes" {
			t.Errorf("%s: the old answer is given", name)
		}
	}
	uses := map[string]string{"/proc/modules": "nf_tables 1000 7 nft_chain, Live 0xffffffffc0000000\n"}
	maps.Copy(uses, gone)
	if got := outcome(t, m, uses, "kprobe:vfs_read"); got[0] != "yes" {
		t.Errorf("a module that is used more: %s", got[0])
	}
}

func TestLookKeepsTypes(t *testing.T) {
	m := &memo{kept: make(map[string][]byte)}
	p := places(t, "kprobe:forbidden_one", "raw_tracepoint:sched_swicth")
	for range 2 {
		look := kernel(t, oneBoot).Look(p, m)
		var failed *KprobeError
		if err := look.Why(p[0]); !errors.As(err, &failed) || failed.Reason != KprobeBlacklisted || failed.Name != "forbidden_one" {
			t.Errorf("%#v", err)
		}
		var unknown *UnknownError
		if err := look.Why(p[1]); !errors.As(err, &unknown) || len(unknown.Nearest) == 0 || unknown.Nearest[0] != "sched_switch" {
			t.Errorf("%#v", err)
		}
	}
}

func TestLookForgetsNonsense(t *testing.T) {
	m := &memo{kept: map[string][]byte{"function vfs_read": []byte("{"), "function vfs_raed": []byte(`{"State":"","Found":true}`)}}
	if got := outcome(t, m, nil, "kprobe:vfs_read", "kprobe:vfs_raed"); got[0] != "yes" || got[1] == "yes" {
		t.Errorf("%q", got)
	}
	lacking := &memo{kept: make(map[string][]byte)}
	outcome(t, lacking, map[string]string{"/proc/sys/kernel/random/boot_id": ""}, "kprobe:vfs_read")
	if len(lacking.kept) != 0 {
		t.Errorf("kept without knowing the boot: %q", lacking.kept)
	}
}
