// Package btftree makes a tree of kernel headers out of a kernel's BTF, for one
// C text. libbcc compiles with it as with installed headers, several times
// faster, and it fits the kernel exactly since the kernel describes itself.
//
// BTF has the types: structs, unions, enums and typedefs with exact layouts. It
// lacks macros and inline functions; those that BPF programs use stand in the
// folder shim, written by hand. All of it goes into one file,
// include/linux/kconfig.h, which libbcc reads before anything else; every header
// that the text includes is an empty file.
//
// The compiler parses the file three times, so its size is time. It holds what
// the text mentions and what that needs: a struct is written out if the text
// names it, if another one contains it, or if a pointer to it stands in a member
// whose name occurs in the text. Everything else stays a name. What a text
// makes of pieces by ## is thus missed; the compiler's messages then tell the
// names, which can be given to a second try (Request.More).
//
// The rules for layouts: the natural layout where it reproduces the offsets,
// explicit padding where the kernel aligned by hand, packed otherwise. A name
// that the text defines itself is the text's, and the kernel's is renamed.
package btftree
