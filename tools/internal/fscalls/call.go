package fscalls

import (
	"fmt"
	"strings"
)

// Call is a system call.
type Call struct {
	// Name is that of its tracepoint behind sys_enter_, which is also the one of
	// its function in the kernel: "newstat".
	Name string
	// Args are its arguments, by their names in the tracepoint's format; at most
	// five.
	Args []string
	// Texts are the indexes of those that point to texts.
	Texts []int
}

// functions is C for the call: of its tracepoints, between #ifdef TRACE_NAME and
// #endif, and the same for kprobes between #ifdef PROBE_NAME and #endif. Number is
// what events have for it.
func (c *Call) functions(number int, entryOnly bool) string {
	upper := strings.ToUpper(c.Name)
	end := "enter(&given)"
	if entryOnly {
		end = fmt.Sprintf("report_%s(%%s, &given)", c.Name)
	}
	var b strings.Builder
	b.WriteString(c.report(number, entryOnly))
	fmt.Fprintf(&b, "\n#ifdef TRACE_%s\nTRACEPOINT_PROBE(syscalls, sys_enter_%s)\n{\n%s\n\treturn %s;\n}\n",
		upper, c.Name, c.given("args->"), at(end, "args"))
	if !entryOnly {
		fmt.Fprintf(&b, "\nTRACEPOINT_PROBE(syscalls, sys_exit_%s)\n{\n\treturn report_%[1]s(args, args->ret);\n}\n", c.Name)
	}
	fmt.Fprintf(&b, "#endif\n\n#ifdef PROBE_%s\nint syscall__%s(struct pt_regs *ctx%s)\n{\n%s\n\treturn %s;\n}\n",
		upper, c.Name, c.params(), c.given(""), at(end, "ctx"))
	if !entryOnly {
		fmt.Fprintf(&b, "\nint return_%s(struct pt_regs *ctx)\n{\n\treturn report_%[1]s(ctx, PT_REGS_RC(ctx));\n}\n", c.Name)
	}
	return b.String() + "#endif\n"
}

// at fills in what the probe calls its context.
func at(call, ctx string) string { return strings.Replace(call, "%s", ctx, 1) }

// report is the function that sends the call with its texts.
func (c *Call) report(number int, entryOnly bool) string {
	var sends strings.Builder
	for i, arg := range c.Texts {
		last := 0
		if i+1 == len(c.Texts) {
			last = 1
		}
		fmt.Fprintf(&sends, "\tsend_text(ctx, r, %d, %d);\n", arg, last)
	}
	if len(c.Texts) == 0 {
		sends.WriteString("\tsend_call(ctx, r);\n")
	}
	head := fmt.Sprintf("s64 ret)\n{\n\tstruct record *r = leave(%d, ret);\n\n\tif (!r)\n\t\treturn 0;\n", number)
	if entryOnly {
		head = fmt.Sprintf("struct given *given)\n{\n\tstruct record *r;\n\n\tif (!wanted())\n\t\treturn 0;\n"+
			"\tr = describe(%d, given, 0);\n\tif (!r)\n\t\treturn 0;\n", number)
	}
	return fmt.Sprintf("\nstatic inline int report_%s(void *ctx, %s%s\treturn 0;\n}\n", c.Name, head, sends.String())
}

// given is the declaration of what the call was given.
func (c *Call) given(from string) string {
	values := make([]string, len(c.Args))
	for i, name := range c.Args {
		values[i] = "(u64)" + from + name
	}
	return fmt.Sprintf("\tstruct given given = {{%s}};\n", strings.Join(values, ", "))
}

// params are the parameters of the call's function behind its first one. All are
// taken as they are in registers.
func (c *Call) params() string {
	var b strings.Builder
	for _, name := range c.Args {
		b.WriteString(", u64 " + name)
	}
	return b.String()
}
