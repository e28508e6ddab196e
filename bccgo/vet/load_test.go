package vet

import (
	"bytes"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/go/analysis"
)

// imports are the packages that the tested programs import.
var imports = []string{Subject, "context", "embed", "fmt", "flag", "maps", "os", "strconv", "strings"}

// exports has the files with the types of all packages that these need.
var exports = sync.OnceValues(func() (map[string]string, error) {
	cmd := exec.Command("go", append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}, imports...)...)
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	files := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		files[path] = file
	}
	return files, nil
})

// loader reads the packages of one program: those in its folder from source, all
// others from what the go command has made.
type loader struct {
	t     *testing.T
	dir   string
	fset  *token.FileSet
	other types.Importer
}

func newLoader(t *testing.T, dir string) *loader {
	t.Helper()
	files, err := exports()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	fset := token.NewFileSet()
	other := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(files[path]) })
	return &loader{t, dir, fset, other}
}

// Import makes the loader an importer: "program/x" is the folder x.
func (l *loader) Import(path string) (*types.Package, error) {
	if dir, ok := strings.CutPrefix(path, "program/"); ok {
		pkg, _, _ := l.load(filepath.Join(l.dir, dir), path)
		return pkg, nil
	}
	return l.other.Import(path)
}

func (l *loader) load(dir, path string) (*types.Package, []*ast.File, *types.Info) {
	l.t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		l.t.Fatalf("no Go files in %s: %v", dir, err)
	}
	var files []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(l.fset, name, nil, parser.ParseComments)
		if err != nil {
			l.t.Fatal(err)
		}
		files = append(files, f)
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Instances: map[*ast.Ident]types.Instance{}, Defs: map[*ast.Ident]types.Object{},
		Uses: map[*ast.Ident]types.Object{}, Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes: map[ast.Node]*types.Scope{},
	}
	pkg, err := (&types.Config{Importer: l, Sizes: sizes()}).Check(path, l.fset, files, info)
	if err != nil {
		l.t.Fatal(err)
	}
	return pkg, files, info
}

func sizes() types.Sizes { return types.SizesFor("gc", runtime.GOARCH) }

// analyze runs the analyzer over the program in a folder.
func analyze(t *testing.T, dir string, s *settings) (*token.FileSet, []analysis.Diagnostic, error) {
	t.Helper()
	l := newLoader(t, dir)
	pkg, files, info := l.load(dir, "program")
	var found []analysis.Diagnostic
	pass := &analysis.Pass{
		Analyzer: Analyzer, Fset: l.fset, Files: files, Pkg: pkg, TypesInfo: info, TypesSizes: sizes(),
		Report:   func(d analysis.Diagnostic) { found = append(found, d) },
		ReadFile: os.ReadFile,
	}
	return l.fset, found, check(pass, s)
}

// place is a finding's place relative to the program's folder, with what stands
// there.
func place(t *testing.T, fset *token.FileSet, dir string, pos token.Pos) string {
	t.Helper()
	at := fset.PositionFor(pos, false)
	data, err := os.ReadFile(at.Filename)
	if err != nil {
		t.Fatal(err)
	}
	line := bytes.Split(data, []byte("\n"))[at.Line-1]
	rel, err := filepath.Rel(dir, at.Filename)
	if err != nil {
		t.Fatal(err)
	}
	at.Filename = rel
	rest := string(line[min(at.Column-1, len(line)):])
	return at.String() + " «" + rest[:min(len(rest), 24)] + "»"
}
