package bccgo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// foreignHeaders makes compiles use the headers of any installed kernel. Texts
// that touch no kernel struct compile to the same with all of them, and the
// running kernel may have none.
func foreignHeaders(t testing.TB) {
	t.Helper()
	for _, name := range []string{"BCCGO_HEADERS", "BCC_KERNEL_SOURCE"} {
		if os.Getenv(name) != "" {
			return
		}
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
