package runtimes

import (
	"fmt"
	"strings"
)

// ThreadC defines what Thread.Handler hands over. It goes after TextC.
const ThreadC = `
struct thread {
	u64 id, native;
	const char *name;
	u32 name_size;
};
`

// Handler is the C function of the probe, which calls another one:
//
//	int then(struct pt_regs *, u32 kind, struct thread *)
func (t Thread) Handler(function, then, kind string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nint %s(struct pt_regs *ctx)\n{\n\tstruct thread t = {};\n\n", function)
	t.Name.read(&b, "t.name", "t.name_size")
	readArgument(&b, t.ID, "t.id")
	readArgument(&b, t.Native, "t.native")
	fmt.Fprintf(&b, "\treturn %s(ctx, %s, &t);\n}\n", then, kind)
	return b.String()
}
