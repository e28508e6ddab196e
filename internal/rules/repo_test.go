package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// module is the path of this module, root its folder.
const (
	module = "github.com/bccgo/bcc"
	root   = "../.."
)

// goFile is a parsed Go file. Its name is relative to the module's root.
type goFile struct {
	name string
	src  []byte
	ast  *ast.File
}

func (f goFile) dir() string  { return path.Dir(f.name) }
func (f goFile) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

// imports lists the paths the file imports.
func (f goFile) imports() []string {
	list := make([]string, len(f.ast.Imports))
	for i, spec := range f.ast.Imports {
		list[i] = strings.Trim(spec.Path.Value, "\"`")
	}
	return list
}

// made lists the folders at the root that hold no sources: git's, and what the
// Makefile makes.
var made = []string{".git", "bin", ".build"}

// files lists all files of the repository, relative to its root.
var files = sync.OnceValues(func() ([]string, error) {
	var list []string
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(made, name):
			return fs.SkipDir
		case entry.Type().IsRegular():
			list = append(list, name)
		}
		return nil
	})
	return list, err
})

// named lists the files whose names match one of the patterns, which are those
// of path.Match for the last element.
func named(t *testing.T, patterns ...string) []string {
	t.Helper()
	all, err := files()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, name := range all {
		for _, p := range patterns {
			if ok, err := path.Match(p, path.Base(name)); err != nil {
				t.Fatal(err)
			} else if ok {
				list = append(list, name)
				break
			}
		}
	}
	if len(list) == 0 {
		t.Fatalf("no files %v: a rule about them would hold for nothing", patterns)
	}
	return list
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// parse parses a Go text.
func parse(t *testing.T, name string, src []byte) goFile {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return goFile{name: name, src: src, ast: tree}
}

// goFiles parses all Go files, whatever their build tags.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	var list []goFile
	for _, name := range named(t, "*.go") {
		if !strings.Contains("/"+name, "/testdata/") {
			list = append(list, parse(t, name, read(t, name)))
		}
	}
	return list
}

// packages groups files by folder.
func packages(files []goFile) map[string][]goFile {
	byDir := make(map[string][]goFile)
	for _, f := range files {
		byDir[f.dir()] = append(byDir[f.dir()], f)
	}
	return byDir
}

// report fails the test with each violation.
func report(t *testing.T, violations []string) {
	t.Helper()
	for _, v := range violations {
		t.Error(v)
	}
}

// wants checks that a rule finds exactly so many violations in a sample, so
// that a rule that finds nothing is known to be able to.
func wants(t *testing.T, n int, violations []string) {
	t.Helper()
	if len(violations) != n {
		t.Errorf("in the sample the rule found %d violations, want %d:\n%s", len(violations), n, strings.Join(violations, "\n"))
	}
}
