package rules

import (
	"bytes"
	"go/format"
	"testing"
)

func TestFormatted(t *testing.T) {
	for _, f := range goFiles(t) {
		report(t, unformatted(f.name, f.src))
	}
	wants(t, 1, unformatted("x.go", []byte("package x\n\n\nvar  x int\n")))
}

// unformatted tells whether a Go text is not as gofmt writes it.
func unformatted(name string, src []byte) []string {
	want, err := format.Source(src)
	switch {
	case err != nil:
		return []string{name + ": " + err.Error()}
	case !bytes.Equal(src, want):
		return []string{name + ": not as gofmt writes it"}
	}
	return nil
}
