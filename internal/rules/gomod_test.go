package rules

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// goMod is what "go mod edit -json" prints, as far as the rules need it.
type goMod struct {
	Go      string
	Require []struct{ Path, Version string }
	Replace []struct{ Old struct{ Path string } }
}

func readGoMod(t *testing.T) goMod {
	t.Helper()
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go mod edit: %v", err)
	}
	var mod goMod
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	return mod
}

func TestNothingIsReplaced(t *testing.T) {
	for _, r := range readGoMod(t).Replace {
		t.Errorf("go.mod replaces %s: what users of the module get would differ", r.Old.Path)
	}
}

func TestDependenciesHaveReasons(t *testing.T) {
	mod := readGoMod(t)
	install := string(read(t, "INSTALL.md"))
	report(t, withoutReason(mod, install))
	if !strings.Contains(install, "Go "+mod.Go) {
		t.Errorf("INSTALL.md does not say that Go %s is needed, as go.mod does", mod.Go)
	}

	var sample goMod
	sample.Require = []struct{ Path, Version string }{{"a.b/c", "v1"}, {"a.b/d", "v2"}, {"a.b/e", "v3"}}
	wants(t, 2, withoutReason(sample, "| `a.b/c` | v1 | because |\n| `a.b/d` | v1 | because |\n| `a.b/e` | v3 | |\n"))
}

// withoutReason lists the dependencies that INSTALL.md has no row for, with the
// version and a reason.
func withoutReason(mod goMod, install string) []string {
	var list []string
	for _, r := range mod.Require {
		row := fmt.Sprintf("(?m)^\\| `%s` \\| %s \\| \\S.*\\|$", regexp.QuoteMeta(r.Path), regexp.QuoteMeta(r.Version))
		if !regexp.MustCompile(row).MatchString(install) {
			list = append(list, fmt.Sprintf("INSTALL.md has no row | `%s` | %s | reason |", r.Path, r.Version))
		}
	}
	return list
}
