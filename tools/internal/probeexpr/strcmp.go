package probeexpr

import (
	"errors"
	"fmt"
	"strings"
)

// maxCompared is how long a text may be that strings are compared with: it is read
// onto a program's stack of 512 bytes.
const maxCompared = 127

// Comparisons makes the C functions that stand behind STRCMP("text", pointer),
// which is true if the string at the pointer is that text.
type Comparisons struct {
	texts map[comparison]string
	c     strings.Builder
}

type comparison struct {
	text string
	user bool
}

// Rewrite returns the C for a use of STRCMP. The names in the pointer are replaced
// by replace, as those of other expressions. user tells that the string is in the
// memory of the process, not in the kernel's.
func (c *Comparisons) Rewrite(ref Ref, user bool, replace func(Ref) (string, error)) (string, error) {
	if !ref.IsCall || len(ref.Args) != 2 {
		return "", ref.Fault(errors.New(`want STRCMP("text", pointer)`))
	}
	want, err := ref.Args[0].Literal()
	if err != nil {
		return "", err
	}
	if len(want) > maxCompared {
		return "", ref.Args[0].Faultf("this has %d bytes: strings can be compared with at most %d", len(want), maxCompared)
	}
	pointer, err := ref.Args[1].Rewrite(replace)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s((const void *)(%s))", c.function(comparison{want, user}), pointer), nil
}

// function is the name of the function for a comparison.
func (c *Comparisons) function(one comparison) string {
	if f := c.texts[one]; f != "" {
		return f
	}
	if c.texts == nil {
		c.texts = make(map[comparison]string)
	}
	f := fmt.Sprintf("is_text_%d", len(c.texts))
	c.texts[one] = f
	space := "kernel"
	if one.user {
		space = "user"
	}
	// One byte more than the text is read, which must be the NUL. All bytes are
	// compared on one path: the verifier follows each way through the program.
	want, _, _ := strings.Cut(one.text, "\x00")
	fmt.Fprintf(&c.c, "\nstatic inline int %s(const void *s)\n{\n\tchar have[%d] = {};\n\n"+
		"\tif (bpf_probe_read_%s_str(have, sizeof(have), s) < 0)\n\t\treturn 0;\n\treturn !(", f, len(want)+2, space)
	for i := range len(want) {
		fmt.Fprintf(&c.c, "have[%d] ^ %s | ", i, charLiteral(want[i]))
	}
	fmt.Fprintf(&c.c, "have[%d]);\n}\n", len(want))
	return f
}

// charLiteral is a byte as the C compiler reads it, whose char is signed or not.
func charLiteral(c byte) string {
	if c < ' ' || c > '~' || c == '\\' || c == '\'' {
		return fmt.Sprintf("(char)%d", c)
	}
	return "'" + string(c) + "'"
}

// Functions are those C functions. They go before the functions that use them.
func (c *Comparisons) Functions() string { return c.c.String() }
