package runtimes

import (
	"fmt"
	"strings"
)

// MethodC defines struct method, the names of a method, and read_method(), which
// reads them from where a probe says that they are. It goes before a tool's own
// text and after TextC; MethodName is the struct in Go.
const MethodC = `
struct names {
	const char *class, *name;
	u32 class_size, name_size;
};

struct method {
	u32 flags;	/* of class, and above 2 bits of name */
	char class[160];
	char name[92];
};

static inline void read_method(struct method *m, struct names *n)
{
	m->flags = read_text(m->class, sizeof(m->class), n->class, n->class_size);
	m->flags |= read_text(m->name, sizeof(m->name), n->name, n->name_size) << 2;
}
`

// MethodName is the C struct method.
type MethodName struct {
	Flags uint32
	Class [160]byte
	Name  [92]byte
}

// ClassText and NameText are the names for people: "..." stands at the end of one
// that is cut.
func (m *MethodName) ClassText() string { return ShowText(m.Class[:], m.Flags) }

// NameText is like ClassText.
func (m *MethodName) NameText() string { return ShowText(m.Name[:], m.Flags>>2) }

// String is the class and the name, or the name of what has no class.
func (m *MethodName) String() string {
	if class := m.ClassText(); class != "" {
		return class + "." + m.NameText()
	}
	return m.NameText()
}

// Handler is the C function of a probe of the method, which hands the names to
// another one: int then(struct pt_regs *, struct names *).
func (m Method) Handler(function, then string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nint %s(struct pt_regs *ctx)\n{\n\tstruct names n = {};\n\n", function)
	m.Class.read(&b, "n.class", "n.class_size")
	m.Name.read(&b, "n.name", "n.name_size")
	fmt.Fprintf(&b, "\treturn %s(ctx, &n);\n}\n", then)
	return b.String()
}
