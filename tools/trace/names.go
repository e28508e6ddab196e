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

// registers is how many arguments of a function are in registers.
const registers = 6

// keywords are the names that begin with $, in C.
var keywords = map[string]string{
	"$pid":  "(u32)bpf_get_current_pid_tgid()",
	"$tgid": "(u32)(bpf_get_current_pid_tgid() >> 32)",
	"$uid":  "(u32)bpf_get_current_uid_gid()",
	"$gid":  "(u32)(bpf_get_current_uid_gid() >> 32)",
	"$cpu":  "bpf_get_smp_processor_id()",
	"$task": "((struct task_struct *)bpf_get_current_task())",
}

// names replaces the names in the expressions of one program of a probe.
type names struct {
	*probe
	program     probespec.Program
	comparisons *comparisons
	// used are the arguments that were used, by their indexes.
	used []int
	// fields are those of the tracepoint's record, located the ones that were used
	// of those whose data is elsewhere in it.
	fields  []bccgo.TracepointField
	located []string
}

func newNames(p *probe, program probespec.Program, c *comparisons) (*names, error) {
	n := &names{probe: p, program: program, comparisons: c}
	if p.spec.Kind != probespec.Tracepoint {
		return n, nil
	}
	var err error
	n.fields, err = bccgo.TracepointFields(program.Of)
	return n, err
}

// user tells that pointers lead into the process's memory.
func (n *names) user() bool {
	return n.spec.Kind == probespec.Static || n.spec.Library != "" || n.places.IsSyscall() ||
		n.spec.Kind == probespec.Tracepoint && strings.HasPrefix(n.program.Of, "syscalls:")
}

// rewrite is the C for an expression; user tells that it is a pointer into the
// process's memory, if it is one: it is marked so, or comes from there and not from
// the kernel's task.
func (n *names) rewrite(t probeexpr.Text) (c *probeexpr.C, user bool, err error) {
	marked, task := false, false
	c, err = t.Rewrite(func(r probeexpr.Ref) (string, error) {
		marked = marked || r.User
		task = task || r.Name == "$task"
		return n.replace(r)
	})
	return c, marked || n.user() && !task, err
}

// replace is the C for a name.
func (n *names) replace(r probeexpr.Ref) (string, error) {
	if i := n.spec.Signature.Index(r.Name); i >= 0 {
		return n.argument(r, i)
	}
	if number, ok := strings.CutPrefix(r.Name, "arg"); ok {
		if i, err := strconv.Atoi(number); err == nil && i > 0 && number[0] != '0' {
			return n.argument(r, i-1)
		}
	}
	switch {
	case r.Name == "STRCMP":
		return n.compare(r)
	case r.Name == "retval" && n.spec.Kind == probespec.Return:
		return "PT_REGS_RC(ctx)", nil
	case r.Name == "retval":
		return "", r.Faultf("only returns have a value: the probe would have to begin with r:")
	case r.Name == "args" && n.spec.Kind == probespec.Tracepoint:
		return n.record(r)
	case r.Name[0] == '$':
		return keyword(r)
	}
	return strings.TrimSuffix(r.String(), "@user"), nil
}

func keyword(r probeexpr.Ref) (string, error) {
	if c := keywords[r.Name]; c != "" && !r.IsCall {
		return c, nil
	}
	return "", r.Faultf("want $pid, $tgid, $uid, $gid, $cpu or $task")
}

// argument is the C for an argument by its index.
func (n *names) argument(r probeexpr.Ref, i int) (string, error) {
	switch n.spec.Kind {
	case probespec.Return:
		return "", r.Faultf("arguments are not there any more when a function returns: it has retval")
	case probespec.Tracepoint:
		return "", r.Faultf("tracepoints have fields and no arguments: want args->%s or another one", strings.Join(n.fieldNames(), ", args->"))
	case probespec.Static:
		if have := len(n.program.Args); i >= have {
			return "", r.Faultf("%s has %s", n.program.Of, count(have, "argument"))
		}
		if n.program.Args[i] == "" {
			return "", r.Faultf("argument %d of %s is at a place that cannot be read", i+1, n.program.Of)
		}
	default:
		if i >= registers {
			return "", r.Faultf("only the first %d arguments are in registers, and can be read", registers)
		}
		if n.spec.Offset > 0 && !n.named(i) {
			return fmt.Sprintf("PT_REGS_PARM%d(ctx)", i+1), nil
		}
	}
	if !slices.Contains(n.used, i) {
		n.used = append(n.used, i)
	}
	if n.named(i) && strings.HasPrefix(r.Name, "arg") && n.spec.Signature.Params[i].Name != r.Name {
		return "(u64)" + n.spec.Signature.Params[i].Name, nil
	}
	return strings.TrimSuffix(r.String(), "@user"), nil
}

// named tells that the signature has the argument of an index.
func (n *names) named(i int) bool {
	return n.spec.Signature != nil && i < len(n.spec.Signature.Params)
}

// param is the declaration of an argument.
func (n *names) param(i int) probespec.Param {
	if n.named(i) {
		return n.spec.Signature.Params[i]
	}
	p := probespec.Param{Name: fmt.Sprintf("arg%d", i+1), Type: "u64"}
	if n.spec.Kind == probespec.Static {
		p.Type = n.program.Args[i]
	}
	p.Text = p.Type + " " + p.Name
	return p
}

// params are the parameters that a function must have for the arguments used: these
// and those before them. Static probes have their arguments in variables.
func (n *names) params() []probespec.Param {
	if n.spec.Kind == probespec.Static || len(n.used) == 0 {
		return nil
	}
	var list []probespec.Param
	for i := range slices.Max(n.used) + 1 {
		list = append(list, n.param(i))
	}
	return list
}

func (n *names) fieldNames() []string {
	var list []string
	for _, f := range n.fields {
		list = append(list, f.Name)
	}
	return list
}

// record is the C for args, which is followed by a field. Data that is elsewhere in
// the record is found through a struct of pointers.
func (n *names) record(r probeexpr.Ref) (string, error) {
	if r.Field == "" || strings.HasPrefix(r.Field, "data_loc_") {
		return "args", nil
	}
	i := slices.IndexFunc(n.fields, func(f bccgo.TracepointField) bool { return f.Name == r.Field })
	if i < 0 {
		return "", r.Faultf("%s has no field %s: it has %s", n.program.Of, r.Field, strings.Join(n.fieldNames(), ", "))
	}
	if !n.fields[i].DataLoc {
		return "args", nil
	}
	if !slices.Contains(n.located, r.Field) {
		n.located = append(n.located, r.Field)
	}
	return "located", nil
}
