// Package usym resolves addresses of processes, and of ELF files, to the names
// of functions.
//
// A process's address is in one of its mappings. That of a file leads through
// the file's program headers to an address as symbol tables have it, so that
// position-independent, fixed and prelinked programs are all the same. Tables
// are read when first needed, shared by all processes that map the same file,
// and dropped, least recently used first, when they take too much memory.
//
// Files of other mount namespaces are reached through /proc/PID; no namespace
// is entered, no path of a process can lead out of its root, and what a process
// offers (its ELF files, its perf map) is read as hostile input.
package usym
