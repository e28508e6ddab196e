package vet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"sync"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/ctypes"
	csource "github.com/bccgo/bcc/bccgo/internal/source"
)

// maxCompilers bounds how many compilers run at once; each takes 140 MiB.
const maxCompilers = 8

// compiler compiles for one target, as many texts at once as there are
// processors.
type compiler struct {
	target *bccgo.Target // nil for the running kernel
	slots  chan struct{}
}

func newCompiler(target string) (*compiler, error) {
	c := &compiler{slots: make(chan struct{}, min(runtime.NumCPU(), maxCompilers))}
	if target == "" {
		return c, nil
	}
	var err error
	c.target, err = bccgo.ReadTarget(target)
	return c, err
}

// program is a text that was compiled.
type program struct {
	made   *bccgo.Bundle
	bundle *bundle.Bundle
	types  *ctypes.Types
}

func readProgram(b *bccgo.Bundle) (*program, error) {
	data, err := b.MarshalBinary()
	if err != nil {
		return nil, err
	}
	plain, err := bundle.Unmarshal(data)
	if err != nil {
		return nil, err
	}
	types, err := ctypes.Read(plain)
	return &program{made: b, bundle: plain, types: types}, err
}

// outcome is what came of a compile: a program, or the reason why there is none.
type outcome struct {
	program *program
	// errors are the compiler's messages.
	errors []bccgo.Diagnostic
	// extern is set if the text needs tables of another one.
	extern *bccgo.ExternError
	// untraced is set if the text has tracepoints and tracefs cannot be read.
	untraced *bccgo.TracefsError
}

// compile compiles a text. An error means that this host cannot compile.
func (c *compiler) compile(origin csource.Origin, text string, cflags []string, defines map[string]string, exports []*bccgo.Bundle) (outcome, error) {
	c.slots <- struct{}{}
	defer func() { <-c.slots }()
	ctx := csource.WithOrigin(context.Background(), origin)
	b, err := bccgo.CompileContext(ctx, text, &bccgo.Options{Cflags: cflags, Defines: defines, Target: c.target, Exports: exports})
	if err == nil {
		p, err := readProgram(b)
		return outcome{program: p}, err
	}
	var refused *bccgo.CompileError
	var died *bccgo.ChildError
	out := outcome{}
	switch {
	case errors.As(err, &out.extern), errors.As(err, &out.untraced):
		return out, nil
	case errors.As(err, &refused) && len(refused.Diagnostics) > 0:
		out.errors = onlyErrors(refused.Diagnostics)
		return out, nil
	case refused != nil, errors.As(err, &died):
		out.errors = []bccgo.Diagnostic{{Severity: "error", Message: err.Error()}}
		return out, nil
	}
	return out, fmt.Errorf("compile the C text handed over at %s: %w", origin.Position, err)
}

// onlyErrors leaves out warnings where there are errors.
func onlyErrors(list []bccgo.Diagnostic) []bccgo.Diagnostic {
	var out []bccgo.Diagnostic
	for _, d := range list {
		if d.Severity == "error" {
			out = append(out, d)
		}
	}
	if out == nil {
		return list
	}
	return out
}

// compileAll compiles the package's texts: those that declare tables of others
// extern after the others.
func (c *checker) compileAll() (err error) {
	if c.compiler, err = newCompiler(c.settings.target); err != nil {
		return err
	}
	var jobs []*judgement
	for _, t := range c.texts {
		for _, v := range t.values {
			jobs = append(jobs, &judgement{checker: c, text: t, value: v})
		}
	}
	if err := judgeAll(jobs); err != nil {
		return err
	}
	var again []*judgement
	var exports []*bccgo.Bundle
	for _, j := range jobs {
		if j.extern != nil {
			again = append(again, &judgement{checker: c, text: j.text, value: j.value})
		}
		for _, p := range j.programs {
			exports = append(exports, p.made)
		}
	}
	for _, j := range again {
		j.exports = exports
	}
	if err := judgeAll(again); err != nil {
		return err
	}
	c.conclude(jobs, again)
	return nil
}

func judgeAll(jobs []*judgement) error {
	errs := make([]error, len(jobs))
	var all sync.WaitGroup
	for i, j := range jobs {
		all.Go(func() { errs[i] = j.judge() })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err // the others say the same
		}
	}
	return nil
}

// conclude reports what was found and keeps the programs.
func (c *checker) conclude(first, again []*judgement) {
	said := map[message]bool{}
	for _, j := range append(first, again...) {
		if j.extern != nil {
			if j.exports != nil || len(again) == 0 {
				c.note(j.text.call, "%v", j.extern)
				j.text.failed = true
			}
			continue
		}
		if j.untraced != nil {
			c.note(j.text.call, "%v", j.untraced)
		}
		j.text.programs = append(j.text.programs, j.programs...)
		j.text.failed = j.text.failed || len(j.programs) == 0
		for _, absent := range j.absent {
			j.reportAbsent(absent)
		}
		for _, d := range j.findings {
			c.reportOnce(said, j.text, "compile", d)
		}
		for _, d := range j.warnings {
			c.reportOnce(said, j.text, "warning", d)
		}
		switch {
		case j.unprobed:
			c.note(j.text.call, "it reads arguments of static probes, which are looked for when the program runs")
		case j.unguessed && len(j.programs) == 0:
			c.note(j.text.call, "what is put into the text at run time cannot be guessed")
		case j.partly:
			c.note(j.text.call, "some of the macros that may be defined do not go together")
		}
	}
}

func (c *checker) reportOnce(said map[message]bool, t *text, category string, d bccgo.Diagnostic) {
	if m := messageOf(d); !said[m] {
		said[m] = true
		c.reportC(t, category, d)
	}
}

// message is what makes two messages the same.
type message struct {
	file      string
	line, col int
	text      string
}

func messageOf(d bccgo.Diagnostic) message { return message{d.File, d.Line, d.Col, d.Message} }

// common lists the messages of a that b has, too.
func common(a, b []bccgo.Diagnostic) []bccgo.Diagnostic {
	in := map[message]bool{}
	for _, d := range b {
		in[messageOf(d)] = true
	}
	var out []bccgo.Diagnostic
	for _, d := range a {
		if in[messageOf(d)] {
			out = append(out, d)
		}
	}
	return out
}

// with copies macros and adds others.
func with(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, b)
	return out
}
