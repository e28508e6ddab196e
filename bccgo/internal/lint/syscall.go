package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// wrapped are the machines whose system calls take one struct pt_regs *, the
// version of Linux since which they do, and how their entries begin.
var wrapped = map[string]struct {
	since  uint32
	name   string
	prefix string
}{
	"x86_64":  {version(4, 17), "4.17 (x86-64)", "__x64_sys_"},
	"aarch64": {version(4, 19), "4.19 (arm64)", "__arm64_sys_"},
	"riscv64": {version(6, 6), "6.6 (riscv64)", "__riscv_sys_"},
}

// WrappedSymbol tells whether a kernel symbol is the entry of a system call that
// takes one struct pt_regs *.
func WrappedSymbol(symbol string) bool {
	for _, w := range wrapped {
		if strings.HasPrefix(symbol, w.prefix) {
			return true
		}
	}
	return false
}

// entryPrefixes begin the names by which functions are attached to the entries of
// system calls: that of any machine is taken for the running one's.
var entryPrefixes = []string{"sys_", "__x64_sys_", "__arm64_sys_", "__s390x_sys_", "__riscv_sys_"}

// parameter matches the macros that read a parameter of a kernel function.
var parameter = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^PT_REGS_PARM([1-6])(_CORE|_SYSCALL|_CORE_SYSCALL)?$`)
})

// handled are the beginnings of names whose declared parameters libbcc reads from
// the struct pt_regs that a system call gets.
var handled = []string{"syscall__", "kprobe____x64_sys_"}

func isHandled(name string) bool {
	return slices.ContainsFunc(handled, func(p string) bool { return strings.HasPrefix(name, p) })
}

// wrappedSyscalls finds functions at the entries of system calls that take the
// registers there for the call's own arguments.
func (in *Input) wrappedSyscalls() []Finding {
	w, ok := wrapped[in.Machine]
	if !ok || in.Version < w.since {
		return nil
	}
	var list []Finding
	for i := range in.Scan.Functions {
		f := &in.Scan.Functions[i]
		call, known := syscallOf(f.Name)
		if !known {
			continue
		}
		if where, what, ok := in.argumentUse(f); ok {
			list = append(list, at(where, fmt.Sprintf("%s is not the system call's: since Linux %s its entry takes one struct pt_regs * that holds the arguments; %s",
				what, w.name, cure(call, w.prefix))))
		}
	}
	return list
}

func cure(call, prefix string) string {
	if prefix == "__x64_sys_" {
		return fmt.Sprintf("name the function kprobe____x64_sys_%s and declare them as its parameters: (struct pt_regs *ctx, ...)", call)
	}
	return fmt.Sprintf("name the function syscall__%s, declare them as its parameters, and attach it by AttachKprobe(\"sys_%s\", ...)", call, call)
}

// syscallOf is the system call that a function is attached to by its name, or is
// made for.
func syscallOf(function string) (string, bool) {
	if call, ok := strings.CutPrefix(function, "syscall__"); ok {
		return call, true
	}
	target, ok := strings.CutPrefix(function, "kprobe__")
	if !ok {
		return "", false
	}
	for _, prefix := range entryPrefixes {
		if call, ok := strings.CutPrefix(target, prefix); ok {
			return call, true
		}
	}
	return "", false
}

// ArgumentUse is where a function takes the registers for the arguments of what it
// is attached to, nil if it does not; the message is what it takes.
// That is wrong at the entry of a system call that takes one struct pt_regs *.
func (in *Input) ArgumentUse(function string) *bundle.Warning {
	in.code = source.Code(in.Text)
	for i := range in.Scan.Functions {
		f := &in.Scan.Functions[i]
		if _, known := syscallOf(f.Name); known || f.Name != function {
			continue
		}
		if where, what, ok := in.argumentUse(f); ok {
			return &bundle.Warning{Line: where.Line, Col: where.Col, Message: what}
		}
	}
	return nil
}

// ArgumentMessage says what is wrong with an argument (what ArgumentUse tells) of
// a function that is attached to a symbol that WrappedSymbol knows.
func ArgumentMessage(what, function, symbol string) string {
	return fmt.Sprintf("%s is not the system call's: %s gets one struct pt_regs * that holds the arguments; "+
		"name the function syscall__%s and declare them as its parameters: (struct pt_regs *ctx, ...)", what, symbol, function)
}

// argumentUse finds the first use of an argument.
func (in *Input) argumentUse(f *source.Function) (source.Token, string, bool) {
	header := f.Header(in.code)
	if len(header) < 3 || f.Macro != "" || strings.Contains(in.Text, "ARCH_HAS_SYSCALL_WRAPPER") {
		return source.Token{}, "", false
	}
	params := source.Arguments(header, 1, source.Closing(header, 1))
	body := in.body(f)
	if len(params) == 0 || !slices.ContainsFunc(params[0], func(t source.Token) bool { return t.Is("pt_regs") }) {
		return source.Token{}, "", false
	}
	if !isHandled(f.Name) {
		for _, p := range params[1:] {
			if name := p[len(p)-1]; name.Kind == source.Ident && names(body, name.Text) {
				return name, "parameter " + name.Text, true
			}
		}
	}
	return misread(body, params[0][len(params[0])-1].Text)
}

func names(body []source.Token, name string) bool {
	return slices.ContainsFunc(body, func(t source.Token) bool { return t.Is(name) })
}

// misread finds a macro that reads a parameter out of the context itself. The
// first one is what a system call's own registers are found by, and stays without
// a word where these are meant.
func misread(body []source.Token, ctx string) (source.Token, string, bool) {
	for i, t := range body {
		m := parameter().FindStringSubmatch(t.Text)
		if m == nil || i+3 >= len(body) || !body[i+1].Is("(") || !body[i+2].Is(ctx) || !body[i+3].Is(")") {
			continue
		}
		if m[1] == "1" && meansRegisters(body, i) {
			continue
		}
		return t, fmt.Sprintf("%s(%s)", t.Text, ctx), true
	}
	return source.Token{}, "", false
}

// meansRegisters tells whether the statement around a token is about registers.
func meansRegisters(body []source.Token, i int) bool {
	from, to := i, i
	for from > 0 && !body[from-1].Is(";") && !body[from-1].Is("{") && !body[from-1].Is("}") {
		from--
	}
	for to < len(body) && !body[to].Is(";") {
		to++
	}
	return slices.ContainsFunc(body[from:to], func(t source.Token) bool {
		return t.Is("pt_regs") || strings.Contains(t.Text, "regs") && t.Kind == source.Ident || t.Is("bpf_probe_read") || t.Is("bpf_probe_read_kernel")
	})
}
