package tooltest

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// ParityEnv is the environment variable that has tests compare with BCC's tools.
// "make parity" sets it: compiling BCC's programs in an emulated machine takes most
// of such a test's time.
const ParityEnv = "BCCGO_TEST_PARITY"

// ParityAttr is the name under which a test's results tell of its [Comparison], a
// value of that type in JSON.
const ParityAttr = "parity"

// Comparison is what a test compared of a tool with BCC's own one of that name.
type Comparison struct {
	Tool string `json:"tool"`
	// Rows and Fields are how many of them were compared and found equal.
	Rows   int `json:"rows"`
	Fields int `json:"fields"`
	// Different are fields, or whole rows, that differ although ours are right,
	// each with the reason.
	Different []Difference `json:"different,omitempty"`
	// Ours and Theirs are what the tools cost.
	Ours   Cost `json:"ours"`
	Theirs Cost `json:"theirs"`

	t testing.TB
}

// Difference is a field in which ours is right and BCC's is not, or that one of
// both lacks.
type Difference struct {
	Field string `json:"field"`
	Why   string `json:"why"`
}

// SideBySide begins the comparison of a tool, whose folder the test is in, with
// BCC's own. It takes the virtual machine, and is left to "make parity". A test
// that compares nothing fails.
func SideBySide(t testing.TB) *Comparison {
	t.Helper()
	testenv.VM(t)
	if os.Getenv(ParityEnv) == "" {
		t.Skip("the comparison with BCC's own tool is left to make parity")
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	c := &Comparison{Tool: filepath.Base(dir), t: t}
	comparisons.Store(t, c)
	t.Cleanup(func() {
		comparisons.Delete(t)
		c.report()
	})
	return c
}

// Row compares fields of ours with BCC's. They are as printed, by their headings;
// what one of both lacks is a difference.
func (c *Comparison) Row(what string, ours, theirs map[string]string) {
	c.t.Helper()
	good := true
	for _, field := range fields(ours, theirs) {
		our, printed := ours[field]
		their, alsoPrinted := theirs[field]
		if printed && alsoPrinted && our == their {
			c.Fields++
			continue
		}
		good = false
		c.t.Errorf("%s: %s is %q (%t), BCC's is %q (%t)", what, field, our, printed, their, alsoPrinted)
	}
	if good {
		c.Rows++
	}
}

// Lines compares lines, each of which is a row and each of its words a field.
func (c *Comparison) Lines(what string, ours, theirs []string) {
	c.t.Helper()
	for i := range max(len(ours), len(theirs)) {
		our, their := lineAt(ours, i), lineAt(theirs, i)
		if our != their {
			c.t.Errorf("%s, line %d: %q, BCC's is %q", what, i+1, our, their)
			continue
		}
		c.Rows++
		c.Fields += len(strings.Fields(our))
	}
}

// lineAt returns a line, "(none)" behind the last one.
func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(none)"
}

func fields(ours, theirs map[string]string) []string {
	all := maps.Clone(ours)
	maps.Copy(all, theirs)
	return slices.Sorted(maps.Keys(all))
}

// Explained notes a difference that the test has checked ours to be right in.
func (c *Comparison) Explained(field, why string) {
	c.Different = append(c.Different, Difference{field, why})
}

func (c *Comparison) report() {
	if c.t.Skipped() {
		return
	}
	if c.Fields == 0 && len(c.Different) == 0 {
		c.t.Errorf("nothing of %s was compared with BCC's", c.Tool)
	}
	text, err := json.Marshal(c)
	if err != nil {
		c.t.Error(err)
		return
	}
	c.t.Attr(ParityAttr, string(text))
}

// Behind are lines without their first words, where these cannot be the same because
// both tools had their turns with processes of their own.
func Behind(words int, lines []string) []string {
	var rest []string
	for _, line := range lines {
		rest = append(rest, strings.Join(strings.Fields(line)[words:], " "))
	}
	return rest
}
