package runtimes

import (
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// TextC defines read_text(), which reads a text of a process into an array of the
// given room and returns flags for ShowText. A text of size 0 ends by itself.
const TextC = `
#include <uapi/linux/ptrace.h>

enum { TEXT_CUT = 1, TEXT_UNREADABLE = 2 };

static inline u32 read_text(char *to, u32 room, const char *from, u32 size)
{
	char next = 0;
	int got;

	if (!from)
		return 0;
	if (size) {
		u64 n = size;

		asm volatile("" : "+r"(n));	/* so that what is bounded is what is used */
		if (n > room - 1)
			n = room - 1;
		if (bpf_probe_read_user(to, n, from))
			return TEXT_UNREADABLE;
		return size > room - 1 ? TEXT_CUT : 0;
	}
	got = bpf_probe_read_user_str(to, room, from);
	if (got < 0)
		return TEXT_UNREADABLE;
	if (got == room)
		bpf_probe_read_user(&next, sizeof(next), from + room - 1);
	return next ? TEXT_CUT : 0;
}
`

// ShowText shows what the C function read_text has read, with the flags that it
// returned.
func ShowText(b []byte, flags uint32) string {
	text := toolkit.Printable(bccgo.CString(b))
	if flags&2 != 0 {
		return "<unreadable>"
	}
	if flags&1 != 0 {
		text += "..."
	}
	return text
}

// read writes the C statements that put a text's place and size into variables.
func (t Text) read(b *strings.Builder, place, size string) {
	readArgument(b, t.Arg, place)
	readArgument(b, t.Size, size)
}

// readArgument writes the C statement that reads an argument, if there is one.
func readArgument(b *strings.Builder, arg int, variable string) {
	if arg != 0 {
		fmt.Fprintf(b, "\tbpf_usdt_readarg(%d, ctx, &%s);\n", arg, variable)
	}
}
