package runtimes

import (
	"fmt"
	"strings"
)

// CollectionC defines what Collection.Handlers hands over. It goes after TextC.
const CollectionC = `
struct numbers {
	s64 first, second;
};

struct texts {
	const char *first, *second;
	u32 first_size, second_size;
};
`

// Handlers are the C functions of both probes, on_begin_I and on_end_I. These
// call, with which collection it is, 0 or the thread, and what tells its parts
// apart:
//
//	int begin(u32 kind, u64 thread, u64 part, struct numbers *)
//	int end(struct pt_regs *, u32 kind, u64 thread, u64 part, struct numbers *, struct texts *)
func (c Collection) Handlers(i int) string {
	thread := "bpf_get_current_pid_tgid()"
	if c.Anywhere {
		thread = "0"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nint on_begin_%d(struct pt_regs *ctx)\n{\n\tstruct numbers n = {};\n\tu64 part = 0;\n\n", i)
	readArgument(&b, c.Of, "part")
	readNumbers(&b, c.BeginNumbers)
	fmt.Fprintf(&b, "\treturn begin(%d, %s, part, &n);\n}\n", i, thread)
	fmt.Fprintf(&b, "\nint on_end_%d(struct pt_regs *ctx)\n{\n\tstruct numbers n = {};\n\tstruct texts t = {};\n\tu64 part = 0;\n\n", i)
	readArgument(&b, c.Of, "part")
	readNumbers(&b, c.EndNumbers)
	for i, text := range c.Texts {
		text.read(&b, []string{"t.first", "t.second"}[i], []string{"t.first_size", "t.second_size"}[i])
	}
	fmt.Fprintf(&b, "\treturn end(ctx, %d, %s, part, &n, &t);\n}\n", i, thread)
	return b.String()
}

func readNumbers(b *strings.Builder, args []int) {
	for i, arg := range args {
		readArgument(b, arg, []string{"n.first", "n.second"}[i])
	}
}
