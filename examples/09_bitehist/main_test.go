package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// command runs a program that has to succeed and returns what it prints.
func command(t *testing.T, argv ...string) string {
	t.Helper()
	out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// loopDevice makes a disk of 64 MiB out of a file.
func loopDevice(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, 64<<20); err != nil {
		t.Fatal(err)
	}
	command(t, "modprobe", "loop")
	device := command(t, "losetup", "--find", "--show", file)
	t.Cleanup(func() { command(t, "losetup", "--detach", device) })
	return device
}

func TestCountsRequestsBySize(t *testing.T) {
	testenv.VM(t)
	testenv.NeedTracepoint(t, "block:block_rq_complete")
	device := loopDevice(t)
	p := testenv.Start(t, testenv.Tool(t, "09_bitehist"))
	p.Await("Ctrl-C prints", time.Minute)

	command(t, "dd", "if=/dev/zero", "of="+device, "bs=64k", "count=50", "oflag=direct")
	command(t, "dd", "if="+device, "of=/dev/null", "bs=8k", "count=30", "iflag=direct")
	command(t, "dd", "if="+device, "of=/dev/null", "bs=1M", "count=10", "iflag=direct")

	result := p.Stop()
	if result.ExitCode != 0 || !strings.HasPrefix(result.Stdout, "     KiB                 : count     distribution\n") {
		t.Errorf("heading: %v", result)
	}
	want := map[string]string{"8 -> 15": "30", "64 -> 127": "50", "1024 -> 2047": "10"}
	row := regexp.MustCompile(`(?m)^ *(\d+ -> \d+) +: (\d+) `)
	for _, m := range row.FindAllStringSubmatch(result.Stdout, -1) {
		if m[1] == "0 -> 1" {
			continue // flushes have no size
		}
		if expected, ok := want[m[1]]; ok && m[2] != expected || !ok && m[2] != "0" {
			t.Errorf("%s KiB: %s requests, want %q", m[1], m[2], expected)
		}
		delete(want, m[1])
	}
	if len(want) > 0 || t.Failed() {
		t.Errorf("not shown: %v: %v", want, result)
	}
}
