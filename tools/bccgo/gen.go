package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
)

func genCommand(con *console) *cli.Command {
	return &cli.Command{
		Name:      "gen",
		Usage:     "write Go types for what programs share with Go",
		UsageText: "bccgo gen [OPTION]... [-o FILE.go] FILE.c|FILE.go|BUNDLE...",
		Description: `Writes a Go file with a type for every struct, union, enumeration and named
array among the events, keys and values of the programs, each C type once. The
types pass the checks of bccgo.Stream and bccgo.Map. Members of unions, bitfields,
and what Go aligns otherwise in packed structs have methods.

Of a Go file, the texts are taken that it hands to bccgo.Load and its like, as far
as these can be told without running it. Needs no privilege.

EXAMPLES:
  bccgo gen trace.c                              to standard output
  bccgo gen -o types.go --package trace main.go  for the C text in main.go
  bccgo gen -o types.go -D PID=1 --target debian12/ *.c

` + exitHelp,
		Flags: append(compileFlags(),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write `FILE` instead of standard output"},
			&cli.StringFlag{Name: "package", Value: "main", Usage: "`NAME` of the package"}),
		HideHelpCommand: true,
		OnUsageError:    onUsageError,
		Action: func(c *cli.Context) error {
			con.quiet(c)
			return con.generate(c)
		},
	}
}

// generate compiles all programs and writes their types, or nothing.
func (con *console) generate(c *cli.Context) error {
	files := c.Args().Slice()
	if len(files) == 0 {
		return usagef("gen takes C or Go files; see bccgo help gen")
	}
	o := &bccgo.GoTypesOptions{Package: c.String("package"), Command: genCommandLine(files)}
	if _, err := bccgo.GoTypes(o); err != nil {
		return usagef("--package: %v", err)
	}
	opts, err := compileOptions(c)
	if err != nil {
		return err
	}
	g := typeGenerator{con: con, opts: opts}
	var errs []error
	for _, path := range files {
		errs = append(errs, g.add(c.Context, path))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	text, err := bccgo.GoTypes(o, g.bundles...)
	if err != nil {
		return err
	}
	if path := c.String("output"); path != "" {
		return replaceFile(path, text)
	}
	_, err = con.stdout.Write(text)
	return err
}

// genCommandLine is what the generated file names as its origin.
func genCommandLine(files []string) string {
	words := []string{"bccgo gen"}
	for _, path := range files {
		words = append(words, filepath.Base(path))
	}
	return strings.Join(words, " ")
}

// typeGenerator compiles the programs whose types are wanted. Later ones may use
// tables of those before.
type typeGenerator struct {
	con     *console
	opts    *bccgo.Options
	bundles []*bccgo.Bundle
}

func (g *typeGenerator) add(ctx context.Context, path string) error {
	if strings.HasSuffix(path, ".go") {
		return g.addGo(ctx, path)
	}
	p, err := g.con.readProgram(path)
	if err != nil {
		return err
	}
	return g.keep(g.con.compile(ctx, p, g.options()))
}

// addGo compiles the texts of a Go file. Those that cannot be told are named.
func (g *typeGenerator) addGo(ctx context.Context, path string) error {
	texts, err := bccgo.InlineTexts(path)
	if err != nil {
		return err
	}
	var errs []error
	var done []string
	unknown := 0
	for _, t := range texts {
		if t.Err != nil {
			fmt.Fprintf(g.con.stderr, "%s:%d:%d: warning: the C text of %s is left out: %v\n", t.File, t.Line, t.Col, t.Call, t.Err)
			unknown++
			continue
		}
		if slices.Contains(done, t.Text) {
			continue
		}
		done = append(done, t.Text)
		b, err := t.Compile(ctx, g.options())
		if err == nil {
			g.con.printWarnings(b.Warnings())
		}
		errs = append(errs, g.keep(b, err))
	}
	switch {
	case len(done) > 0:
	case unknown > 0:
		return fmt.Errorf("generate types for %s: none of its C texts can be told without running it: put the text into a constant or an embedded file, or name the C file", path)
	default:
		return fmt.Errorf("generate types for %s: it has no call of bccgo.Load, LoadContext, Compile, CompileContext or Bake", path)
	}
	return errors.Join(errs...)
}

func (g *typeGenerator) options() *bccgo.Options {
	o := *g.opts
	o.Exports = g.bundles
	return &o
}

func (g *typeGenerator) keep(b *bccgo.Bundle, err error) error {
	if err == nil {
		g.bundles = append(g.bundles, b)
	}
	return err
}

// replaceFile writes a file as a whole or not at all.
func replaceFile(path string, data []byte) error {
	tmp := fmt.Sprintf("%s.%d.tmp", path, os.Getpid())
	err := os.WriteFile(tmp, data, 0o644)
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		os.Remove(tmp)
		return fmt.Errorf("write Go types: %w", err)
	}
	return nil
}
