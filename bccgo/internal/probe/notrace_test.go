package probe

import (
	"errors"
	"strings"
	"testing"
)

// TestNotrace asks for functions that ftrace cannot hook, of kernels that
// refuse probes on them and of others.
func TestNotrace(t *testing.T) {
	const refusing = "CONFIG_KPROBES=y\nCONFIG_KPROBE_EVENTS=y\nCONFIG_DYNAMIC_FTRACE=y\n"
	for _, test := range []struct {
		config, name string
		refused      bool
	}{
		{refusing, "vfs_read", false},
		{refusing, "nf_tables:nf_hook", false},
		{refusing, "alloc_thing", true},
		{refusing, "other_name_of_vfs_read", false},
		{refusing + "CONFIG_KPROBE_EVENTS_ON_NOTRACE=y\n", "alloc_thing", false},
		{strings.Replace(refusing, "CONFIG_DYNAMIC_FTRACE=y\n", "", 1), "alloc_thing", false},
	} {
		symbols := desktop[kallsyms]
		at := strings.Index(symbols, " T vfs_read\n")
		symbols += symbols[at-16:at] + " T other_name_of_vfs_read\n"
		k := kernel(t, map[string]string{"/proc/config.gz": zipped(t, test.config), kallsyms: symbols})
		_, err := k.ResolveKprobe(test.name)
		var failed *KprobeError
		if refused := errors.As(err, &failed) && failed.Reason == KprobeNotrace; refused != test.refused || !refused && err != nil {
			t.Errorf("%s with %q: %v", test.name, test.config, err)
		}
	}
}
