package lint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cilium/ebpf/asm"

	"github.com/bccgo/bcc/bccgo/internal/source"
)

// wrongElements finds elements of arrays in kernel structs that libbcc 0.26 reads
// from the wrong place: for pointer->array[index] it adds index times the size of
// the whole array to the array's address.
//
// Only what comes from parameters of a kernel function and from the current task
// is taken for a kernel struct, and only where the compiled line reads kernel
// memory.
func (in *Input) wrongElements() []Finding {
	var list []Finding
	for i := range in.Scan.Functions {
		f := &in.Scan.Functions[i]
		body := in.body(f)
		vars := in.variables(f, body)
		pointers := in.kernelPointers(f, body)
		if len(pointers) == 0 {
			continue
		}
		for k := range body {
			e, ok := elementAt(body, k)
			if ok && slices.Contains(pointers, body[k].Text) && in.notFirst(e.index, vars) && in.readsKernel(f.Name, body[k].Line) {
				list = append(list, at(body[k], fmt.Sprintf("libbcc (0.26) reads %s[%s] from the wrong place, &%s + %s; copy the element: "+
					"bpf_probe_read_kernel(&copy, sizeof(copy), &%s[%s])", e.array, e.text(), e.array, e.text(), e.array, e.text())))
			}
		}
	}
	return list
}

// element is ARRAY[INDEX].
type element struct {
	array string
	index []source.Token
}

func (e element) text() string { return source.Join(e.index) }

// notFirst tells whether an index is, or can be, other than 0: the first element is
// where the array is.
func (in *Input) notFirst(index []source.Token, vars []local) bool {
	if len(index) == 1 && index[0].Kind == source.Number {
		n, err := strconv.ParseUint(strings.TrimRight(index[0].Text, "uUlL"), 0, 64)
		return err == nil && n != 0
	}
	for _, t := range index {
		if slices.ContainsFunc(vars, func(v local) bool { return v.name.Text == t.Text }) {
			return true
		}
	}
	if len(index) != 1 || in.Constant == nil {
		return false
	}
	n, known := in.Constant(index[0].Text)
	return known && n != 0
}

// elementAt reads POINTER->...->ARRAY[INDEX] that is read, not pointed to.
func elementAt(body []source.Token, k int) (element, bool) {
	if k < 2 || k+1 >= len(body) || !body[k+1].Is("->") || body[k-1].Is("->") || body[k-1].Is(".") || body[k-1].Is("&") ||
		slices.Contains([]string{"sizeof", "typeof", "__typeof__"}, body[k-2].Text) {
		return element{}, false
	}
	end := k + 1
	for end+1 < len(body) && (body[end].Is("->") || body[end].Is(".")) && body[end+1].Kind == source.Ident {
		end += 2
	}
	if end >= len(body) || !body[end].Is("[") {
		return element{}, false
	}
	close := source.Closing(body, end)
	if close+1 < len(body) && (body[close+1].Is("[") || body[close+1].Is("=")) {
		return element{}, false
	}
	return element{source.Join(body[k:end]), body[end+1 : close]}, true
}

// kernelPointers are the parameters and variables of a function that point into
// the kernel.
func (in *Input) kernelPointers(f *source.Function, body []source.Token) []string {
	header := f.Header(in.code)
	if len(header) < 3 || f.Macro != "" && f.Macro != "TRACEPOINT_PROBE" || f.Static {
		return nil
	}
	var list []string
	params := source.Arguments(header, 1, source.Closing(header, 1))
	if f.Macro == "" && len(params) > 1 && !isHandled(f.Name) && slices.ContainsFunc(params[0], func(t source.Token) bool { return t.Is("pt_regs") }) {
		for _, p := range params[1:] {
			if len(p) > 2 && p[len(p)-1].Kind == source.Ident && p[len(p)-2].Is("*") && !p[len(p)-3].Is("*") {
				list = append(list, p[len(p)-1].Text)
			}
		}
	}
	for _, v := range locals(body) {
		if v.pointer && len(v.dims) == 0 && fromKernel(body, v.name.Text, list) {
			list = append(list, v.name.Text)
		}
	}
	return list
}

// fromKernel tells whether all that a variable is set to points into the kernel.
func fromKernel(body []source.Token, name string, known []string) bool {
	found := 0
	for i, t := range body {
		if !t.Is(name) || i+1 >= len(body) || i > 0 && (body[i-1].Is("->") || body[i-1].Is(".")) {
			continue
		}
		if i > 0 && body[i-1].Is("&") && !body[i+1].Is("->") {
			return false // set through its address
		}
		if !body[i+1].Is("=") {
			continue
		}
		if !kernelValue(body[i+2:], known) {
			return false
		}
		found++
	}
	return found > 0
}

// kernelValue tells whether an expression is the current task, or a member of what
// a known pointer points to.
func kernelValue(tokens []source.Token, known []string) bool {
	for len(tokens) > 0 && tokens[0].Is("(") {
		end := source.Closing(tokens, 0)
		if end == 0 || end+1 >= len(tokens) || !tokens[end-1].Is("*") {
			return false
		}
		tokens = tokens[end+1:]
	}
	if len(tokens) < 2 {
		return false
	}
	return tokens[0].Is("bpf_get_current_task") || slices.Contains(known, tokens[0].Text) && tokens[1].Is("->")
}

// readsKernel tells whether a function's instructions of a line call what reads
// kernel memory.
func (in *Input) readsKernel(function string, line int) bool {
	f := in.Bundle.Function(function)
	if f == nil {
		return false
	}
	insns := decode(f)
	for iter := insns.Iterate(); iter.Next(); {
		fn := asm.BuiltinFunc(iter.Ins.Constant)
		if !iter.Ins.IsBuiltinCall() || fn != asm.FnProbeRead && fn != asm.FnProbeReadKernel {
			continue
		}
		l, ok := place(f, int(iter.Offset))
		if n, known := in.TextLine(l.File, int(l.Line)); ok && known && n == line {
			return true
		}
	}
	return false
}
