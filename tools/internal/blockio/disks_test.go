package blockio_test

import (
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/blockio"
	"github.com/bccgo/bcc/tools/internal/tooltest/blocktest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestDisks(t *testing.T) {
	d := blocktest.FakeDisks(t)
	for name, want := range map[string]uint64{"sda": 8 << 20, "/dev/sda": 8 << 20, "cciss/c0d0": 104 << 20} {
		got, err := d.Number(name)
		if err != nil || got != want {
			t.Errorf("%s: got %#x, %v", name, got, err)
		}
		if back := d.Name(got); back != strings.TrimPrefix(name, "/dev/") {
			t.Errorf("%#x: got %q", got, back)
		}
	}
	for name, want := range map[string]string{
		"sda1": "--disk sda1: it is a partition; requests belong to its disk, sda",
		"sdz":  "--disk sdz: no such disk; lsblk lists them",
	} {
		if _, err := d.Number(name); err == nil || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	const gone = 9<<20 | 3
	if got := d.Name(gone); got != "9:3" {
		t.Errorf("a disk that is gone: got %q", got)
	}
	if major, minor := blockio.Split(gone); major != 9 || minor != 3 {
		t.Errorf("%#x: %d, %d", gone, major, minor)
	}
}
