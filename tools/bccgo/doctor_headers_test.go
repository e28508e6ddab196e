package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo"
)

// TestDoctorHeaders reports on descriptions of two kernels without types.
func TestDoctorHeaders(t *testing.T) {
	t.Setenv("BCCGO_HEADERS", "")
	t.Setenv("BCC_KERNEL_SOURCE", "")
	t.Setenv("BCC_KERNEL_MODULES_SUFFIX", "")
	var dirs []string
	for _, release := range []string{"1.2.3-first", "4.5.6-second"} {
		dir := t.TempDir()
		text := `{"release":"` + release + `","machine":"x86_64","possible_cpus":1}`
		if err := os.WriteFile(filepath.Join(dir, "target.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, "-t", dir)
	}
	if err := os.WriteFile(filepath.Join(dirs[1], "config"), []byte("CONFIG_SMP=y\nCONFIG_HZ=250\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := execute(append([]string{"doctor", "--headers"}, dirs...)...)
	for _, want := range []string{
		"1.2.3-first x86_64", filepath.Join(dirs[1], "config") + ", 2 options", "KERNEL_VERSION(1, 2, 3)",
		"4.5.6-second x86_64", "every test of CONFIG_… in a text counts as off", "KERNEL_VERSION(4, 5, 6)", "no vmlinux.btf",
	} {
		if r.status != 1 || !strings.Contains(r.stdout, want) {
			t.Errorf("no %q in %d %s\n%s", want, r.status, r.stdout, r.stderr)
		}
	}
	r = execute(append([]string{"doctor", "--headers", "--json"}, dirs...)...)
	var checks []bccgo.HostCheck
	if err := json.Unmarshal([]byte(r.stdout), &checks); err != nil || len(checks) != 16 || checks[8].Value != "4.5.6-second x86_64" {
		t.Errorf("JSON gives %+v, %v", checks, err)
	}
	if r := execute(append([]string{"doctor"}, dirs...)...); r.status != 2 || !strings.Contains(r.stderr, "goes with --headers") {
		t.Errorf("without --headers: %+v", r)
	}
	if r := execute("doctor", "--headers", "-t", t.TempDir()); r.status != 2 || !strings.Contains(r.stderr, "target.json") {
		t.Errorf("an empty description: %+v", r)
	}
}
