package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// program is what a command works on: C text, or a bundle.
type program struct {
	name   string
	text   string
	bundle *bccgo.Bundle
	// dir is where quoted includes are looked for, "" for none.
	dir string
}

// stdinName stands for standard input on the command line.
const stdinName = "-"

// readProgram reads a C file, a bundle, or standard input.
func (con *console) readProgram(path string) (*program, error) {
	if path == stdinName {
		data, err := io.ReadAll(con.stdin)
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return newProgram("stdin", "", data)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read program: %w", err)
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("read program: %w", err)
	}
	return newProgram(path, dir, data)
}

func newProgram(name, dir string, data []byte) (*program, error) {
	if !bccgo.IsBundle(data) {
		return &program{name: name, text: string(data), dir: dir}, nil
	}
	b := new(bccgo.Bundle)
	if err := b.UnmarshalBinary(data); err != nil {
		return nil, fmt.Errorf("read bundle %s: %w", name, err)
	}
	return &program{name: name, bundle: b}, nil
}

// compile returns the program's bundle: the one it is, or a new one.
func (con *console) compile(ctx context.Context, p *program, o *bccgo.Options) (*bccgo.Bundle, error) {
	if p.bundle != nil {
		con.printWarnings(p.bundle.Warnings())
		return p.bundle, nil
	}
	opts := *o
	opts.FileName = p.name
	if p.dir != "" {
		opts.Cflags = append([]string{"-iquote", p.dir}, o.Cflags...)
	}
	start := time.Now()
	b, err := bccgo.CompileContext(ctx, p.text, &opts)
	if err != nil {
		return nil, err
	}
	con.printWarnings(b.Warnings())
	con.verbosef("compiled %s for %s with %s in %v\n", p.name, b.Release(), headersText(b), time.Since(start).Round(time.Millisecond))
	return b, nil
}

// printWarnings prints warnings as compilers do, unless they are not wanted.
func (con *console) printWarnings(list []bccgo.Diagnostic) {
	if con.noWarnings {
		return
	}
	for _, d := range list {
		fmt.Fprintln(con.stderr, d)
	}
}

// headersText says which kernel headers a bundle was compiled with.
func headersText(b *bccgo.Bundle) string {
	switch b.Headers() {
	case "btf":
		return "headers made from the kernel's types (BTF)"
	case "":
		return "the kernel's headers"
	}
	text := "the headers in " + b.Headers()
	if lack := b.TypesLack(); lack != "" {
		text += " (those made from the kernel's types did not do: " + lack + ")"
	}
	return text
}

// verbosef prints to standard error if asked to be verbose.
func (con *console) verbosef(format string, args ...any) {
	if con.verbose {
		fmt.Fprintf(con.stderr, "bccgo: "+format, args...)
	}
}
