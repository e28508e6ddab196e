package source

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"
)

// goSource is a parsed Go file.
type goSource struct {
	name string
	text string
	id   int32 // index in goPackage.files
	fset *token.FileSet
	tree *ast.File
	// broken says why it does not parse as a whole.
	broken error
}

// load reads and parses a file and adds it to the index. A file with syntax
// errors is used as far as it parses.
func (p *goPackage) load(name string) (*goSource, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	g := &goSource{name: name, text: string(data), fset: token.NewFileSet()}
	mode := parser.ParseComments | parser.SkipObjectResolution
	if g.tree, g.broken = parser.ParseFile(g.fset, name, data, mode); g.tree == nil {
		return nil, g.broken
	}
	g.id = p.addFile(name, g.text)
	p.sources = append(p.sources, g)
	p.indexFile(g)
	return g, nil
}

// loadSiblings adds the other files of the package. What cannot be read or
// parsed is left out: it is only a place to look.
func (p *goPackage) loadSiblings(goFile string) {
	pkg := p.sources[0].tree.Name.Name
	names, _ := filepath.Glob(filepath.Join(escapeGlob(filepath.Dir(goFile)), "*.go"))
	for _, name := range names {
		if filepath.Base(name) == filepath.Base(goFile) || packageOf(name) != pkg {
			continue
		}
		_, _ = p.load(name)
	}
}

// escapeGlob makes a pattern that matches dir alone.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}

func packageOf(name string) string {
	tree, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.PackageClauseOnly)
	if err != nil {
		return ""
	}
	return tree.Name.Name
}

func (g *goSource) offset(pos token.Pos) int { return g.fset.PositionFor(pos, false).Offset }

func (g *goSource) line(pos token.Pos) int { return g.fset.PositionFor(pos, false).Line }

// literal returns a string literal's value and the place of each byte.
func (p *goPackage) literal(g *goSource, lit *ast.BasicLit) (*fragment, bool) {
	start, end := g.offset(lit.Pos()), g.offset(lit.End())
	if lit.Kind != token.STRING || start+2 > end || end > len(g.text) {
		return nil, false
	}
	body := g.text[start+1 : end-1]
	if g.text[start] == '`' {
		return p.fragment(rawValue(body, g.id, start+1)), true
	}
	return p.fragment(quotedValue(body, g.id, start+1)), true
}

// rawValue evaluates a raw literal, which loses its carriage returns.
func rawValue(body string, id int32, off int) (string, []loc) {
	var out []byte
	at := make([]loc, 0, len(body)+1)
	for i := 0; i < len(body); i++ {
		if body[i] != '\r' {
			out = append(out, body[i])
			at = append(at, loc{id, int32(off + i)})
		}
	}
	return string(out), append(at, loc{id, int32(off + len(body))})
}

// quotedValue evaluates an interpreted literal up to its first bad escape.
func quotedValue(body string, id int32, off int) (string, []loc) {
	var out []byte
	at := make([]loc, 0, len(body)+1)
	for rest := body; rest != ""; {
		r, multibyte, tail, err := strconv.UnquoteChar(rest, '"')
		if err != nil {
			break
		}
		before := len(out)
		if multibyte {
			out = utf8.AppendRune(out, r)
		} else {
			out = append(out, byte(r))
		}
		for range out[before:] {
			at = append(at, loc{id, int32(off + len(body) - len(rest))})
		}
		rest = tail
	}
	return string(out), append(at, loc{id, int32(off + len(body))})
}
