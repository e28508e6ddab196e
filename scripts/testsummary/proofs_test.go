package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnproved(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	text := "| `a()` | `A` | `p/TestRan`, `p/q/TestInner` |\n" +
		"| `b()` | `B` | `p/TestSkipped` and `p/TestMissing` |\n" +
		"| `c()` | `C` | `p/TestMissing`, `p/TestFailed` |\n" +
		"| `d()` | `D` | `p/q/TestInner/one`, `p/q/TestInner/two` |\n"
	if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	list := verdicts([]*stage{feed(t, "vm",
		"m/p TestRan pass", "m/p TestSkipped skip", "m/p TestFailed fail", "m/p - fail",
		"m/p/q TestInner pass", "m/p/q TestInner/one pass", "m/p/q TestInner/two skip", "m/p/q - pass",
	)}, nil)
	missing, err := unproved(page, "m", list)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range missing {
		if v.state != failed || len(v.failures) != 1 {
			t.Errorf("%v: state %s, %d failures", v.key, v.state, len(v.failures))
		}
		names = append(names, v.String())
	}
	if got := strings.Join(names, ", "); got != "m/p TestMissing, m/p TestSkipped, m/p/q TestInner/two" {
		t.Errorf("without proof: %s", got)
	}
	if _, err := unproved(page+".none", "m", list); err == nil {
		t.Error("a page that is not there is no error")
	}
}
