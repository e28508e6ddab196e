package stacks

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// The script of a flame graph zooms, searches and puts all back: testdata/browser.js
// is as much of a browser as it wants, and checks what the picture looks like.
func TestScript(t *testing.T) {
	testenv.NeedProgram(t, "node")
	svg := filepath.Join(t.TempDir(), "x.svg")
	if err := os.WriteFile(svg, []byte(flameGraph(t, example())), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("node", "testdata/browser.js", svg).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
