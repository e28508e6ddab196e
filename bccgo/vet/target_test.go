package vet

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/bccgo/bcc/bccgo"
)

// describeTarget completes a target that has tracepoints of its own and is this
// host in everything else.
func describeTarget(t *testing.T, dir string) {
	t.Helper()
	target, err := bccgo.HostTarget()
	if err != nil {
		t.Fatal(err)
	}
	target.EventsDir = filepath.Join(dir, "events")
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err == nil {
		target.BTF = "/sys/kernel/btf/vmlinux"
	}
	data, err := json.Marshal(target)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "target.json"), data, 0o644); err != nil {
		t.Fatal(err)
	}
}
