package bccgo

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/bccgo/bcc/bccgo/internal/nearest"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// hint is what to know about a message of clang's or libbcc's.
type hint struct {
	pattern *regexp.Regexp
	text    string
}

var hints = sync.OnceValue(func() []hint {
	list := make([]hint, len(hintTexts))
	for i, h := range hintTexts {
		list[i] = hint{regexp.MustCompile(h[0]), h[1]}
	}
	return list
})

var hintTexts = [][2]string{
	{`^variable length array used`, "BPF's stack is laid out when the program is compiled: give the array a constant size"},
	{`^use of function '(?:__builtin_)?alloca`, "BPF's stack is laid out when the program is compiled: declare an array of constant size"},
	{`^use of undeclared identifier '__noinline__'`, "the kernel's headers define noinline as a macro: write noinline alone"},
	{`^cannot call non-static helper function`, "libbcc makes a program of each function that is not static: make the one that is called static inline"},
	{`^too many arguments, bcc only supports`, "a function on a probe takes the context and six of the probed function's arguments at most"},
	{`^cannot use more than 3 conversion specifiers`, "the kernel's bpf_trace_printk takes three values: print twice, or send an event"},
	{`^bpf_table \w+ failed to open|^reference to undefined table`, "a table declared extern belongs to a program that has to be loaded before"},
	{`^unsupported map type`, "the kinds of tables are hash, array, percpu_hash, percpu_array, lru_hash, lru_percpu_hash, lpm_trie, stacktrace, prog, " +
		"perf_output, perf_array, ringbuf, cgroup_array, array_of_maps, hash_of_maps, queue, stack, devmap, cpumap, xskmap, sockmap, sockhash"},
}

// explainMessage adds what is known about a message as a note below it.
func (p *placer) explainMessage(m *message) {
	switch {
	case strings.Contains(m.source, "char _fmt[] = "):
		p.explainFormat(m)
		return
	case strings.HasPrefix(m.Message, "unsupported map type: maps/"):
		m.Message = "unsupported map type: " + strings.TrimPrefix(m.Message, "unsupported map type: maps/")
	}
	for _, h := range hints() {
		if h.pattern.MatchString(m.Message) {
			m.addNote(h.text)
		}
	}
	for _, flag := range exactFlags {
		m.Message = strings.TrimSuffix(m.Message, " [-Werror,"+strings.Replace(flag, "error=", "", 1)+"]")
	}
}

// addNote puts a note of our own at the place of a message.
func (m *message) addNote(text string) {
	m.notes = append(m.notes, message{Diagnostic: Diagnostic{Severity: "note", Message: text}, own: true})
}

// explainFormat speaks of bpf_trace_printk, which libbcc replaces by a statement
// that makes an array of the format.
func (p *placer) explainFormat(m *message) {
	m.Message = "bpf_trace_printk takes its format as a string literal"
	if at := strings.Index(m.source, "_fmt"); at >= 0 {
		m.marks = strings.Repeat(" ", at) + "^"
	}
	m.was = "bpf_trace_printk"
}

// unknownMacro matches clang's warning about a declaration without a type, which
// is what a macro that nobody defined looks like.
const unknownMacro = "type specifier missing, defaults to 'int'"

// explainMacros says of a line that begins like a macro that there is no such one.
func (p *placer) explainMacros(list []message) {
	for _, m := range list {
		line, ok := p.textLine(m.File, m.Line)
		if !ok || line > len(p.lines) || !strings.HasPrefix(m.Message, unknownMacro) {
			continue
		}
		name := wordAt(p.lines[line-1], m.Col-1)
		if name == "" || name != strings.ToUpper(name) {
			continue
		}
		for i := range list {
			if e := &list[i]; e.Severity == "error" && e.File == m.File && e.Line == m.Line {
				if !strings.Contains(e.Message, "function-like macro") {
					e.explainMacro(name)
				}
				break
			}
		}
	}
}

func (m *message) explainMacro(name string) {
	macros := source.Macros()
	if slices.Contains(macros, name) {
		m.addNote(fmt.Sprintf("the installed libbcc has no macro %s: a later one may", name))
		return
	}
	near := nearest.In(name, macros, 3)
	m.addNote(fmt.Sprintf("there is no macro %s here", name) + nearest.Phrase(near))
	if len(near) > 0 && m.Suggestion == "" {
		m.Suggestion = near[0]
	}
}
