package source

import (
	"go/ast"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// maxEmbedded bounds the size of an embedded file worth reading: no C text
// comes near it.
const maxEmbedded = 1 << 20

// indexEmbeds defines the variables that //go:embed fills by their files.
func (p *goPackage) indexEmbeds(g *goSource) {
	for _, decl := range g.tree.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			value, ok := spec.(*ast.ValueSpec)
			if !ok {
				continue
			}
			var files []*fragment
			for _, doc := range []*ast.CommentGroup{gen.Doc, value.Doc} {
				files = append(files, p.embedFiles(g, doc)...)
			}
			for _, name := range value.Names {
				if files != nil {
					p.define(name.Name, definition{files: files})
				}
			}
			p.embedded = append(p.embedded, files...)
		}
	}
}

func (p *goPackage) embedFiles(g *goSource, doc *ast.CommentGroup) []*fragment {
	var out []*fragment
	for _, name := range EmbeddedFiles(g.name, doc) {
		if f, err := p.wholeFile(name); err == nil {
			out = append(out, f)
		}
	}
	return out
}

// EmbeddedFiles lists the files that the comment of a variable in a Go file
// embeds into it, as far as there are such.
func EmbeddedFiles(goFile string, doc *ast.CommentGroup) []string {
	if doc == nil {
		return nil
	}
	var out []string
	for _, comment := range doc.List {
		patterns, ok := strings.CutPrefix(comment.Text, "//go:embed ")
		if !ok {
			continue
		}
		for _, pattern := range embedPatterns(patterns) {
			out = append(out, embedMatches(filepath.Dir(goFile), pattern)...)
		}
	}
	return out
}

// embedPatterns splits the patterns of a directive, which may be quoted.
func embedPatterns(s string) []string {
	var out []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		if quoted, err := strconv.QuotedPrefix(s); err == nil {
			pattern, _ := strconv.Unquote(quoted) // QuotedPrefix checked it
			out = append(out, pattern)
			s = s[len(quoted):]
			continue
		}
		word := strings.Fields(s)[0]
		out = append(out, word)
		s = s[len(word):]
	}
	return out
}

// embedMatches lists the files of a pattern, directories with their contents.
func embedMatches(dir, pattern string) []string {
	pattern = filepath.FromSlash(strings.TrimPrefix(pattern, "all:"))
	names, _ := filepath.Glob(filepath.Join(escapeGlob(dir), pattern))
	var out []string
	for _, name := range names {
		_ = filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && isSmallFile(path, entry) {
				out = append(out, path)
			}
			return nil // what cannot be read is no candidate
		})
	}
	return out
}

func isSmallFile(path string, entry fs.DirEntry) bool {
	if !entry.Type().IsRegular() {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Size() <= maxEmbedded
}
