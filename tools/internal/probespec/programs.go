package probespec

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo"
)

// Program is a C function that runs at places.
type Program struct {
	// Function is its name, and Context the declaration of its first parameter,
	// such as struct pt_regs *ctx.
	Function, Context string
	// Prologue is what the function must begin with, an indented line or nothing.
	// After it, a tracepoint's record is args.
	Prologue string
	// Place is a C expression for the number of the place that it was run at, a
	// u64, in a function that has the context.
	Place string
	// Of is the place, empty if there are several.
	Of string
	// Args are the C types of a static probe's arguments, which
	// bpf_usdt_readarg(N, ctx, &variable) reads, the first as number 1. An empty
	// one cannot be read.
	Args []string
}

// Programs are the functions that Attach attaches, for tools that write them: each
// must be defined as int FUNCTION(CONTEXT), for functions with the parameters
// after the context if wanted.
func (p *Places) Programs() []Program { return p.named("enter") }

// EntryPrograms are those that AttachEntries attaches.
func (p *Places) EntryPrograms() []Program { return p.named("begin") }

// ReturnPrograms are those that AttachReturns attaches, which run when places that
// are functions return, in the order of Programs. The index of that of a function
// of user space is in the places' numbers, above the lowest 12 bits.
func (p *Places) ReturnPrograms() []Program { return p.named("leave") }

func (p *Places) named(prefix string) []Program {
	var list []Program
	for i, program := range p.programs {
		one := Program{Function: p.function(prefix, i), Context: "struct pt_regs *ctx", Place: program.number, Of: program.of, Args: program.args}
		if p.spec.Kind == Tracepoint {
			one.Context, one.Prologue = p.record(program.of)
		}
		list = append(list, one)
	}
	return list
}

// record declares the record of a tracepoint. The compiler's front end makes its
// type where a function has it as a parameter, of which there must be one only.
func (p *Places) record(tracepoint string) (context, prologue string) {
	record := "struct tracepoint__" + strings.Replace(tracepoint, ":", "__", 1)
	if p.declares[tracepoint] {
		return record + " *args", ""
	}
	return "void *ctx", "\t" + record + " *args = ctx;\n"
}

// IsSyscall tells that the places are kernel functions that system calls enter, and
// have the arguments in registers of the process that are not their own.
func (p *Places) IsSyscall() bool {
	if p.spec.Library != "" || p.spec.Offset != 0 || p.spec.Kind != Entry && p.spec.Kind != Return {
		return false
	}
	prefix, err := bccgo.GetSyscallPrefix()
	if err != nil || prefix == "sys_" {
		return false
	}
	name, err := bccgo.FixSyscallFnName(p.spec.kernelName())
	return err == nil && strings.HasPrefix(name, prefix)
}

// function is the C name of a program. The compiler's front end knows by it that
// the arguments of a system call are not in the registers.
func (p *Places) function(prefix string, program int) string {
	if p.IsSyscall() && (prefix == "begin" || prefix == "enter" && p.spec.Kind == Entry) {
		prefix = "syscall__" + prefix
	}
	if p.label != "" {
		prefix += "_" + p.label
	}
	return fmt.Sprintf("%s_%d", prefix, program)
}

// Functions returns the C functions of Programs: each calls enter(ctx, place) with
// the number of the place that it was run at, a u64. They go behind a text that has
//
//	static inline int enter(void *ctx, u64 place)
//
// or, for functions, with a struct pt_regs *ctx.
func (p *Places) Functions() string {
	context := "struct pt_regs"
	if p.spec.Kind == Tracepoint {
		context = "void"
	}
	var b strings.Builder
	for _, program := range p.Programs() {
		fmt.Fprintf(&b, "\nint %s(%s *ctx)\n{\n\treturn enter(ctx, %s);\n}\n", program.Function, context, program.Place)
	}
	return b.String()
}

// Options are those to load the text with.
func (p *Places) Options() *bccgo.Options {
	o := &bccgo.Options{NoAutoAttach: true}
	if p.usdt != nil {
		o.USDT = []*bccgo.USDT{p.usdt}
	}
	return o
}

// Name is that of a place by the number that its program told.
func (p *Places) Name(place uint64) string {
	if p.kernel {
		return p.kernelName(place)
	}
	return cmp.Or(p.names[place], fmt.Sprintf("[place %#x]", place))
}
