package btftree

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/bccgo/bcc/bccgo/internal/source"
)

// shimFiles stand in for what BTF lacks of the kernel's headers. They are cut
// into chunks, of which a tree gets those that its text needs: a #define, a
// function, a type, or a whole #if … #endif.
//
//go:embed shim/*.h
var shimFiles embed.FS

// chunk is a part of a shim file that is taken whole or not at all.
type chunk struct {
	text string
	// names are what it defines, tags included.
	names []string
	// yields tells that an enumerator of the kernel's is taken in its place.
	yields bool
}

// yielding begins the names of the files whose chunks yield: flags inside the
// kernel, which are macros in one version and enumerators in another.
const yielding = "30_"

// shims are the chunks in their order, and which of them define a name.
type shims struct {
	chunks []chunk
	byName map[string][]int
}

// loadShims cuts the embedded files. They are fixed, so that a fault in them is
// a fault of the program.
var loadShims = sync.OnceValue(func() *shims {
	entries, err := fs.Glob(shimFiles, "shim/*.h")
	if err != nil {
		panic(fmt.Sprintf("list shim headers: %v", err))
	}
	s := &shims{byName: make(map[string][]int)}
	for _, name := range entries {
		data, err := shimFiles.ReadFile(name)
		if err != nil {
			panic(fmt.Sprintf("read shim header: %v", err))
		}
		chunks := cutChunks(string(data))
		for i := range chunks {
			chunks[i].yields = strings.HasPrefix(path.Base(name), yielding)
		}
		s.add(chunks)
	}
	return s
})

func (s *shims) add(chunks []chunk) {
	for _, c := range chunks {
		for _, name := range c.names {
			s.byName[name] = append(s.byName[name], len(s.chunks))
		}
		s.chunks = append(s.chunks, c)
	}
}

// cutChunks cuts the text of a shim file at its top level.
func cutChunks(text string) []chunk {
	c := cutter{text: text}
	for _, t := range source.Tokenize(text) {
		c.token(t)
	}
	return c.chunks
}

// cutter collects the tokens of one chunk after the other.
type cutter struct {
	text   string
	chunks []chunk
	start  int // of the chunk at work
	tokens []source.Token
	braces int
	ifs    int
}

func (c *cutter) token(t source.Token) {
	if t.Kind == source.Comment {
		return
	}
	if len(c.tokens) == 0 {
		c.start = t.Offset
	}
	c.tokens = append(c.tokens, t)
	ends := false
	switch {
	case t.Kind == source.Directive:
		ends = c.directive(t)
	case t.Text == "{" || t.Text == "(":
		c.braces++
	case t.Text == ")":
		c.braces--
	case t.Text == "}":
		c.braces--
		ends = c.isFunction()
	case t.Text == ";":
		ends = true
	}
	if ends && c.braces == 0 && c.ifs == 0 {
		c.chunks = append(c.chunks, chunk{text: c.text[c.start:t.End()], names: chunkNames(c.tokens)})
		c.tokens = nil
	}
}

// directive counts conditions and reports whether a chunk may end here.
func (c *cutter) directive(t source.Token) bool {
	word := directiveWord(t)
	switch word {
	case "if", "ifdef", "ifndef":
		c.ifs++
	case "endif":
		c.ifs--
		return true
	}
	return word == "define" || word == "undef"
}

func directiveWord(t source.Token) string {
	if tokens := directiveTokens(t); len(tokens) > 0 {
		return tokens[0].Text
	}
	return ""
}

// isFunction tells whether the brace that just closed ended a function's body.
func (c *cutter) isFunction() bool {
	depth := 0
	for i := len(c.tokens) - 1; i > 0; i-- {
		switch c.tokens[i].Text {
		case "}":
			depth++
		case "{":
			if depth--; depth == 0 {
				return c.tokens[i-1].Text == ")"
			}
		}
	}
	return false
}

// chunkNames are the macros, functions and types that the tokens define.
func chunkNames(tokens []source.Token) []string {
	var list []string
	var code strings.Builder
	for _, t := range tokens {
		if t.Kind != source.Directive {
			code.WriteString(t.Text + " ")
			continue
		}
		if words := directiveTokens(t); len(words) > 1 && words[0].Text == "define" {
			list = append(list, words[1].Text)
		}
	}
	if code.Len() == 0 {
		return list
	}
	d := definedBy(code.String())
	for name := range d.ordinary {
		list = append(list, name)
	}
	for name := range d.tags {
		list = append(list, name)
	}
	return list
}
