// Package inet is what the tools about TCP and sockets share: the ends of
// connections in the kernel and in Go, flags for versions of IP and for ports,
// and lines of columns.
package inet
