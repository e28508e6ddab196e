package tooltest

import (
	"os"
	"strings"
	"testing"
)

// OtherHeaders finds headers of another kernel than the running one, for BCCGO_HEADERS,
// and skips the test where there are none.
func OtherHeaders(t *testing.T) string {
	t.Helper()
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir("/lib/modules")
	if err != nil {
		t.Skipf("no headers of another kernel: %v", err)
	}
	for _, e := range entries {
		dir := "/lib/modules/" + e.Name()
		if _, err := os.Stat(dir + "/build"); err == nil && e.Name() != strings.TrimSpace(string(release)) {
			return dir
		}
	}
	t.Skip("no headers of another kernel")
	return ""
}
