package source

import (
	"fmt"
	"go/ast"
	"path/filepath"
	"strconv"
)

// libraryPath is the package whose calls take C texts.
const libraryPath = "github.com/bccgo/bcc/bccgo"

// textArgument is the place of the C text among each function's arguments.
var textArgument = map[string]int{"Load": 0, "Compile": 0, "LoadContext": 1, "CompileContext": 1, "Bake": 2}

// CallText is a C text that a Go file hands to the library.
type CallText struct {
	// Call is the function, "Load", and Pos where it is called.
	Call string
	Pos  Position
	Text string
	// Err says why the text cannot be told from the source; Text is empty then.
	Err error
}

// FindTexts lists the C texts in the calls of a Go file that compile one (Load,
// LoadContext, Compile, CompileContext, Bake), as far as they can be told from the
// source of the package alone, without its types: literals, what is put together
// from them, constants and variables, parameters with what the package's own
// calls give them, and embedded files. A call may have several.
//
// It fails if the file cannot be read or parsed.
func FindTexts(goFile string) ([]CallText, error) {
	p := &goPackage{}
	main, err := p.load(goFile)
	if err == nil {
		err = main.broken
	}
	if err != nil {
		return nil, fmt.Errorf("find C texts: %w", err)
	}
	p.loadSiblings(goFile)
	library := importName(main.tree)
	if library == "" {
		return nil, nil
	}
	var out []CallText
	for _, decl := range main.tree.Decls {
		fn, _ := decl.(*ast.FuncDecl)
		ast.Inspect(decl, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				out = append(out, p.callTexts(call, library, place{main, fn})...)
			}
			return true
		})
	}
	return out, nil
}

// importName is what a file calls the library, "" if it does not import it.
func importName(file *ast.File) string {
	for _, spec := range file.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err != nil || path != libraryPath {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return filepath.Base(libraryPath)
	}
	return ""
}

// callTexts are the texts of a call, if it is one that takes a text.
func (p *goPackage) callTexts(call *ast.CallExpr, library string, in place) []CallText {
	fun, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	at, takes := textArgument[fun.Sel.Name]
	if pkg, ok := fun.X.(*ast.Ident); !ok || !takes || pkg.Name != library || at >= len(call.Args) {
		return nil
	}
	pos := in.src.fset.PositionFor(call.Pos(), false)
	found := CallText{Call: fun.Sel.Name, Pos: Position{in.src.name, pos.Line, pos.Column}}
	texts, err := (&evaluation{p: p, following: map[nameIn]bool{}}).expr(call.Args[at], in)
	if err != nil {
		found.Err = err
		return []CallText{found}
	}
	var out []CallText
	for _, text := range texts {
		found.Text = text
		out = append(out, found)
	}
	return out
}
