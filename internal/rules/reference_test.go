package rules

import (
	"fmt"
	"go/ast"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// api is the public package's exported names: functions, types and values as
// "Load", methods and fields as "Module.Close". Fields are false: the reference
// may leave them to the source.
func api(files []goFile) map[string]bool {
	names := make(map[string]bool)
	for _, f := range files {
		for _, decl := range f.ast.Decls {
			addNames(names, decl)
		}
	}
	return names
}

func addNames(names map[string]bool, decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		switch {
		case d.Recv == nil && d.Name.IsExported():
			names[d.Name.Name] = true
		case d.Recv != nil && d.Name.IsExported() && ast.IsExported(receiver(d)):
			names[receiver(d)+"."+d.Name.Name] = true
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				addType(names, s)
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if name.IsExported() {
						names[name.Name] = true
					}
				}
			}
		}
	}
}

func addType(names map[string]bool, s *ast.TypeSpec) {
	if !s.Name.IsExported() {
		return
	}
	names[s.Name.Name] = true
	structure, ok := s.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range structure.Fields.List {
		for _, name := range field.Names {
			if name.IsExported() {
				names[s.Name.Name+"."+name.Name] = false
			}
		}
	}
}

func publicAPI(t *testing.T) map[string]bool {
	t.Helper()
	var files []goFile
	for _, f := range goFiles(t) {
		if f.dir() == "bccgo" && !f.isTest() {
			files = append(files, f)
		}
	}
	return api(files)
}

// qualified matches a name of the public package in a document; member matches
// what may be a method or field of a type of it.
var (
	qualified = regexp.MustCompile(`\bbccgo\.([A-Z]\w*)`)
	member    = regexp.MustCompile(`\b([A-Z]\w*)\.([A-Z]\w*)`)
)

func TestDocumentsNameWhatExists(t *testing.T) {
	names := publicAPI(t)
	for _, name := range named(t, "*.md") {
		report(t, unknownNames(name, string(read(t, name)), names))
	}
	sample := map[string]bool{"Load": true, "Module": true, "Module.Close": true}
	wants(t, 2, unknownNames("x.md", "`bccgo.Load`, `bccgo.Lod`, `Module.Close`, `Module.Open`, `Other.Thing`", sample))
}

// unknownNames lists the names in a document that the public package does not
// have.
func unknownNames(file, text string, names map[string]bool) []string {
	var list []string
	for _, m := range qualified.FindAllStringSubmatch(text, -1) {
		if _, ok := names[m[1]]; !ok {
			list = append(list, fmt.Sprintf("%s: there is no %s", file, m[0]))
		}
	}
	for _, m := range member.FindAllStringSubmatch(text, -1) {
		_, known := names[m[0]]
		if strings.ToUpper(m[2]) == m[2] {
			continue // one of Python's constants, as PerfType.SOFTWARE
		}
		if _, typ := names[m[1]]; typ && !known {
			list = append(list, fmt.Sprintf("%s: there is no %s", file, m[0]))
		}
	}
	return list
}

func TestReferenceIsComplete(t *testing.T) {
	report(t, unmentioned(string(read(t, "docs/reference.md")), publicAPI(t)))
	wants(t, 1, unmentioned("`Load`, `Module`", map[string]bool{"Load": true, "Module": true, "Module.Close": true, "Module.Field": false}))
}

// unmentioned lists the functions, types, values and methods that the reference
// leaves out. A method may stand there without its type.
func unmentioned(reference string, names map[string]bool) []string {
	have := make(map[string]bool)
	for _, word := range regexp.MustCompile(`\w+`).FindAllString(reference, -1) {
		have[word] = true
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		last := name[strings.LastIndex(name, ".")+1:]
		if names[name] && !have[last] && !wellKnown[last] {
			list = append(list, "docs/reference.md does not mention "+name)
		}
	}
	return list
}
