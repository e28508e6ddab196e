// Package probespec reads the texts by which tools are told what to trace, finds
// the places that such a text means, and attaches programs to them so that each
// place can be told from the others.
//
// A text is one of
//
//	FUNCTION or p::FUNCTION            a kernel function
//	LIBRARY:FUNCTION or p:LIBRARY:…    a function of a library or program
//	r::FUNCTION, r:LIBRARY:FUNCTION    the return of either
//	t:CATEGORY:EVENT                   a tracepoint of the kernel
//	u:LIBRARY:[PROVIDER:]PROBE         a static probe (USDT)
//
// LIBRARY is a name ("c", "ssl"), that of a program ("bash"), or a path. In
// FUNCTION, CATEGORY, EVENT, PROVIDER and PROBE a * stands for any characters;
// Syntax.Regexp makes them regular expressions. A function without * may be
// followed by an offset in bytes: +0x1f. A number such as 0x1f40 in its place is an
// address. The empty kind is p, as in ::vfs_read.
//
// Syntax.ParseHead reads such a text at the beginning of a longer one, with a
// signature in C: p:c:open(char *path, int flags). A Set has the places of several
// texts, for one program.
package probespec
