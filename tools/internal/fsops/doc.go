// Package fsops is what the tools about files and file systems share: which
// functions of a file system do its operations, how these are timed, and the
// tools that differ only in the file system.
package fsops
