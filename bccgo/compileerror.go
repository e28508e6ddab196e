package bccgo

import (
	"fmt"
	"strings"
)

// Diagnostic is one message of the compiler.
type Diagnostic struct {
	// File, Line and Col say where: the Go file that holds the C text, or the C
	// file, if it could be found. They count from 1, columns in bytes. Line 0 means
	// that the compiler did not say where, Col 0 that the line alone is known: what
	// is wrong may show only after libbcc changed the line.
	File string `json:"file"`
	Line int    `json:"line"`
	Col  int    `json:"col,omitempty"`
	// Severity is "error", "warning" or "note".
	Severity string `json:"severity"`
	// Message is the compiler's text, or what it means where that is cryptic.
	Message string `json:"message"`
	// Excerpt is the line of the C text, a caret below the column, and what the
	// compiler would write there if it has an idea.
	Excerpt string `json:"excerpt,omitempty"`
	// Suggestion is the name or character that the compiler would put there.
	Suggestion string `json:"suggestion,omitempty"`
	// Notes belong to an error or a warning: where a macro comes from, where
	// something was declared before, what comes near a name.
	Notes []Diagnostic `json:"notes,omitempty"`
}

// maxNotes bounds the notes printed below a message.
const maxNotes = 8

// String is the message the way compilers print it, FILE:LINE:COL: SEVERITY:
// MESSAGE, with the excerpt and the notes below it.
func (d Diagnostic) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s: %s", d.position(), d.Severity, d.Message)
	if d.Excerpt != "" {
		b.WriteString("\n" + d.Excerpt)
	}
	for i, n := range d.Notes {
		if i == maxNotes {
			fmt.Fprintf(&b, "\n%snote: and %d more notes", d.position(), len(d.Notes)-i)
			break
		}
		b.WriteString("\n" + n.String())
	}
	return b.String()
}

// position is the start of a printed line, "" if nothing is known.
func (d Diagnostic) position() string {
	switch {
	case d.File == "":
		return ""
	case d.Line <= 0:
		return d.File + ": "
	case d.Col <= 0:
		return fmt.Sprintf("%s:%d: ", d.File, d.Line)
	}
	return fmt.Sprintf("%s:%d:%d: ", d.File, d.Line, d.Col)
}

// CompileError means that the C text was refused.
type CompileError struct {
	// Diagnostics are the compiler's errors and warnings in order, each with its
	// notes. They are empty if it said nothing that could be understood.
	Diagnostics []Diagnostic
	// Output is everything the compiler printed.
	Output string
	// Err is the cause.
	Err error
}

// maxDiagnostics bounds the messages printed; one mistake can bring many.
const maxDiagnostics = 20

// Error lists the diagnostics, or else the compiler's output. Of many, the first
// 20 are listed.
func (e *CompileError) Error() string { return "compile: " + e.Report() }

// Report is what Error gives, without the word before it: the way compilers print
// their messages.
func (e *CompileError) Report() string {
	if len(e.Diagnostics) == 0 {
		return e.plainOutput()
	}
	var lines []string
	for i, d := range e.Diagnostics {
		if i == maxDiagnostics {
			lines = append(lines, fmt.Sprintf("and %d more", len(e.Diagnostics)-i))
			break
		}
		lines = append(lines, d.String())
	}
	return strings.Join(lines, "\n")
}

// maxOutput bounds the lines printed of an output that has no diagnostics.
const maxOutput = 40

func (e *CompileError) plainOutput() string {
	output := strings.TrimSpace(e.Output)
	if output == "" && e.Err != nil {
		return e.Err.Error()
	}
	lines := strings.Split(output, "\n")
	if n := len(lines); n > maxOutput {
		lines = append(lines[:maxOutput], fmt.Sprintf("and %d more lines", n-maxOutput))
	}
	for i, line := range lines {
		lines[i] = cutLine(line, 0)
	}
	return strings.Join(lines, "\n")
}

func (e *CompileError) Unwrap() error { return e.Err }
