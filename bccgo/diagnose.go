package bccgo

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/bccgo/bcc/bccgo/internal/cc"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// lazyRegexp compiles a pattern at its first use: a program that starts as it
// should needs none of them.
func lazyRegexp(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// messageLine matches the first line of a clang message that has a position.
var messageLine = lazyRegexp(`^(.+?):(\d+):(\d+): (?:fatal )?(error|warning|note): (.*)$`)

// backendLine matches a message of LLVM's code generator, which puts the
// severity first.
var backendLine = lazyRegexp(`^(error|warning): (.+?):(\d+):(\d+): (.*)$`)

// signedDivision matches what LLVM prints, without the line's usual form, before
// it gives up over a division of signed numbers.
var signedDivision = lazyRegexp(`Unsupport signed division for DAG: .*, (.+?):(\d+):(\d+)Please`)

// parseMessage reads the first line of a message.
func parseMessage(line string) (Diagnostic, bool) {
	var d Diagnostic
	var row, col string
	if m := messageLine().FindStringSubmatch(line); m != nil {
		d.File, row, col, d.Severity, d.Message = m[1], m[2], m[3], m[4], m[5]
	} else if m := backendLine().FindStringSubmatch(line); m != nil {
		d.Severity, d.File, row, col, d.Message = m[1], m[2], m[3], m[4], m[5]
	} else if m := signedDivision().FindStringSubmatch(line); m != nil {
		d.File, row, col, d.Severity = m[1], m[2], m[3], "error"
		d.Message = "division of signed numbers, which BPF has no instruction for: make both sides unsigned"
	} else {
		return d, false
	}
	d.Line, _ = strconv.Atoi(row) // the patterns let digits through alone
	d.Col, _ = strconv.Atoi(col)
	return d, true
}

// markLine matches the line below an excerpt that points into it.
var markLine = lazyRegexp(`^[ ~]*\^[ ~]*$`)

// parseDiagnostics reads clang's messages. Lines below a message (the excerpt,
// which ends in a line with a caret, and the fix below that) belong to it;
// anything else is left to the raw output.
func parseDiagnostics(output string) []Diagnostic {
	var list []Diagnostic
	lines := strings.Split(output, "\n")
	for i, line := range lines {
		d, ok := parseMessage(line)
		if !ok {
			marked := i+1 < len(lines) && markLine().MatchString(lines[i+1])
			if n := len(list); n > 0 && (marked || strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")) {
				list[n-1].Excerpt = strings.TrimPrefix(list[n-1].Excerpt+"\n"+line, "\n")
			}
			continue
		}
		list = append(list, d)
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
	for _, f := range p.scan.Unsupported {
		list = append(list, p.errorAt(f.Line, f.Col, unsupportedMessage(f)))
	}
	if len(p.scan.Unsupported) > 0 {
		return list
	}
	for _, f := range p.scan.Functions {
		if f.Name == e.Function {
			return append(list, p.errorAt(f.StartLine, 1, e.Error()))
		}
	}
	return append(list, Diagnostic{Severity: "error", Message: e.Error()})
}

func (p *prepared) errorAt(line, col int, message string) Diagnostic {
	pos := p.where().Position(line, col)
	return Diagnostic{File: pos.File, Line: pos.Line, Col: pos.Col, Severity: "error", Message: message}
}

func unsupportedMessage(f source.Finding) string {
	if f.Kind == source.StaticFunction {
		return fmt.Sprintf("static function %s: libbcc cannot link calls between functions; write static inline", f.Name)
	}
	return fmt.Sprintf("global variable %s: libbcc has none; keep the value in a BPF_ARRAY table", f.Name)
}
