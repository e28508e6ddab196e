package bccgo

import (
	"context"
	"fmt"

	"github.com/bccgo/bcc/bccgo/internal/source"
)

// InlineText is a C text that a Go file hands to this package.
type InlineText struct {
	// File, Line and Col are where the call stands, Call is its function, "Load".
	File      string
	Line, Col int
	Call      string
	// Text is the C text. It is empty where it cannot be told without running the
	// program, and Err says why.
	Text string
	Err  error
}

// InlineTexts finds the C texts in a Go file's calls of Load, LoadContext,
// Compile, CompileContext and Bake, without compiling Go: literals, constants and
// variables of the package, what is put together from these, parameters with what
// the file's own calls give them, and embedded files.
//
// It fails if the file cannot be read or parsed.
func InlineTexts(goFile string) ([]InlineText, error) {
	found, err := source.FindTexts(goFile)
	if err != nil {
		return nil, err
	}
	texts := make([]InlineText, len(found))
	for i, f := range found {
		texts[i] = InlineText{File: f.Pos.File, Line: f.Pos.Line, Col: f.Pos.Col, Call: f.Call, Text: f.Text, Err: f.Err}
	}
	return texts, nil
}

// Compile is CompileContext of the text: messages point into the Go file.
func (t *InlineText) Compile(ctx context.Context, o *Options) (*Bundle, error) {
	if t.Err != nil {
		return nil, fmt.Errorf("%s:%d:%d: the C text of %s is not known: %w", t.File, t.Line, t.Col, t.Call, t.Err)
	}
	return compileAt(ctx, t.Text, o.orDefault(), source.Position{File: t.File, Line: t.Line})
}
