package source

import "context"

// Origin tells where a text was handed over, where that is not the call that
// asks for a compile: a program that checks Go source compiles on behalf of the
// calls in it.
type Origin struct {
	Position
	// Files are Go files of other packages that parts of the text come from.
	Files []string
}

type originKey struct{}

// WithOrigin tells those who compile with ctx where their text comes from.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf returns what WithOrigin put into ctx.
func OriginOf(ctx context.Context) (Origin, bool) {
	o, ok := ctx.Value(originKey{}).(Origin)
	return o, ok
}
