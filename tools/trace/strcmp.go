package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/tools/internal/probeexpr"
)

// comparisons are the functions behind STRCMP.
type comparisons struct {
	probeexpr.Comparisons
	// binary has the text of STRCMP read as bytes: "{0x6c, 0, 0, 0}".
	binary bool
	c      strings.Builder
	number int
}

// compare is the C for a use of STRCMP.
func (n *names) compare(r probeexpr.Ref) (string, error) {
	if len(r.Args) != 2 {
		return "", r.Faultf(`want STRCMP("text", pointer)`)
	}
	pointer, user, err := n.rewrite(r.Args[1])
	if err != nil {
		return "", err
	}
	if !n.comparisons.binary {
		return n.comparisons.Rewrite(r, user, n.replace)
	}
	want, err := bytesOf(r.Args[0])
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s((const void *)(%s))", n.comparisons.bytes(want, user), pointer), nil
}

// maxBytes is how many bytes can be compared with, which lie on the program's
// stack.
const maxBytes = 128

// bytesOf reads a literal with numbers in braces, as C initializes an array. Any
// other text stands for its own bytes.
func bytesOf(t probeexpr.Text) ([]byte, error) {
	text, err := t.Literal()
	if err != nil {
		return nil, err
	}
	want := []byte(text)
	if list, ok := strings.CutPrefix(strings.TrimSpace(text), "{"); ok {
		list, ok = strings.CutSuffix(list, "}")
		if want, err = parseBytes(list); err != nil || !ok {
			return nil, t.Faultf(`want bytes in braces, such as "{0x6c, 0x00, 0x00, 0x00}"`)
		}
	}
	if len(want) == 0 || len(want) > maxBytes {
		return nil, t.Faultf("these are %d bytes: memory can be compared with 1 to %d", len(want), maxBytes)
	}
	return want, nil
}

func parseBytes(list string) ([]byte, error) {
	var all []byte
	for _, item := range strings.Split(strings.TrimRight(list, " ,"), ",") {
		n, err := strconv.ParseUint(strings.TrimSpace(item), 0, 8)
		if err != nil {
			return nil, err
		}
		all = append(all, byte(n))
	}
	return all, nil
}

// bytes is the name of a function that compares memory with bytes.
func (c *comparisons) bytes(want []byte, user bool) string {
	name, space := fmt.Sprintf("is_bytes_%d", c.number), "kernel"
	if user {
		space = "user"
	}
	c.number++
	fmt.Fprintf(&c.c, "\nstatic inline int %s(const void *at)\n{\n\tunsigned char have[%d] = {};\n\n"+
		"\tif (bpf_probe_read_%s(have, sizeof(have), at))\n\t\treturn 0;\n\treturn !(0", name, len(want), space)
	for i, b := range want {
		fmt.Fprintf(&c.c, " | have[%d] ^ %#x", i, b)
	}
	c.c.WriteString(");\n}\n")
	return name
}

// Functions are the C functions, which go before those that use them.
func (c *comparisons) Functions() string { return c.Comparisons.Functions() + c.c.String() }
