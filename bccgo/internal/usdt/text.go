package usdt

import (
	"fmt"
	"strings"
)

// preamble is what the readers share. A reader stores into whatever integer it is
// given, whose size need not be the argument's.
const preamble = `#include <uapi/linux/ptrace.h>
static __always_inline __attribute__((unused)) int _bccgo_usdt_put(void *dest, size_t len, u64 value, int err)
{
	u32 word = value;
	u16 half = value;
	u8 byte = value;

	switch (len) {
	case 8:
		__builtin_memcpy(dest, &value, 8);
		return err;
	case 4:
		__builtin_memcpy(dest, &word, 4);
		return err;
	case 2:
		__builtin_memcpy(dest, &half, 2);
		return err;
	case 1:
		__builtin_memcpy(dest, &byte, 1);
		return err;
	}
	return -22;
}
`

// cookieCall calls bpf_get_attach_cookie by its number: headers of old kernels
// lack the name.
const cookieCall = "((u64 (*)(void *))174)(ctx)"

// Text returns the C text with the readers of several BPF functions, by their
// names; order lists these. libbcc makes each bpf_usdt_readarg(N, ctx, &x) in
// function F a call of _bpf_readarg_F_N(ctx, &x, sizeof(x)). No readers, no text.
//
// Where a function has several forms, the number of the one in force is what
// bpf_get_attach_cookie returns.
func Text(order []string, functions map[string]*Forms) string {
	var b strings.Builder
	for _, name := range order {
		functions[name].write(&b, name)
	}
	if b.Len() == 0 {
		return ""
	}
	return preamble + b.String()
}

func (f *Forms) write(b *strings.Builder, function string) {
	for n := 1; n <= f.arguments(); n++ {
		if f.Readable(n) {
			f.writeReader(b, function, n)
		}
	}
}

// writeReader writes the function that reads one argument. An argument that a
// location does not have, or that cannot be read there, is 0 and an error.
func (f *Forms) writeReader(b *strings.Builder, function string, argument int) {
	fmt.Fprintf(b, "static __always_inline __attribute__((unused)) int _bpf_readarg_%s_%d(struct pt_regs *ctx, void *dest, size_t len)\n",
		function, argument)
	b.WriteString("{\n\tu64 value = 0;\n\tint err = 0;\n\n")
	places := f.places(argument)
	if len(places) == 1 && len(places[0].forms) == len(f.list) {
		writeBlock(b, "\t", places[0].statements, "")
	} else {
		b.WriteString("\tswitch (" + cookieCall + ") {\n")
		for _, p := range places {
			for _, n := range p.forms {
				fmt.Fprintf(b, "\tcase %d:\n", n)
			}
			writeBlock(b, "\t\t", p.statements, "break;")
		}
		b.WriteString("\tdefault:\n\t\terr = -2;\n\t}\n")
	}
	b.WriteString("\tif (err)\n\t\tvalue = 0;\n\treturn _bccgo_usdt_put(dest, len, value, err);\n}\n")
}

// place is one way to read an argument, with the forms that have it there.
type place struct {
	statements string
	forms      []int
}

// places lists the ways to read an argument in the order of the forms.
func (f *Forms) places(argument int) []place {
	var list []place
	index := make(map[string]int)
	for n, one := range f.list {
		statements := one.statements(argument)
		if statements == "" {
			continue
		}
		i, known := index[statements]
		if !known {
			i = len(list)
			index[statements] = i
			list = append(list, place{statements: statements})
		}
		list[i].forms = append(list[i].forms, n)
	}
	return list
}

// writeBlock writes statements in braces. Behind them, an empty assembler
// statement keeps the compiler from joining this way to read with others.
func writeBlock(b *strings.Builder, indent, statements, last string) {
	b.WriteString(indent + "{\n")
	for line := range strings.SplitSeq(statements, "\n") {
		if line != "" {
			line = indent + "\t" + line
		}
		b.WriteString(line + "\n")
	}
	b.WriteString(indent + "\tasm volatile(\"\" : \"+r\"(value));\n" + indent + "}\n")
	if last != "" {
		b.WriteString(indent + last + "\n")
	}
}
