package bccgo

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/cache"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// compilerEnvironment are the variables that libbcc, clang and the dynamic
// linker read and that are not in the request already.
var compilerEnvironment = []string{
	"CCC_OVERRIDE_OPTIONS", "COMPILER_PATH", "CPATH", "C_INCLUDE_PATH", "SOURCE_DATE_EPOCH",
	"LD_LIBRARY_PATH", "LD_PRELOAD",
}

// key hashes all that the compile depends on, save the content of headers and
// libraries, which the entry describes.
func (p *prepared) key(s *cache.Store) (cache.Key, error) {
	h := cache.NewHash()
	r := p.req
	id, err := compilerIdentity()
	if err != nil {
		return cache.Key{}, fmt.Errorf("identify this library: %w", err)
	}
	place, err := p.place(s, id)
	if err != nil {
		return cache.Key{}, err
	}
	h.Add("library", id...)
	h.Add("text", p.text, place)
	h.Add("readers", p.goText, p.usdt.text)
	h.Add("cflags", r.Cflags...)
	h.Add("target", fmt.Sprintf("%+v", r.Target))
	h.Add("exports", fmt.Sprintf("%+v", r.Exports))
	h.Add("debug", fmt.Sprint(r.Debug))
	h.Add("settings", r.Settings...)
	h.Add("libbcc", r.Library)
	tree, err := resolved(r.HeadersTree)
	if err != nil {
		return cache.Key{}, fmt.Errorf("resolve the headers' folder: %w", err)
	}
	h.Add("headers", r.HeadersRelease, tree)
	types, err := p.typesIdentity()
	if err != nil {
		return cache.Key{}, err
	}
	h.Add("types", types...)
	h.AddMap("formats", withoutIDs(r.Formats))
	for _, name := range compilerEnvironment {
		value, set := os.LookupEnv(name)
		h.Add("environment", name, value, fmt.Sprint(set))
	}
	if p.usesWorkingDir() {
		dir, err := os.Getwd()
		if err != nil {
			return cache.Key{}, fmt.Errorf("find the working directory: %w", err)
		}
		h.Add("directory", dir)
	}
	if p.hostKernel {
		notes, err := os.ReadFile("/sys/kernel/notes")
		if err != nil && !os.IsNotExist(err) {
			return cache.Key{}, fmt.Errorf("read the kernel's build id: %w", err)
		}
		h.Add("kernel", string(notes))
	}
	return h.Key(), nil
}

func resolved(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	return filepath.EvalSymlinks(path)
}

// usesWorkingDir reports whether the text or a flag may name a file relative to
// the working directory.
func (p *prepared) usesWorkingDir() bool {
	quoted := func(i source.Include) bool { return i.Quoted }
	return len(p.req.Cflags) > 0 || slices.ContainsFunc(p.scan.Includes, quoted)
}

// withoutIDs takes the line out of tracepoints' formats that differs between
// boots and that no program depends on.
func withoutIDs(formats map[string]string) map[string]string {
	out := make(map[string]string, len(formats))
	for name, format := range formats {
		var kept strings.Builder
		for line := range strings.Lines(format) {
			if !strings.HasPrefix(line, "ID: ") {
				kept.WriteString(line)
			}
		}
		out[name] = kept.String()
	}
	return out
}
