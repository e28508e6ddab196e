package btftree_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/headers/btftree"
)

// TestValues has the compiler compare the constants of the shim headers, value
// and type, with those of installed headers.
func TestValues(t *testing.T) {
	compiling(t)
	k := goldenTarget(t)
	var text strings.Builder
	text.WriteString(readText(t, "testdata/values.h"))
	constants := btftree.ShimConstants()
	for _, c := range constants {
		fmt.Fprintf(&text, "#define bccgo_%s %s\n", c.Name, c.Value)
	}
	for _, c := range constants {
		fmt.Fprintf(&text, `#ifdef %[1]s
_Static_assert(bccgo_%[1]s == (%[1]s), "value of %[1]s");
_Static_assert(__builtin_types_compatible_p(typeof(bccgo_%[1]s), typeof(%[1]s)), "type of %[1]s");
#endif
`, c.Name)
	}
	text.WriteString("int nothing(void *ctx) { return 0; }\n")
	if len(constants) < 5000 {
		t.Errorf("%d constants are too few", len(constants))
	}
	if _, err := k.compile(t, text.String(), []string{"-Wno-everything", "-ferror-limit=0"}, true); err != nil {
		t.Errorf("%v", err)
	}
}
