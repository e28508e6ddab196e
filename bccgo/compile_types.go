package bccgo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/bccgo/bcc/bccgo/internal/cc"
	"github.com/bccgo/bcc/bccgo/internal/headers"
	"github.com/bccgo/bcc/bccgo/internal/headers/btftree"
	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// Places of the running kernel's types.
const (
	typesDir  = "/sys/kernel/btf"
	typesFile = typesDir + "/" + btftree.Vmlinux
)

// types is the file with the target's types, "" if there is none.
func (t *Target) types() string {
	if t.BTF != "" {
		return t.BTF
	}
	if _, err := os.Stat(typesFile); err != nil || !t.isRunning() {
		return ""
	}
	return typesFile
}

// isRunning tells whether the target is the running kernel.
func (t *Target) isRunning() bool {
	u, err := probe.Running().Uname()
	return err == nil && t.Release == u.Release && t.Machine == u.Machine && (t.Version == "" || t.Version == u.Version)
}

// configFile is the file with the target's configuration. An error that is
// fs.ErrNotExist means that there is none.
func (t *Target) configFile() (string, error) {
	switch {
	case t.Config != "":
		return t.Config, nil
	case t.isRunning():
		return probe.Running().ConfigFile()
	}
	return "", fs.ErrNotExist
}

// config reads the target's configuration, nil if it is not known.
func (t *Target) config() ([]byte, error) {
	file, err := t.configFile()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the kernel's configuration: %w", err)
	}
	return data, nil
}

// versionCode is LINUX_VERSION_CODE on the target.
func (t *Target) versionCode() (uint32, error) {
	switch {
	case t.VersionCode != 0:
		return t.VersionCode, nil
	case t.isRunning():
		return probe.VersionCode()
	}
	return probe.ParseVersionCode(t.Release, t.Version)
}

// checkTypes refuses types that are not those that the description was made with.
func (t *Target) checkTypes() error {
	if t.BTFSum == "" {
		return nil
	}
	data, err := os.ReadFile(t.BTF)
	if err != nil {
		return fmt.Errorf("read the types of kernel %s: %w", t.Release, err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != t.BTFSum {
		return fmt.Errorf("%s has not the types of kernel %s that the target was described with (its SHA-256 is %x, not %s): describe the target anew (bccgo target dump)",
			t.BTF, t.Release, sum, t.BTFSum)
	}
	return nil
}

// typesRequest asks for a compile with headers made from the target's types.
func (p *prepared) typesRequest() (*cc.Request, error) {
	sources, err := btftree.FindSources(p.front()+p.text, p.req.Cflags)
	if err != nil {
		return nil, err
	}
	if err := p.target.checkTypes(); err != nil {
		return nil, err
	}
	config, err := p.target.config()
	if err != nil {
		return nil, err
	}
	version, err := p.target.versionCode()
	if err != nil {
		return nil, err
	}
	req := *p.req
	req.HeadersTree, req.HeadersRelease = "", ""
	req.Tree = &cc.Tree{BTF: p.plan.Types, Modules: moduleTypes(p.plan.Types), Config: config, Version: version,
		Includes: sources.Includes, Texts: sources.Texts}
	return &req, nil
}

// moduleTypes lists the files with the types of modules beside those of the
// kernel proper: in the same folder, or in a target's folder modules.
func moduleTypes(types string) []string {
	dir, own := filepath.Join(filepath.Dir(types), targetModules), ""
	if types == typesFile {
		dir, own = typesDir, typesFile
	}
	list, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(list, func(name string) bool { return name == own })
}

// typesTries bounds how often a text is compiled again with names that the
// compiler missed.
const typesTries = 3

// compileWithTypes compiles with headers made from the target's types. Names
// that a text makes from pieces are not seen in it; the compiler's messages tell
// them, and they are provided in another try.
func (p *prepared) compileWithTypes(ctx context.Context) (*cc.Result, error) {
	if p.plan.Types == "" {
		return nil, nil
	}
	req, err := p.typesRequest()
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		r, err := p.compilePlanted(ctx, req)
		if err == nil {
			r.Bundle.Headers = headers.FromTypes
			return r, nil
		}
		missing := missingNames(err, p.text, req.Tree.More)
		if len(missing) == 0 || try == typesTries {
			return nil, err
		}
		req.Tree.More = append(req.Tree.More, missing...)
	}
}

// missingName matches what clang says of a name that it does not know, or of a
// type that it knows by name only.
var missingName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:undeclared identifier|unknown type name|implicit declaration of function|incomplete(?: element| result)?(?: definition of)? type|no member named '\w+' in) '((?:(?:struct|union|enum) )?\w+)`)
})

// missingNames are the names that a compile's messages say are missing and that
// the text does not spell out, so that the headers were made without them.
func missingNames(err error, text string, known []string) []string {
	var refusal *cc.TextError
	if !errors.As(err, &refusal) {
		return nil
	}
	var list []string
	for _, m := range missingName().FindAllStringSubmatch(refusal.Output, -1) {
		name := m[1]
		if !spelledOut(text, name) && !slices.Contains(known, name) && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// spelledOut tells whether a text has a name as one piece.
func spelledOut(text, name string) bool {
	return regexp.MustCompile(`\b` + strings.ReplaceAll(name, " ", `\s+`) + `\b`).MatchString(text)
}

// mayBeHeaders tells whether other headers may help against an error.
func mayBeHeaders(err error) bool {
	var refusal *cc.TextError
	var unsupported *cc.UnsupportedError
	var tree *cc.TreeError
	return errors.As(err, &refusal) || errors.As(err, &unsupported) || errors.As(err, &tree)
}

// typesLack says in a line why headers made from types did not do.
func typesLack(err error) string {
	text := err.Error()
	if refusal := new(cc.TextError); errors.As(err, &refusal) {
		for line := range strings.Lines(refusal.Output) {
			if _, message, ok := strings.Cut(line, "error: "); ok {
				return strings.TrimSpace(message)
			}
		}
		text = refusal.Output
	}
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// typesIdentity stands for the types and the configuration in the key of the
// cache. Those of the running kernel go by its build id, which is in the key.
func (p *prepared) typesIdentity() ([]string, error) {
	if p.plan.Types == "" {
		return nil, nil
	}
	id := []string{p.plan.Types, p.target.Config, fmt.Sprint(p.target.VersionCode)}
	for _, file := range []string{p.target.BTF, p.target.Config} {
		if file == "" {
			continue
		}
		info, err := os.Stat(file)
		if err != nil {
			return nil, fmt.Errorf("identify the kernel's types: %w", err)
		}
		id = append(id, fmt.Sprint(info.Size(), info.ModTime().UnixNano()))
	}
	return id, nil
}
