package btftree

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/source"
)

// TestShimFiles holds every file to say what it stands in for.
func TestShimFiles(t *testing.T) {
	files, err := fs.Glob(shimFiles, "shim/*.h")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		data, err := shimFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		comment, _, ok := strings.Cut(string(data), "*/")
		if !ok || !strings.HasPrefix(comment, "/*") || len(strings.Fields(comment)) < 10 {
			t.Errorf("%s does not begin with what it stands in for", name)
		}
	}
}

// TestShimNames finds chunks that can never be chosen and names that two chunks
// define, so that a text would get both.
func TestShimNames(t *testing.T) {
	s := loadShims()
	for _, c := range s.chunks {
		if len(c.names) == 0 {
			t.Errorf("this defines nothing: %.60q", c.text)
		}
	}
	for name, list := range s.byName {
		if slices.Sort(list); len(slices.Compact(list)) > 1 {
			t.Errorf("%d chunks define %s", len(list), name)
		}
	}
}

// TestShimOrder finds functions that use a macro or a function which comes after
// them.
func TestShimOrder(t *testing.T) {
	s := loadShims()
	for i, c := range s.chunks {
		if !strings.HasPrefix(c.text, "static ") {
			continue
		}
		before := ""
		for _, token := range source.Tokenize(c.text) {
			for _, j := range s.byName[token.Text] {
				if j > i && token.Kind == source.Ident && !isTagWord(before) && before != "->" && before != ">" && before != "." {
					t.Errorf("%s uses %s, which comes later", c.names[0], token.Text)
				}
			}
			before = token.Text
		}
	}
}
