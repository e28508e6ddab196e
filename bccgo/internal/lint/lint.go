// Package lint finds what compiles in a C text and is likely wrong all the same:
// mistakes that neither the compiler nor the verifier speaks of, and that cost
// hours.
//
// It looks at the tokens of the text, expands no macros and resolves no types, so
// it says nothing where it cannot be sure: a warning is worth something only if
// programs that are fine have none. What the compiled program tells better is
// asked there.
package lint

import (
	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// Input is a text and what became of it.
type Input struct {
	Text   string
	Scan   *source.Summary
	Bundle *bundle.Bundle
	// Machine and Version are the target's, as uname -m and LINUX_VERSION_CODE
	// have them.
	Machine string
	Version uint32
	// TextLine is the line of the text that stands on a line of a file.
	TextLine func(file string, line int) (int, bool)

	// Constant is the value of one of the kernel's enumerators; nil where these are
	// not known.
	Constant func(name string) (int64, bool)

	code []source.Token
}

// Finding is one mistake and where it is, by line and column of the text.
type Finding struct {
	Line, Col int
	// Message says what is wrong and what to do about it.
	Message string
}

// at is a finding at a token.
func at(t source.Token, message string) Finding { return Finding{t.Line, t.Col, message} }

// Check looks for all that this package knows.
func Check(in *Input) []Finding {
	in.code = source.Code(in.Text)
	list := in.formats()
	list = append(list, in.wrappedSyscalls()...)
	list = append(list, in.unusedTables()...)
	list = append(list, in.unsetBytes()...)
	return append(list, in.wrongElements()...)
}

// version is a kernel's as LINUX_VERSION_CODE has it.
func version(major, minor uint32) uint32 { return major<<16 | minor<<8 }

// body is a function's code.
func (in *Input) body(f *source.Function) []source.Token { return f.Body(in.code) }
