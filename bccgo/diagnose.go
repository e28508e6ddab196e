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
		return &CompileError{Diagnostics: p.constructAt(construct), Output: construct.Output, Err: err}
	}
	return err
}

func (p *prepared) constructAt(e *cc.UnsupportedError) []Diagnostic {
	d := Diagnostic{Severity: "error", Message: e.Error()}
	for _, f := range source.Scan(p.text).Functions {
		if f.Name == e.Function {
			pos := p.where.Position(f.StartLine, 1)
			d.File, d.Line, d.Col = pos.File, pos.Line, pos.Col
		}
	}
	return append(parseDiagnostics(e.Output), d)
}

// unsupported reports constructs that libbcc compiles into nonsense.
func (p *prepared) unsupported() error {
	var list []Diagnostic
	for _, f := range source.Scan(p.text).Unsupported {
		pos := p.where.Position(f.Line, f.Col)
		list = append(list, Diagnostic{File: pos.File, Line: pos.Line, Col: pos.Col,
			Severity: "error", Message: unsupportedMessage(f)})
	}
	if len(list) == 0 {
		return nil
	}
	return &CompileError{Diagnostics: list, Err: errUnsupported}
}

var errUnsupported = errors.New("libbcc does not support a construct of the text")

func unsupportedMessage(f source.Finding) string {
	if f.Kind == source.StaticFunction {
		return fmt.Sprintf("static function %s: libbcc cannot link calls between functions; write static inline", f.Name)
	}
	return fmt.Sprintf("global variable %s: libbcc has none; keep the value in a BPF_ARRAY table", f.Name)
}
