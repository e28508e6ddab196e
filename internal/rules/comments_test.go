package rules

import (
	"fmt"
	"go/ast"
	"strings"
	"testing"
)

func TestPackageComments(t *testing.T) {
	for dir, files := range packages(goFiles(t)) {
		report(t, undocumentedPackage(dir, files))
	}
	wants(t, 1, undocumentedPackage("x", []goFile{parse(t, "x/x.go", []byte("package x\n"))}))
	wants(t, 0, undocumentedPackage("x", []goFile{parse(t, "x/x.go", []byte("// Package x is.\npackage x\n"))}))
}

// undocumentedPackage tells whether none of a folder's files has a package
// comment. A folder with tests alone needs one as well.
func undocumentedPackage(dir string, files []goFile) []string {
	for _, f := range files {
		if strings.TrimSpace(f.ast.Doc.Text()) != "" {
			return nil
		}
	}
	return []string{dir + ": no file has a package comment"}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	for _, f := range goFiles(t) {
		if !f.isTest() && strings.HasPrefix(f.name, "bccgo/") {
			report(t, undocumentedNames(f))
		}
	}
	wants(t, 5, undocumentedNames(parse(t, "x.go", []byte(`package x

type T int

func (T) M() {}

func F() {}

const C = 1

var (
	// A is documented.
	A int
	B int
)

// D and E are documented as a group.
const (
	D = 1
	E = 2
)

type t int

func (t) M() {}

func (T) Error() string { return "" }
`))))
}

// undocumentedNames lists the exported names of a file that have no comment.
func undocumentedNames(f goFile) []string {
	var list []string
	missing := func(name *ast.Ident, docs ...*ast.CommentGroup) {
		if !name.IsExported() {
			return
		}
		for _, doc := range docs {
			if doc.Text() != "" {
				return
			}
		}
		list = append(list, fmt.Sprintf("%s: %s has no comment", f.name, name.Name))
	}
	for _, decl := range f.ast.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if isDocumentable(d) {
				missing(d.Name, d.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					missing(s.Name, s.Doc, d.Doc)
				case *ast.ValueSpec:
					for _, name := range s.Names {
						missing(name, s.Doc, s.Comment, d.Doc)
					}
				}
			}
		}
	}
	return list
}

// wellKnown are methods whose meaning is given by the interfaces of the
// standard library they belong to.
var wellKnown = map[string]bool{
	"Error": true, "Unwrap": true, "String": true,
	"MarshalJSON": true, "MarshalText": true, "UnmarshalText": true,
}

// isDocumentable tells whether a function is visible outside and has a meaning
// of its own.
func isDocumentable(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	return !wellKnown[d.Name.Name] && ast.IsExported(receiver(d))
}

// receiver is the name of a method's type.
func receiver(d *ast.FuncDecl) string {
	typ := d.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}
