package bccgo

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/bccgo/bcc/bccgo/internal/cc"
	"github.com/bccgo/bcc/bccgo/internal/headers"
	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/bccgo/internal/secure"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// prepared is a text with all that its compile needs, before and after the
// preparations that keep positions and event layouts exact.
type prepared struct {
	text string
	scan *source.Summary
	// where maps the text's lines to files. To find out takes time: what comes
	// out of the cache does without.
	where func() *source.Map
	named string          // Options.FileName
	pos   source.Position // where the text was handed over
	more  []string        // files of other packages that hold parts of it
	req   *cc.Request
	// planted is the text that was compiled last.
	planted *source.Shadow
	// target is the kernel to compile for, plan with which headers.
	target *Target
	plan   *headers.Plan
	// usdt has the readers of probes' arguments, which go in front of the text.
	usdt *usdtPlan
	// goText has the readers of Go functions' arguments, in front of those.
	goText string
	// missing are the tables declared extern that no program exports.
	missing []string
	// hostKernel tells that the target is the running kernel, found by itself.
	hostKernel bool
}

// prepare gathers a compile request. pos is where the text was handed over.
func prepare(text string, o *Options, pos source.Position, more ...string) (*prepared, error) {
	target, err := o.target()
	if err != nil {
		return nil, err
	}
	cflags, err := o.cflags()
	if err != nil {
		return nil, err
	}
	p := &prepared{text: text, scan: source.Scan(text), named: o.FileName, pos: pos, more: more, hostKernel: o.Target == nil}
	p.where = sync.OnceValue(func() *source.Map { return locate(text, o.FileName, pos, more) })
	formats, err := formatsFor(p.scan, target)
	if err != nil {
		return nil, err
	}
	exports, missing := findExports(externNames(p.scan), o)
	p.missing = missing
	p.req = &cc.Request{Cflags: cflags, Exports: exports, Target: target.bundleTarget(), Formats: formats, Debug: o.Debug.compiler(),
		Settings: settings(target.Machine), Library: secure.Getenv("LIBBCC_SO_PATH")}
	p.target = target
	if p.usdt, err = o.usdtPlan(target); err != nil {
		return nil, err
	}
	if p.goText, err = goText(text, target); err != nil {
		return nil, err
	}
	p.plan, err = target.headers(o.Headers)
	if err != nil {
		return nil, err
	}
	p.nameHeaders(p.plan.Choice)
	return p, nil
}

// nameHeaders puts the headers in files, if there are any, into the request.
func (p *prepared) nameHeaders(c *headers.Choice) {
	switch {
	case c == nil:
	case c.Tree:
		p.req.HeadersTree = c.Path
	case c.Kind != headers.Kheaders:
		p.req.HeadersRelease = filepath.Base(c.Path)
	}
}

// settings are the environment variables that libbcc heeds. For another machine
// than this one it has to be told the architecture.
func settings(machine string) []string {
	var list []string
	for _, name := range cc.SettingNames {
		value := os.Getenv(name)
		if name == "ARCH" && value == "" {
			value = foreignArch(machine)
		}
		if value != "" {
			list = append(list, name+"="+value)
		}
	}
	return list
}

// machineArch has the kernel's names for architectures by what uname -m prints.
var machineArch = map[string]string{
	"x86_64": "x86", "aarch64": "arm64", "s390x": "s390x", "ppc64le": "powerpc", "ppc64": "powerpc",
	"mips64": "mips", "riscv64": "riscv64", "loongarch64": "loongarch",
}

// foreignArch is the architecture of a machine, "" for this one.
func foreignArch(machine string) string {
	u, err := probe.Running().Uname()
	if err != nil || u.Machine == machine {
		return ""
	}
	return machineArch[machine]
}

// locate maps the text's lines to the Go file they stand in, or else to a name
// for the text.
func locate(text, fileName string, pos source.Position, more []string) *source.Map {
	if fileName != "" {
		return source.ForFile(fileName)
	}
	if m, err := source.Locate(pos.File, pos.Line, text, more...); err == nil {
		return m
	}
	return source.ForCall(pos.File, pos.Line)
}

// caller is the position of the first call from outside this package.
func caller() source.Position {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "github.com/bccgo/bcc/bccgo.") || strings.HasSuffix(f.File, "_test.go") {
			return source.Position{File: shortPath(f.File), Line: f.Line}
		}
		if !more {
			return source.Position{File: "program", Line: 1}
		}
	}
}

// shortPath is the path as seen from the working directory where that is below
// it, as compilers print it.
func shortPath(path string) string {
	wd, err := filepath.Abs(".")
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(wd, path)
	if err != nil || strings.HasPrefix(rel, "..") {
		return path
	}
	return rel
}

// formatsFor collects the formats of the tracepoints a text names. A tracepoint
// that the target lacks is left out: libbcc then reports the struct as missing.
func formatsFor(sum *source.Summary, t *Target) (map[string]string, error) {
	formats := make(map[string]string, len(sum.Tracepoints))
	for _, tp := range sum.Tracepoints {
		category, event, _ := strings.Cut(tp, ":")
		text, err := t.format(category, event)
		if err != nil {
			return nil, err
		}
		if text != "" {
			formats[category+"/"+event] = text
		}
	}
	return formats, nil
}
