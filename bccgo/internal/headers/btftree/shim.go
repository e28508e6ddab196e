package btftree

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

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
	// code is what it defines by other means than macros, nil if nothing.
	code *defined
	// yields tells that an enumerator of the kernel's is taken in its place.
	yields bool
	// bit is the enumerator that may have the number of the bit that it defines, with
	// byBit as the definition then; "" if it is no bit.
	bit, byBit string
	// plain tells that it is a macro without parameters, which replaces its name
	// wherever that stands.
	plain bool
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
var loadShims = sync.OnceValue(readShims)

func readShims() *shims {
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
			if strings.HasPrefix(path.Base(name), yielding) {
				chunks[i].yield()
			}
		}
		s.add(chunks)
	}
	return s
}

func (s *shims) add(chunks []chunk) {
	for _, c := range chunks {
		for _, name := range c.names {
			s.byName[name] = append(s.byName[name], len(s.chunks))
		}
		s.chunks = append(s.chunks, c)
	}
}

// aBit is a macro that is one bit.
var aBit = regexp.MustCompile(`1 << \d+\)`)

// yield has a chunk yield to an enumerator of its name, and if it is a bit to one for
// the bit's number: the kernel's own macros came to be made of such, with the name
// behind two underscores.
func (c *chunk) yield() {
	c.yields = true
	if c.plain && strings.Contains(c.text, "(1 << ") && aBit.MatchString(c.text) {
		c.bit = "__" + c.names[0]
		c.byBit = aBit.ReplaceAllString(c.text, "1 << "+c.bit+")")
	}
}

// cutChunks cuts the text of a shim file at its top level. The files are ours and
// keep to a form that can be told line by line, which is much faster than by
// tokens: what begins or ends a chunk stands at the begin of its line.
func cutChunks(text string) []chunk {
	var chunks []chunk
	for text != "" {
		n, kind := extent(text)
		block := strings.TrimRight(text[:n], "\n")
		switch kind {
		case macroBlock:
			chunks = append(chunks, macroChunk(block))
		case codeBlock:
			chunks = append(chunks, codeChunk(block))
		}
		text = text[n:]
	}
	return chunks
}

// blockKind is what a text begins with.
type blockKind uint8

const (
	noBlock    blockKind = iota // white space, or a comment
	macroBlock                  // a #define
	codeBlock                   // a declaration, a function or an #if … #endif
)

// extent returns how many bytes what a text begins with takes.
func extent(text string) (int, blockKind) {
	switch {
	case text[0] == '\n':
		return 1, noBlock
	case strings.HasPrefix(text, "/*"):
		return through(text, func(line string) bool { return strings.Contains(line, "*/") }), noBlock
	case strings.HasPrefix(text, "#define"):
		return through(text, func(line string) bool { return !strings.HasSuffix(line, "\\") }), macroBlock
	case strings.HasPrefix(text, "#if"):
		depth := 0
		return through(text, func(line string) bool {
			switch {
			case strings.HasPrefix(line, "#if"):
				depth++
			case strings.HasPrefix(line, "#endif"):
				depth--
			}
			return depth == 0
		}), codeBlock
	}
	depth := 0
	return through(text, func(line string) bool {
		depth += strings.Count(line, "{") - strings.Count(line, "}")
		return depth == 0 && (line[:min(1, len(line))] == "}" || strings.HasSuffix(line, ";"))
	}), codeBlock
}

// through counts the bytes up to the end of the first line that is the last.
func through(text string, last func(line string) bool) int {
	n := 0
	for line := range strings.Lines(text) {
		n += len(line)
		if last(strings.TrimSuffix(line, "\n")) {
			break
		}
	}
	return n
}

// macroChunk is the chunk of a #define.
func macroChunk(define string) chunk {
	name := strings.TrimLeft(strings.TrimPrefix(define, "#define"), " \t")
	end := strings.IndexFunc(name, func(c rune) bool { return c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	if end < 0 {
		end = len(name)
	}
	return chunk{text: define, names: []string{name[:end]}, plain: !strings.HasPrefix(name[end:], "(")}
}

// codeChunk is the chunk of a declaration, a function or an #if … #endif.
func codeChunk(block string) chunk {
	c := chunk{text: block}
	c.names, c.code = definitions(source.Tokenize(block))
	return c
}

// definitions are the names that the tokens define, and what of that is not
// macros.
func definitions(tokens []source.Token) (list []string, d *defined) {
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
		return list, nil
	}
	d = definedBy(code.String())
	list = slices.AppendSeq(list, maps.Keys(d.ordinary))
	return slices.AppendSeq(list, maps.Keys(d.tags)), d
}
