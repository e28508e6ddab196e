package host

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// TestLive holds the report on this machine against other sources.
func TestLive(t *testing.T) {
	checks := Report(rootfs.Live)
	t.Run("privileges", func(t *testing.T) {
		if c := find(t, checks, "privileges"); (c.Status == OK) != mayLoad(t) {
			t.Errorf("got %+v", c)
		}
	})
	t.Run("kernel", func(t *testing.T) {
		out, err := exec.Command("uname", "-rm").Output()
		if c := find(t, checks, "kernel"); err != nil || c.Value != strings.TrimSpace(string(out)) {
			t.Errorf("got %+v, uname says %s", c, out)
		}
	})
	t.Run("cpus", func(t *testing.T) {
		out, err := exec.Command("getconf", "_NPROCESSORS_ONLN").Output()
		if c := find(t, checks, "cpus"); err != nil || !strings.HasPrefix(c.Value, strings.TrimSpace(string(out))+" online") {
			t.Errorf("got %+v, getconf says %s", c, out)
		}
	})
	t.Run("tracefs", func(t *testing.T) {
		c := find(t, checks, "tracefs")
		if c.Status == OK {
			if !onTracefs(c.Value) {
				t.Errorf("%s is not a tracefs", c.Value)
			}
		} else if onTracefs("/sys/kernel/tracing") && os.Getuid() == 0 {
			t.Errorf("mounted, but %+v", c)
		}
	})
	t.Run("kprobes", func(t *testing.T) {
		built, known := configured(t, "CONFIG_KPROBE_EVENTS")
		if c := find(t, checks, "kprobes"); known && !built && c.Status != Warn {
			t.Errorf("not built in, but %+v", c)
		}
	})
	t.Run("libbcc", func(t *testing.T) {
		c := find(t, checks, "libbcc")
		out, err := exec.Command("/sbin/ldconfig", "-p").Output()
		if err != nil {
			t.Skip("no ldconfig here")
		}
		if listed := strings.Contains(string(out), "libbcc.so.0 "); listed != (c.Status == OK) {
			t.Errorf("got %+v; listed by ldconfig: %v", c, listed)
		}
	})
	t.Run("fentry", func(t *testing.T) {
		if c := find(t, checks, "fentry"); mayLoad(t) && (c.Status == OK) != entryLoaded(t) {
			t.Errorf("got %+v", c)
		}
	})
	t.Run("ring buffer", func(t *testing.T) {
		if c := find(t, checks, "ring_buffer"); mayLoad(t) && (c.Status == OK) != ringBufferCreated(t) {
			t.Errorf("got %+v", c)
		}
	})
}

func mayLoad(t *testing.T) bool {
	t.Helper()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		t.Fatal(err)
	}
	set := uint64(data[1].Effective)<<32 | uint64(data[0].Effective)
	return set&(1<<unix.CAP_SYS_ADMIN) != 0 || set&(1<<unix.CAP_BPF) != 0 && set&(1<<unix.CAP_PERFMON) != 0
}

func onTracefs(dir string) bool {
	var stat unix.Statfs_t
	return unix.Statfs(dir, &stat) == nil && int64(stat.Type) == unix.TRACEFS_MAGIC
}

func configured(t *testing.T, option string) (built, known bool) {
	t.Helper()
	file, err := os.Open("/proc/config.gz")
	if err != nil {
		return false, false
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(text), fmt.Sprintf("\n%s=y\n", option)), true
}
