package blocktest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bccgo/bcc/tools/internal/blockio"
)

// FakeDisks have the disks sda (8:0), with a partition, and cciss/c0d0 (104:0).
func FakeDisks(t testing.TB) *blockio.Disks {
	t.Helper()
	root := t.TempDir()
	path := func(name string) string {
		t.Helper()
		path := filepath.Join(root, "sys", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, text := range map[string]string{
		"sda/dev": "8:0\n", "sda/sda1/dev": "8:1\n", "sda/sda1/partition": "1\n", "cciss!c0d0/dev": "104:0\n",
	} {
		if err := os.WriteFile(path("devices/pci/"+name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{
		"class/block/sda": "sda", "class/block/sda1": "sda/sda1", "class/block/cciss!c0d0": "cciss!c0d0",
		"dev/block/8:0": "sda", "dev/block/104:0": "cciss!c0d0",
	} {
		if err := os.Symlink("../../devices/pci/"+to, path(name)); err != nil {
			t.Fatal(err)
		}
	}
	return blockio.NewDisks(root)
}
