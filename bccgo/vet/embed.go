package vet

import (
	"go/ast"
	"go/token"

	csource "github.com/bccgo/bcc/bccgo/internal/source"
)

// readEmbeds notes which files a declaration's variables are filled with.
func (f *flow) readEmbeds(fset *token.FileSet, decl *ast.GenDecl) {
	if decl.Tok != token.VAR {
		return
	}
	file := fset.PositionFor(decl.Pos(), false).Filename
	for _, spec := range decl.Specs {
		spec := spec.(*ast.ValueSpec)
		files := csource.EmbeddedFiles(file, spec.Doc)
		if len(decl.Specs) == 1 {
			files = append(files, csource.EmbeddedFiles(file, decl.Doc)...)
		}
		if len(files) == 1 { // a string or bytes have one
			f.embeds[f.info.Defs[spec.Names[0]]] = files
		}
	}
}
