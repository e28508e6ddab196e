package bccgo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/cc"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// Bundle is a compiled program: plain data that can be stored and loaded on any
// host with the same kernel, with no compiler there.
type Bundle struct {
	data  *bundle.Bundle
	cache CacheStatus
	baked bool
}

// Compile turns a C text into a Bundle without loading anything: it needs no
// privilege. What was compiled before comes out of the cache (Options.Cache).
// Errors are *CompileError, *HeadersError, *LibraryError,
// *TimeoutError, *ChildError, *NoCompilerError, *SpoolVersionError, or
// *ExternError for a table declared extern that neither an open module nor a
// program of Options.Exports exports.
func Compile(text string, o *Options) (*Bundle, error) {
	return CompileContext(context.Background(), text, o)
}

// CompileContext is Compile that stops when ctx ends.
func CompileContext(ctx context.Context, text string, o *Options) (*Bundle, error) {
	return compileAt(ctx, text, o.orDefault(), caller())
}

func compileAt(ctx context.Context, text string, o *Options, pos source.Position) (*Bundle, error) {
	if b, err := fromBaked(text, o); b != nil || err != nil {
		return b, err
	}
	b, err := compileOrCached(ctx, text, o, pos)
	if err != nil {
		return nil, notBaked(text, o, err)
	}
	return b, b.bakeIfAsked(text, o)
}

func compileOrCached(ctx context.Context, text string, o *Options, pos source.Position) (*Bundle, error) {
	origin, ok := source.OriginOf(ctx)
	if !ok {
		origin.Position = pos
	}
	p, err := prepare(text, o, origin.Position, origin.Files...)
	if err != nil {
		return nil, err
	}
	c := openCache(p, o)
	defer c.close()
	b := c.get()
	if b == nil {
		if b, err = p.compileOnce(ctx, c, o.deadline()); err != nil {
			return nil, err
		}
	}
	if o.Debug&DebugBTF != 0 {
		types, err := typeList(b.BTF)
		if err != nil {
			return nil, err
		}
		b.Diagnostics += types
	}
	return &Bundle{data: b, cache: c.status}, nil
}

var errDeadline = errors.New("the compile's deadline passed")

// compileOnce compiles and stores, unless another process that does the same is
// waited for.
func (p *prepared) compileOnce(ctx context.Context, c *cached, deadline time.Duration) (*bundle.Bundle, error) {
	if deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, deadline, errDeadline)
		defer cancel()
	}
	defer showProgress("compiling the program")()
	b, unlock := c.lock(ctx)
	defer unlock()
	if b != nil {
		return b, nil
	}
	begun := time.Now()
	r, err := p.compile(ctx)
	if err != nil {
		return nil, err
	}
	r.Bundle.USDT = p.usdt.sum()
	p.fillLines(r.Bundle)
	p.nameMacros(r.Bundle)
	p.warn(r.Bundle)
	c.put(r.Bundle, p.where().Position(1, 1).File, r.Files, begun)
	return r.Bundle, nil
}

// compile runs the compiler: with headers made from the kernel's types if there
// are any, and with those in files if that fails or is not wanted.
func (p *prepared) compile(ctx context.Context) (*cc.Result, error) {
	r, err := p.compileWithTypes(ctx)
	if p.plan.Choice != nil && (p.plan.Types == "" || mayBeHeaders(err)) {
		refusal := err
		r, err = p.compilePlanted(ctx, p.req)
		if err == nil {
			r.Bundle.Headers = p.plan.Choice.Path
		}
		if err == nil && refusal != nil {
			r.Bundle.TypesLack = typesLack(refusal)
		}
	}
	return r, p.explainStack(ctx, p.explainExtern(p.explainTypes(p.explain(p.explainTree(err)))))
}

// compilePlanted compiles the text with the structs planted that bring event
// layouts to light; should that text fail, the text as written is compiled, both
// to survive a planting that does not fit and so that messages never speak of it.
func (p *prepared) compilePlanted(ctx context.Context, req *cc.Request) (*cc.Result, error) {
	p.planted = source.ShadowEvents(p.text)
	r, err := p.compileText(ctx, req, p.planted.Text)
	if refusal := new(cc.TextError); len(p.planted.Events) > 0 && errors.As(err, &refusal) {
		p.planted = new(source.Shadow)
		r, err = p.compileText(ctx, req, p.text)
	}
	return r, p.exactly(ctx, req, err)
}

func (p *prepared) compileText(ctx context.Context, base *cc.Request, text string) (*cc.Result, error) {
	req := *base
	req.Text = p.before(source.Annotate(text, p.where()))
	return cc.Compile(ctx, &req)
}

