package bccgo

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/cc"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// explain turns the compile step's errors about the text into *CompileError.
func (p *prepared) explain(err error) error {
	output := ""
	exact := new(exactError)
	if errors.As(err, &exact) {
		output = exact.output
	}
	var text *cc.TextError
	if errors.As(err, &text) {
		list := p.placer().diagnostics(cmp.Or(output, text.Output))
		return &CompileError{Diagnostics: list, Output: text.Output, Err: err}
	}
	var construct *cc.UnsupportedError
	if errors.As(err, &construct) {
		if exact.construct != nil {
			construct = exact.construct
		}
		pl := p.placer()
		list := pl.diagnostics(construct.Output)
		if problems := pl.usdtProblems(); len(problems) > 0 {
			list = append(list, problems...)
		} else {
			list = append(list, pl.construct(construct))
		}
		return &CompileError{Diagnostics: list, Output: construct.Output, Err: err}
	}
	return err
}

// diagnostics reads the compiler's messages and moves each to its place.
func (p *placer) diagnostics(output string) []Diagnostic {
	var list []Diagnostic
	messages := parseMessages(output)
	p.explainMacros(messages)
	for _, m := range messages {
		p.explainMessage(&m)
		function := ""
		if s := inFunction().FindStringSubmatch(m.Message); s != nil {
			function, m.Message = s[1], inWords(s[2])
		}
		list = append(list, p.placeIn(m, function))
	}
	if m, function, ok := parseFatal(output); ok {
		list = append(list, p.placeIn(m, function))
	}
	return p.withoutEchoes(list)
}

// placeIn places a message about a function. Without a line of its own it goes to
// the function's header.
func (p *placer) placeIn(m message, function string) Diagnostic {
	if m.File == "<inline asm>" {
		p.placeAssembly(&m)
	} else if f := p.function(function); f != nil && m.Line == 0 {
		m.File, m.Line, m.Col = textName, f.Line, f.Col
		m.Message = "function " + function + ": " + m.Message
	}
	return p.place(m)
}

// function is the function that the compiler calls by a name, nil if the text has
// none.
func (p *placer) function(name string) *source.Function {
	for i := range p.scan.Functions {
		if f := &p.scan.Functions[i]; name != "" && (f.Name == name || slices.Contains(f.Aliases, name)) {
			return f
		}
	}
	return nil
}

// placeAssembly finds the instruction that a message of the assembler's is about,
// which has lines of its own.
func (p *placer) placeAssembly(m *message) {
	m.Message = "inline assembly: " + m.Message
	code := strings.TrimSpace(m.source)
	m.File, m.Line, m.Col, m.source = "", 0, 0, ""
	for _, t := range source.Tokenize(p.text) {
		if t.Kind == source.String && code != "" && strings.Contains(t.Text, code) {
			m.File, m.Line, m.Col = textName, t.Line, t.Col
			return
		}
	}
}

// withoutEchoes drops messages that say what another one says: those repeated at
// the same place, and those about what libbcc's macros make where the line has an
// error of its own.
func (p *placer) withoutEchoes(list []Diagnostic) []Diagnostic {
	var out []Diagnostic
	for i, d := range list {
		echo := slices.ContainsFunc(out, func(e Diagnostic) bool { return samePlace(d, e) && d.Message == e.Message }) ||
			madeByMacro(d.Message) && slices.ContainsFunc(list, func(e Diagnostic) bool {
				return e.Severity == "error" && e.File == d.File && e.Line == d.Line && !madeByMacro(e.Message)
			})
		if !echo {
			out = append(out, list[i])
		}
	}
	return out
}

func samePlace(a, b Diagnostic) bool { return a.File == b.File && a.Line == b.Line && a.Col == b.Col }

// madeByMacro tells a message about names that libbcc's macros make of a table's,
// or of a description that it makes of a type it does not know.
func madeByMacro(message string) bool {
	return strings.Contains(message, "'____btf_map_") || strings.HasPrefix(message, "redefinition of ") && strings.HasSuffix(message, "_table_t'") ||
		message == "unknown type"
}

// construct says where the text has what libbcc cannot do: where it is declared, if
// that can be told, or else where it is used.
func (p *placer) construct(e *cc.UnsupportedError) Diagnostic {
	use := message{Diagnostic: Diagnostic{File: e.File, Line: e.Line, Col: e.Col, Severity: "error", Message: e.Error()}, backend: true}
	line, known := p.textLine(e.File, e.Line)
	if !known {
		if f := p.function(e.Function); f != nil {
			use.File, use.Line, use.Col = textName, f.StartLine, 1
		} else {
			use.File, use.Line = "", 0
		}
		line = 0
	}
	if f := p.declared(line); f != nil {
		use.Severity, use.Message = "note", "it is used here"
		d := message{Diagnostic: Diagnostic{File: textName, Line: f.Line, Col: f.Col, Severity: "error", Message: unsupportedMessage(*f)}, backend: true}
		if known {
			d.notes = []message{use}
		}
		return p.place(d)
	}
	if name := p.callee(line); e.What == cc.CallsFunction && name != "" {
		use.Message = fmt.Sprintf("function %s calls %s, which is neither a helper nor inlined here: BPF programs have no library; "+
			"write it in the text as static inline, without recursion", e.Function, name)
	}
	return p.place(use)
}

// declared is the declaration of what a line uses that libbcc has no support for;
// for line 0, which stands for any, the only one.
func (p *placer) declared(line int) *source.Finding {
	found := p.scan.Unsupported
	if line == 0 {
		if len(found) == 1 {
			return &found[0]
		}
		return nil
	}
	for _, t := range source.Tokenize(p.lines[line-1]) {
		for i := range found {
			if t.Text == found[i].Name {
				return &found[i]
			}
		}
	}
	return nil
}

// callee is the function that a line calls and that is no helper, "" if there are
// several or none.
func (p *placer) callee(line int) string {
	if line == 0 {
		return ""
	}
	found := ""
	tokens := source.Tokenize(p.lines[line-1])
	for i := 0; i+1 < len(tokens); i++ {
		name := tokens[i].Text
		if tokens[i].Kind != source.Ident || tokens[i+1].Text != "(" || notCalled(name) || i > 0 && tokens[i-1].Text == "." {
			continue
		}
		if found != "" && found != name {
			return ""
		}
		found = name
	}
	return strings.TrimPrefix(found, "__builtin_")
}

// notCalled tells words before a parenthesis that are no call of a function, and
// calls that BPF has.
func notCalled(name string) bool {
	switch name {
	case "if", "while", "for", "switch", "return", "sizeof", "typeof", "__typeof__":
		return true
	}
	return strings.HasPrefix(name, "bpf_") || strings.HasPrefix(name, "PT_REGS_")
}

func unsupportedMessage(f source.Finding) string {
	if f.Kind == source.StaticFunction {
		return fmt.Sprintf("static function %s: libbcc cannot link calls between functions; write static inline", f.Name)
	}
	return fmt.Sprintf("global variable %s: libbcc has none; keep the value in a BPF_ARRAY table", f.Name)
}
