package bccgo

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/lint"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// listWarnings turns stored warnings into messages.
func listWarnings(b *bundle.Bundle) []Diagnostic {
	if b == nil {
		return nil
	}
	var list []Diagnostic
	for _, w := range b.Warnings {
		list = append(list, warning(w))
	}
	return list
}

func warning(w bundle.Warning) Diagnostic {
	return Diagnostic{File: w.File, Line: w.Line, Col: w.Col, Severity: "warning", Message: w.Message, Excerpt: w.Excerpt}
}

// warnAttached notes what is wrong with a function where it was attached. The
// module is locked.
func (m *Module) warnAttached(l *Link) {
	f := m.bundle.Function(l.function)
	if l.hook != kprobeHook.name || f == nil || f.Args == nil {
		return
	}
	for _, symbol := range l.targets {
		if !lint.WrappedSymbol(symbol) {
			continue
		}
		w := *f.Args
		w.Message = lint.ArgumentMessage(w.Message, l.function, symbol)
		if !slices.Contains(m.warned, w) {
			m.warned = append(m.warned, w)
		}
		return
	}
}

// warn finds what there is to say about the text of a compiled bundle.
func (p *prepared) warn(b *bundle.Bundle) {
	b.Warnings = sortedWarnings(p.compilerWarnings(b.Diagnostics))
	version, err := p.target.versionCode()
	if err != nil {
		return // a target that does not say its version: what depends on it is not known
	}
	in := &lint.Input{Text: p.text, Scan: p.scan, Bundle: b, Machine: p.target.Machine, Version: version, TextLine: p.where().TextLine,
		Constant: p.kernelConstant()}
	list := p.withoutFormats(b.Warnings, in.Formatted(), version)
	for _, f := range lint.Check(in) {
		list = append(list, p.warningAt(f.Line, f.Col, f.Message))
	}
	b.Warnings = sortedWarnings(list)
	for i := range b.Functions {
		if w := in.ArgumentUse(b.Functions[i].Name); w != nil {
			found := p.warningAt(w.Line, w.Col, w.Message)
			b.Functions[i].Args = &found
		}
	}
}

// kernelConstant looks the target's enumerators up, reading its types if it is
// asked at all; nil where they are not at hand.
func (p *prepared) kernelConstant() func(name string) (int64, bool) {
	if p.plan.Types == "" {
		return nil
	}
	kernel := sync.OnceValue(p.readTypes)
	return func(name string) (int64, bool) {
		if kernel() == nil {
			return 0, false
		}
		return kernel().Constant(name)
	}
}

// formatWarnings are libbcc's about formats. It knows only what kernels before
// 5.13 do.
var formatWarnings = []string{
	"cannot use several %s conversion specifiers", "cannot use more than 3 conversion specifiers",
	"only %d %u %x %ld %lu %lx %lld %llu %llx %p %s conversion specifiers allowed",
}

// withoutFormats leaves out libbcc's warnings about formats that were looked at
// here, and those that are not true of newer kernels.
func (p *prepared) withoutFormats(list []bundle.Warning, lines map[int]bool, version uint32) []bundle.Warning {
	return slices.DeleteFunc(list, func(w bundle.Warning) bool {
		line, ok := p.where().TextLine(w.File, w.Line)
		return slices.Contains(formatWarnings, w.Message) && (version >= lint.BetterFormats || ok && lines[line])
	})
}

// sortedWarnings sorts by place.
func sortedWarnings(list []bundle.Warning) []bundle.Warning {
	slices.SortStableFunc(list, func(a, b bundle.Warning) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return list
}

// passEnd is what clang prints below the messages of each of its passes.
var passEnd = lazyRegexp(`(?m)^\d+ warnings? generated\.$`)

// compilerWarnings are the compiler's about the text and the files that it
// includes from its own folders. libbcc makes several passes over the text, the
// later ones over what the earlier ones rewrote: what these find again is left
// out.
func (p *prepared) compilerWarnings(output string) []bundle.Warning {
	if !strings.Contains(output, "warning: ") {
		return nil
	}
	type message struct {
		file, text string
		line       int
	}
	var list []bundle.Warning
	earlier := make(map[message]bool)
	names := p.fileNames(strings.Count(p.text, "\n") + 1)
	for i, pass := range passEnd().Split(output, -1) {
		var found []message
		for _, d := range parseDiagnostics(pass) {
			d.File = names.match(d.File)
			m := message{d.File, d.Message, d.Line}
			if d.Severity != "warning" || earlier[m] || !names[d.File] && !p.ownFile(d.File) || i > 0 && p.rewritten(d) {
				continue
			}
			found = append(found, m)
			list = append(list, p.unplanted(bundle.Warning{File: d.File, Line: d.Line, Col: d.Col, Message: d.Message, Excerpt: d.Excerpt}))
		}
		for _, m := range found {
			earlier[m] = true
		}
	}
	return list
}

// rewritten tells a message about a line that libbcc has changed, and so not
// about what stands there.
func (p *prepared) rewritten(d Diagnostic) bool {
	line, ok := p.where().TextLine(d.File, d.Line)
	if !ok {
		return false
	}
	shown, _, _ := strings.Cut(d.Excerpt, "\n")
	excerpt, _, _ := strings.Cut(source.Excerpt(p.planted.Text, line, 1), "\n")
	return shown != excerpt
}

// ownFile tells a file of whoever wrote the text, one in a folder that the
// compiler was told to look into, from kernel headers.
func (p *prepared) ownFile(name string) bool {
	for i, flag := range p.req.Cflags {
		for _, option := range []string{"-I", "-iquote"} {
			dir, ok := strings.CutPrefix(flag, option)
			if ok && dir == "" && i+1 < len(p.req.Cflags) {
				dir = p.req.Cflags[i+1]
			}
			if ok && dir != "" && strings.HasPrefix(name, filepath.Clean(dir)+"/") {
				return true
			}
		}
	}
	return slices.ContainsFunc(p.scan.Includes, func(inc source.Include) bool { return inc.Quoted && inc.Name == name })
}

// unplanted corrects a message about a line into which a struct was planted, or
// that was broken to keep its number.
func (p *prepared) unplanted(w bundle.Warning) bundle.Warning {
	line, ok := p.where().TextLine(w.File, w.Line)
	if !ok || !p.planted.Changed(line) && !p.placer().hasBrace(line) {
		return w
	}
	return p.warningAt(line, p.planted.Column(line, w.Col), w.Message)
}

// warningAt is a warning about a place in the text.
func (p *prepared) warningAt(line, col int, message string) bundle.Warning {
	pos := p.where().Position(line, col)
	return bundle.Warning{File: pos.File, Line: pos.Line, Col: pos.Col, Message: message, Excerpt: source.Excerpt(p.text, line, col)}
}
