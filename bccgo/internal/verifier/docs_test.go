package verifier

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// Markers around the table in the page.
const (
	page      = "../../../docs/errors.md"
	beginMark = "<!-- the verifier's refusals -->\n"
	endMark   = "<!-- end of the verifier's refusals -->\n"
)

// TestPage keeps the page's table as the rules and the logs are.
func TestPage(t *testing.T) {
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), beginMark)
	old, after, ok2 := strings.Cut(rest, endMark)
	if !ok || !ok2 {
		t.Fatalf("%s lacks its markers", page)
	}
	want := "\n" + table(t) + "\n"
	if old == want {
		return
	}
	if os.Getenv("BCCGO_UPDATE_GOLDEN") == "" {
		t.Fatalf("%s is not what the rules say; BCCGO_UPDATE_GOLDEN=1 writes it anew", page)
	}
	if err := os.WriteFile(page, []byte(before+beginMark+want+endMark+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// table has each kind, with the messages of the logs that are of it.
func table(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| The verifier says | That is | To fix |\n|---|---|---|\n")
	seen := make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(fixtures)) {
		data, err := os.ReadFile("testdata/" + name + ".log")
		if err != nil {
			t.Fatal(err)
		}
		x := Explain(strings.Split(string(data), "\n"))
		if row := fmt.Sprintf("| `%s` | %s | %s |\n", x.Reason, x.Plain, x.Cure); !seen[x.Plain] {
			seen[x.Plain] = true
			b.WriteString(strings.ReplaceAll(row, "||", `\|\|`))
		}
	}
	return b.String()
}
