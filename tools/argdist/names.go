package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/probeexpr"
	"github.com/bccgo/bcc/tools/internal/probespec"
)

// body is what one of a probe's C functions is made of: expressions whose names
// were replaced, and what they use.
type body struct {
	program probespec.Program
	values  []*probeexpr.C
	filter  *probeexpr.C
	// args are the numbers of arguments that have to be read: of a static probe or a
	// system call. comm tells of $COMM.
	args []int
	comm bool
}

// names replaces the names in a body's expressions.
type names struct {
	*probe
	*body
	compared *probeexpr.Comparisons
	fields   []bccgo.TracepointField
}

// makeBody replaces the names for a C function.
func (p *probe) makeBody(program probespec.Program, compared *probeexpr.Comparisons) (*body, error) {
	n := names{probe: p, body: &body{program: program}, compared: compared}
	var err error
	if p.Kind == probespec.Tracepoint {
		if n.fields, err = bccgo.TracepointFields(program.Of); err != nil {
			return nil, err
		}
	}
	for _, v := range p.values {
		c, err := v.expr.Rewrite(n.replace)
		if err != nil {
			return nil, err
		}
		n.body.values = append(n.body.values, c)
	}
	if p.filter != nil {
		n.body.filter, err = p.filter.Rewrite(n.replace)
	}
	return n.body, err
}

func (n *names) replace(r probeexpr.Ref) (string, error) {
	switch r.Name {
	case "STRCMP":
		return n.compared.Rewrite(r, r.IsCall && n.inUser(r.Args[len(r.Args)-1]), n.replace)
	case "$PID":
		return "(u32)(bpf_get_current_pid_tgid() >> 32)", nil
	case "$COMM":
		n.comm = true
		return "__comm", nil
	case "$retval", "$latency", "$entry":
		return n.atReturn(r)
	}
	switch {
	case r.Name[0] == '$':
		return "", r.Faultf("there is no %s: want $retval, $entry(PARAMETER), $latency, $PID or $COMM", r.Name)
	case n.Signature.Index(r.Name) >= 0:
		if n.Kind == probespec.Return {
			return "", r.Faultf("%s is known when the function begins: want $entry(%s)", r.Name, r.Name)
		}
	case n.Kind == probespec.Tracepoint:
		return n.field(r), nil
	case argument(r.Name) > 0:
		return n.argument(r, argument(r.Name))
	}
	return r.Name, nil
}

// atReturn is the C for what only returns have.
func (n *names) atReturn(r probeexpr.Ref) (string, error) {
	if n.Kind != probespec.Return {
		return "", r.Faultf("%s is for returns: begin the specifier with r", r.Name)
	}
	switch r.Name {
	case "$retval":
		return "((long)PT_REGS_RC(ctx))", nil
	case "$latency":
		n.timed = true
		return "__latency", nil
	}
	name, err := r.Arg()
	if err != nil {
		return "", err
	}
	i := n.Signature.Index(name.String())
	if i < 0 {
		return "", name.Faultf("the function has no parameter called %s in the specifier", name)
	}
	if !slices.Contains(n.saved, i) {
		n.saved = append(n.saved, i)
	}
	return "__entry_" + name.String(), nil
}

// argument is the number in arg1, arg2 and so on, 0 for other names.
func argument(name string) int {
	digits, ok := strings.CutPrefix(name, "arg")
	n, err := strconv.ParseUint(digits, 10, 8)
	if !ok || err != nil || digits[0] < '1' || digits[0] > '9' {
		return 0
	}
	return int(n)
}

// argument is the C for an argument by its number: the register of a function's, or
// a variable into which it is read.
func (n *names) argument(r probeexpr.Ref, number int) (string, error) {
	const registers = 6
	switch {
	case n.Kind == probespec.Return:
		return "", r.Faultf("%s is known when the function begins: want a parameter, and $entry(PARAMETER)", r.Name)
	case n.Kind == probespec.Entry && number > registers:
		return "", r.Faultf("only the first %d arguments are in registers", registers)
	case n.Kind == probespec.Entry && !n.places.IsSyscall():
		return fmt.Sprintf("PT_REGS_PARM%d(ctx)", number), nil
	case n.Kind == probespec.Entry:
	case number > len(n.program.Args):
		return "", r.Faultf("%s has %d arguments", n.program.Of, len(n.program.Args))
	case n.program.Args[number-1] == "":
		return "", r.Faultf("this argument of %s cannot be read", n.program.Of)
	}
	if !slices.Contains(n.args, number) {
		n.args = append(n.args, number)
	}
	return r.Name, nil
}

// field is the C for a name in the expressions of a tracepoint, which may be a
// field's.
func (n *names) field(r probeexpr.Ref) string {
	for _, f := range n.fields {
		switch {
		case f.Name != r.Name:
		case f.DataLoc:
			return fmt.Sprintf("((char *)args + (args->data_loc_%s & 0xffff))", f.Name)
		default:
			return "args->" + f.Name
		}
	}
	return r.Name
}

// inUser tells whether an expression points into the memory of a process.
func (n *names) inUser(expr probeexpr.Text) bool {
	user := !n.places.InKernel() || n.places.IsSyscall() || strings.HasPrefix(n.program.Of, "syscalls:sys_enter_")
	// An expression that cannot be read is found out when it is rewritten.
	_, _ = expr.Rewrite(func(r probeexpr.Ref) (string, error) {
		name := r.Name
		if name == "$entry" && len(r.Args) == 1 {
			name = r.Args[0].String()
		}
		user = user || r.User
		if i := n.Signature.Index(name); i >= 0 && slices.Contains(strings.Fields(n.Signature.Params[i].Text), "__user") {
			user = true
		}
		if name == "$COMM" {
			user = false
		}
		return r.String(), nil
	})
	return user
}
