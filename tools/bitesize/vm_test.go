package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
	"github.com/bccgo/bcc/tools/internal/tooltest/blocktest"
)

// self is the name of the test's process, as the kernel has it.
func self() string {
	name := filepath.Base(os.Args[0])
	return name[:min(len(name), 15)]
}

// counts reads lines of JSON: for each name, how many there were from a size on.
func counts(t *testing.T, stdout string) map[string]map[uint64]uint64 {
	t.Helper()
	all := make(map[string]map[uint64]uint64)
	for line := range strings.Lines(stdout) {
		var h struct {
			Name string `json:"Process Name"`
			Unit string `json:"val_type"`
			Data []struct {
				Start uint64 `json:"interval-start"`
				Count uint64
			}
		}
		if err := json.Unmarshal([]byte(line), &h); err != nil || h.Unit != "Kbytes" {
			t.Fatalf("%q: %v", line, err)
		}
		all[h.Name] = make(map[uint64]uint64)
		for _, slot := range h.Data {
			if slot.Count > 0 {
				all[h.Name][slot.Start] = slot.Count
			}
		}
	}
	return all
}

// disks makes disks without schedulers, to which processes give their requests
// themselves.
func disks(t *testing.T) {
	t.Helper()
	blocktest.NullDisks(t)
	for _, disk := range []string{"nullb0", "nullb1"} {
		if err := os.WriteFile("/sys/block/"+disk+"/queue/scheduler", []byte("none"), 0); err != nil {
			t.Fatal(err)
		}
	}
}

// requests makes requests of three sizes, all of which read: writes may be given to
// the disk by a thread of the kernel.
func requests(t *testing.T) {
	t.Helper()
	d := blocktest.Open(t, "nullb0")
	for i := range int64(5) {
		d.ReadAt(i<<20, 4096)
	}
	for i := range int64(3) {
		d.ReadAt(i<<20, 65536)
	}
	d.ReadAt(0, 512)
}

// Each process has its own histogram, with as many requests as it made.
func TestVM(t *testing.T) {
	disks(t)
	p := tooltest.Start(t, "bitesize", "--json")
	requests(t)
	if out, err := exec.Command("dd", "if=/dev/nullb1", "of=/dev/null", "iflag=direct", "bs=16384", "count=7").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := counts(t, tooltest.StopNow(t, p).Stdout)
	want := map[uint64]uint64{0: 1, 4: 5, 64: 3}
	if !maps.Equal(got[self()], want) || !maps.Equal(got["dd"], map[uint64]uint64{16: 7}) {
		t.Errorf("got %v", got)
	}
}

// section are the lines below a process's heading.
func section(out string) []string {
	_, rest, _ := strings.Cut(out, "Process Name = "+self()+"\n")
	rest, _, _ = strings.Cut(rest, "\n\n")
	return strings.Split(strings.TrimSpace(rest), "\n")
}

func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	disks(t)
	theirs := tooltest.StartTheirs(t, "bitesize", "Hit Ctrl-C")
	ours := tooltest.Start(t, "bitesize")
	requests(t)
	time.Sleep(testenv.Timeout(time.Second))
	got, want := section(tooltest.StopNow(t, ours).Stdout), section(tooltest.StopTheirs(t, theirs))
	c.Lines("the test's requests", got, want)
	if len(got) < 8 {
		t.Errorf("got %q", got)
	}
}
