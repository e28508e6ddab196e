package host

import "os"

// explicitHeaders returns the first of the variables that name a header tree,
// as a compile reads them, and what it is set to.
func explicitHeaders() (origin, path string) {
	for _, name := range []string{"BCCGO_HEADERS", "BCC_KERNEL_SOURCE"} {
		if value := os.Getenv(name); value != "" {
			return name, value
		}
	}
	return "", ""
}
