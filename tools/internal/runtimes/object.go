package runtimes

import (
	"fmt"
	"strings"
)

// ObjectC defines what Object.Handler hands over. It goes after TextC.
const ObjectC = `
struct object {
	u64 size;
	const char *type;
	u32 type_size;
};
`

// Handler is the C function of the probe, which calls another one:
//
//	int then(struct pt_regs *, u32 kind, struct object *)
func (o Object) Handler(function, then string, kind int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nint %s(struct pt_regs *ctx)\n{\n\tstruct object o = {};\n\n", function)
	o.Type.read(&b, "o.type", "o.type_size")
	readArgument(&b, o.Size, "o.size")
	fmt.Fprintf(&b, "\treturn %s(ctx, %d, &o);\n}\n", then, kind)
	return b.String()
}