// fillLines puts the text of each C line into the line information: clang reads
// it from the named file, which need not exist where the program runs. It also
// takes off the compiler's working directory, which clang puts before names.
func (p *prepared) fillLines(b *bundle.Bundle) {
	lines := strings.Split(p.text, "\n")
	names := p.fileNames(len(lines))
	for _, f := range b.Functions {
		for i := range f.Lines {
			l := &f.Lines[i]
			l.File = names.match(l.File)
			if n, ok := p.where().TextLine(l.File, int(l.Line)); ok && n >= 1 && n <= len(lines) {
				l.Text = lines[n-1]
			}
		}
	}
}

// fileNames is the set of names that the text's lines go by.
type fileNames map[string]bool

func (p *prepared) fileNames(lines int) fileNames {
	names := make(fileNames)
	for n := range lines {
		names[p.where().Position(n+1, 1).File] = true
	}
	return names
}

// match returns the name that path, as clang spells it, stands for.
func (f fileNames) match(path string) string {
	for name := range f {
		if strings.HasSuffix(path, "/"+name) {
			return name
		}
	}
	return path
}

// nameMacros notes how each table was declared, and whether the text computes
// power-of-two slots.
func (p *prepared) nameMacros(b *bundle.Bundle) {
	for _, t := range p.scan.Tables {
		if m := b.Map(t.Name); m != nil {
			m.Macro = t.Macro
		}
	}
	b.Log2 = slices.ContainsFunc(source.Tokenize(p.text), namesLog2)
}

// namesLog2 reports whether a token is bpf_log2l or bpf_log2, or a macro of the
// text with these in it.
func namesLog2(t source.Token) bool {
	switch t.Kind {
	case source.Ident:
		return t.Text == "bpf_log2l" || t.Text == "bpf_log2"
	case source.Directive:
		return strings.Contains(t.Text, "bpf_log2")
	}
	return false
}

// Headers says which kernel headers the bundle was compiled with: "btf" for
// those made from the kernel's types, else their folder; "" if that is unknown.
func (b *Bundle) Headers() string { return b.data.Headers }

// TypesLack says why installed headers were taken and not those made from the
// kernel's types, which were tried first; "" if these did or were not wanted.
func (b *Bundle) TypesLack() string { return b.data.TypesLack }

// Release is the kernel release the bundle was compiled for.
func (b *Bundle) Release() string { return b.data.Target.Release }

// Diagnostics is what the compiler printed, warnings as a rule.
func (b *Bundle) Diagnostics() string { return b.data.Diagnostics }

// Warnings are the warnings about the text, in the order of its lines: the
// compiler's about the text and the files it includes from folders of its own
// (-I, -iquote), and not those about kernel headers, which Diagnostics has.
// Programs that are fine have none. They are stored with the bundle, so one that
// comes out of the cache has them too. Nothing prints them by itself.
func (b *Bundle) Warnings() []Diagnostic { return listWarnings(b.data) }

// CacheStatus says what the cache did when the bundle was compiled.
func (b *Bundle) CacheStatus() CacheStatus { return b.cache }

// Baked tells that the bundle came out of Options.Baked.
func (b *Bundle) Baked() bool { return b.baked }

// Functions lists the C functions in the order of the text.
func (b *Bundle) Functions() []string { return b.data.FunctionNames() }

// Tables lists the tables in the order of the text.
func (b *Bundle) Tables() []string { return b.data.MapNames() }

// MarshalBinary encodes the bundle; equal bundles give equal bytes.
func (b *Bundle) MarshalBinary() ([]byte, error) { return b.data.Marshal() }

// UnmarshalBinary decodes what MarshalBinary made. Errors are ErrNotBundle and
// *CorruptError.
func (b *Bundle) UnmarshalBinary(data []byte) error {
	d, err := bundle.Unmarshal(data)
	if err != nil {
		return err
	}
	b.data = d
	return nil
}

// WriteFile stores the bundle, replacing the file as a whole or not at all.
func (b *Bundle) WriteFile(path string) error {
	data, err := b.MarshalBinary()
	if err != nil {
		return err
	}
	tmp := fmt.Sprintf("%s.%d.tmp", path, os.Getpid())
	if err := os.WriteFile(tmp, data, 0o644); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		os.Remove(tmp)
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

// ReadBundle reads a stored bundle.
func ReadBundle(path string) (*Bundle, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	b := new(Bundle)
	if err := b.UnmarshalBinary(data); err != nil {
		return nil, fmt.Errorf("read bundle %s: %w", path, err)
	}
	return b, nil
}

// IsBundle reports whether data starts as a stored bundle does.
func IsBundle(data []byte) bool { return bundle.IsBundle(data) }
