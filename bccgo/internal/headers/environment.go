package headers

import (
	"path/filepath"

	"github.com/bccgo/bcc/bccgo/internal/secure"
)

// modulesSuffix names what stands in for build in /lib/modules/RELEASE.
const modulesSuffix = "BCC_KERNEL_MODULES_SUFFIX"

// FromEnvironment returns the headers for a release that the environment names,
// and the variable that does; "" if none does.
func FromEnvironment(release string) (origin, path string) {
	for _, name := range []string{"BCCGO_HEADERS", "BCC_KERNEL_SOURCE"} {
		if value := secure.Getenv(name); value != "" {
			return name, value
		}
	}
	if suffix := secure.Getenv(modulesSuffix); suffix != "" {
		return modulesSuffix, filepath.Join(modulesDir, release, suffix)
	}
	return "", ""
}
