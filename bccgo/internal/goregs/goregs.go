// Package goregs writes the C text by which BPF programs read the arguments and
// results of Go functions.
//
// Go passes them by rules of its own (ABIInternal, src/cmd/compile/abi-internal.md
// of Go's source): integers and pointers in a row of registers, the same one for
// arguments and for results, and the goroutine in another one.
package goregs

import (
	"debug/elf"
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/source"
)

// convention is where Go keeps things on a machine, as members of struct pt_regs.
type convention struct {
	integers  []string
	goroutine string
}

var conventions = map[elf.Machine]convention{
	elf.EM_X86_64:  {[]string{"ax", "bx", "cx", "di", "si", "r8", "r9", "r10", "r11"}, "r14"},
	elf.EM_AARCH64: {arm64Integers(), "regs[28]"},
}

func arm64Integers() []string {
	var list []string
	for i := range 16 {
		list = append(list, fmt.Sprintf("regs[%d]", i))
	}
	return list
}

// stackArguments is how far above the stack pointer the first argument is that is
// passed on the stack, at a function's entry and where it returns: behind the
// return address, or, on arm64, behind the word it is saved in.
const stackArguments = 8

// prefixes begin all names that the text defines.
var prefixes = []string{"PT_GO_", "bpf_go_"}

// Used reports whether a C text uses one of the names.
func Used(text string) bool {
	if !mentions(text) {
		return false
	}
	for _, t := range source.Tokenize(text) {
		if (t.Kind == source.Ident || t.Kind == source.Directive) && mentions(t.Text) {
			return true
		}
	}
	return false
}

func mentions(text string) bool {
	for _, p := range prefixes {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}

// Text is the C text for a machine: macros for registers, and functions that read
// memory by a helper. It is "" for a machine whose conventions are not known.
func Text(m elf.Machine, reader string) string {
	c, known := conventions[m]
	if !known {
		return ""
	}
	var b strings.Builder
	b.WriteString("#include <uapi/linux/ptrace.h>\n")
	for i, register := range c.integers {
		fmt.Fprintf(&b, "#define PT_GO_PARM%d(ctx) ((ctx)->%s)\n", i+1, register)
		fmt.Fprintf(&b, "#define PT_GO_RC%d(ctx) ((ctx)->%s)\n", i+1, register)
	}
	fmt.Fprintf(&b, "#define PT_GO_G(ctx) ((ctx)->%s)\n", c.goroutine)
	fmt.Fprintf(&b, "#define PT_GO_STACK(ctx) ((ctx)->sp + %d)\n", stackArguments)
	b.WriteString(strings.ReplaceAll(functions, "READ", reader))
	return b.String()
}

// functions copy a string, and read the goroutine's number. The empty assembler
// statement keeps the compiler from comparing another copy of the length than the
// one it passes, which the verifier could not follow.
const functions = `static __always_inline __attribute__((unused)) int bpf_go_read_string(char *dest, u32 size, u64 text, u64 len)
{
	if (size == 0)
		return -22;
	asm volatile("" : "+r"(len));
	if (len > size - 1)
		len = size - 1;
	if (READ(dest, len, (void *)text))
		return -14;
	return len;
}
static __always_inline __attribute__((unused)) u64 bpf_go_goid(struct pt_regs *ctx, u64 offset)
{
	u64 id = 0;

	READ(&id, sizeof(id), (void *)(PT_GO_G(ctx) + offset));
	return id;
}
`
