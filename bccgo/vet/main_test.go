package vet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// unitOnly leaves a test to the unit stage: no kernel makes a difference to it.
func unitOnly(t *testing.T) {
	t.Helper()
	if stage := testenv.Current(); stage != testenv.StageUnit {
		t.Skipf("reads Go source and loads nothing: not for the stage %s", stage)
	}
}

// someHeaders makes compiles use the headers of any installed kernel where the
// running one has no types to make some of.
func someHeaders(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err == nil || os.Getenv("BCCGO_HEADERS") != "" {
		return
	}
	found, err := filepath.Glob("/lib/modules/*/build/include/generated/autoconf.h")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Skip("no kernel headers are installed for any kernel")
	}
	dir, _, _ := strings.Cut(found[len(found)-1], "/build/")
	t.Setenv("BCCGO_HEADERS", dir)
}
