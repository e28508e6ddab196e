package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestIsVetTool(t *testing.T) {
	for line, want := range map[string]bool{
		"-V=full": true, "-flags": true, "-json vet.cfg": true, "-bccgo.tests=true /x/vet.cfg": true,
		"": false, "vet ./...": false, "run x.cfg": false, "-V=full x": false, "--help": false, "-D A x.cfg y": false,
	} {
		if got := isVetTool(strings.Fields(line)); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

// TestVetIsAbsent says what is missing where the program behind vet is.
func TestVetIsAbsent(t *testing.T) {
	alone := testenv.CopySelf(t, 0o755)
	cmd := exec.Command(alone, "-test.run=^TestFindVetAlone$", "-test.v")
	cmd.Env = append(os.Environ(), "PATH=/nonexistent", "BCCGO_VET_ALONE=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "go install github.com/bccgo/bcc/tools/bccgovet") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestFindVetAlone is the other side of TestVetIsAbsent.
func TestFindVetAlone(t *testing.T) {
	if os.Getenv("BCCGO_VET_ALONE") == "" {
		t.Skip("for TestVetIsAbsent to start")
	}
	path, err := findVet()
	t.Log(path, err)
}
