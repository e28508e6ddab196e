package bccgo

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/cc"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// messageLine matches the first line of a clang message that has a position.
var messageLine = regexp.MustCompile(`^(.+?):(\d+):(\d+): (?:fatal )?(error|warning|note): (.*)$`)

// parseDiagnostics reads clang's messages. Lines below a message (the excerpt
// and the caret) belong to it; anything else is left to the raw output.
func parseDiagnostics(output string) []Diagnostic {
	var list []Diagnostic
	for _, line := range strings.Split(output, "\n") {
		m := messageLine.FindStringSubmatch(line)
		if m == nil {
			if n := len(list); n > 0 && strings.HasPrefix(line, " ") || n > 0 && strings.HasPrefix(line, "\t") {
				list[n-1].Excerpt = strings.TrimPrefix(list[n-1].Excerpt+"\n"+line, "\n")
			}
			continue
		}
		row, _ := strconv.Atoi(m[2]) // the pattern lets digits through alone
		col, _ := strconv.Atoi(m[3])
		list = append(list, Diagnostic{File: m[1], Line: row, Col: col, Severity: m[4], Message: m[5]})
	}
	return list
}

// explain turns the compile step's errors about the text into *CompileError.
func (p *prepared) explain(err error) error {
	var text *cc.TextError
	if errors.As(err, &text) {
		return &CompileError{Diagnostics: parseDiagnostics(text.Output), Output: text.Output, Err: err}
	}
	var construct *cc.UnsupportedError
	if errors.As(err, &construct) {
		return &CompileError{Diagnostics: p.constructs(construct), Output: construct.Output, Err: err}
	}
	return err
}

// constructs says where the text has what libbcc cannot do: the declarations
// that look like it, or else the function whose code shows it.
func (p *prepared) constructs(e *cc.UnsupportedError) []Diagnostic {
	list := parseDiagnostics(e.Output)
	sum := source.Scan(p.text)
	for _, f := range sum.Unsupported {
		list = append(list, p.errorAt(f.Line, f.Col, unsupportedMessage(f)))
	}
	if len(sum.Unsupported) > 0 {
		return list
	}
	for _, f := range sum.Functions {
		if f.Name == e.Function {
			return append(list, p.errorAt(f.StartLine, 1, e.Error()))
		}
	}
	return append(list, Diagnostic{Severity: "error", Message: e.Error()})
}

func (p *prepared) errorAt(line, col int, message string) Diagnostic {
	pos := p.where.Position(line, col)
	return Diagnostic{File: pos.File, Line: pos.Line, Col: pos.Col, Severity: "error", Message: message}
}

func unsupportedMessage(f source.Finding) string {
	if f.Kind == source.StaticFunction {
		return fmt.Sprintf("static function %s: libbcc cannot link calls between functions; write static inline", f.Name)
	}
	return fmt.Sprintf("global variable %s: libbcc has none; keep the value in a BPF_ARRAY table", f.Name)
}
