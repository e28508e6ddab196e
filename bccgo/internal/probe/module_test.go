package probe

import "testing"

func TestHasModule(t *testing.T) {
	k := kernel(t, map[string]string{"/sys/module/ext4/": "", "/sys/module/file": "x"})
	for name, want := range map[string]bool{"ext4": true, "btrfs": false, "": false, "..": false, "file": false, "../module/ext4": false} {
		if got := k.HasModule(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
