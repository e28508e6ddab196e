package bccgo

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/cc"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// exactError is a refusal of the text, with what the compiler said when it was
// asked again in a way that its positions are exact.
type exactError struct {
	// output is what it said of the text, construct what of the program; one of
	// them is set.
	output    string
	construct *cc.UnsupportedError
	// Err is the refusal as it was.
	err error
}

func (e *exactError) Error() string { return e.err.Error() }

func (e *exactError) Unwrap() error { return e.err }

// exactFlags make clang itself refuse what LLVM refuses without a position.
var exactFlags = []string{"-Werror=vla", "-Werror=alloca"}

// exactly asks the compiler again about a text that it refused, where its messages
// do not say which line they mean: one line of Go holds several of the text, or
// LLVM gave up without a position.
func (p *prepared) exactly(ctx context.Context, base *cc.Request, err error) error {
	var text *cc.TextError
	var construct *cc.UnsupportedError
	if !errors.As(err, &text) && !errors.As(err, &construct) {
		return err
	}
	dynamic := text != nil && strings.Contains(text.Output, "Unsupported dynamic stack allocation")
	if !dynamic && !p.where().Shared() {
		return err
	}
	req := *base
	req.Text = p.before(source.Annotate(p.text, source.ForFile(textName)))
	if dynamic {
		req.Cflags = append(slices.Clone(req.Cflags), exactFlags...)
	}
	_, again := cc.Compile(ctx, &req)
	exact := &exactError{err: err}
	switch asked := new(cc.TextError); {
	case errors.As(again, &asked):
		exact.output = asked.Output
	case !errors.As(again, &exact.construct):
		return err // the first answer has to do
	}
	return exact
}
