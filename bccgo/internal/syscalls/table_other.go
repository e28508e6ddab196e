//go:build !amd64 && !arm64

package syscalls

// names are not known for this architecture.
var names [0]string
