package btftree

import (
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/source"
)

// names are identifiers that a text mentions.
type names struct {
	// all has every identifier, those in directives included.
	all map[string]bool
	// tags has those that follow struct, union or enum.
	tags map[string]bool
	// order has all in the order in which they came up.
	order []string
}

func newNames() *names {
	return &names{all: make(map[string]bool), tags: make(map[string]bool)}
}

// add notes the identifiers of a text and returns those that are new.
func (n *names) add(text string) []string {
	from := len(n.order)
	n.addTokens(source.Tokenize(text))
	return n.order[from:]
}

func (n *names) addTokens(tokens []source.Token) {
	last := ""
	for _, t := range tokens {
		switch t.Kind {
		case source.Ident:
			n.addOne(t.Text)
			if isTagWord(last) {
				n.tags[t.Text] = true
			}
			last = t.Text
		case source.Directive:
			n.addTokens(directiveTokens(t))
		case source.Comment:
		default:
			last = ""
		}
	}
}

func (n *names) addOne(name string) {
	if !n.all[name] {
		n.all[name] = true
		n.order = append(n.order, name)
	}
}

func isTagWord(s string) bool { return s == "struct" || s == "union" || s == "enum" }

// directiveTokens are the tokens after the number sign.
func directiveTokens(t source.Token) []source.Token {
	return source.Tokenize(strings.ReplaceAll(t.Text[1:], "\\\n", "  "))
}

// defined are the names that a text defines itself, by C's two name spaces.
type defined struct {
	tags     map[string]bool
	ordinary map[string]bool
}

// definedBy finds what a text defines: tags with a body anywhere, and at its top
// level typedefs, functions, tables and enumerators. Names in nested scopes may
// hide the kernel's, as C allows.
func definedBy(text string) *defined {
	d := &defined{tags: make(map[string]bool), ordinary: make(map[string]bool)}
	tokens := codeTokens(text)
	for i, t := range tokens {
		if t.Kind != source.Ident || !isTagWord(t.Text) {
			continue
		}
		d.tag(tokens[i+1:], t.Text == "enum")
	}
	sum := source.Scan(text)
	for _, f := range sum.Functions {
		d.ordinary[f.Name] = true
	}
	for _, table := range sum.Tables {
		d.ordinary[table.Name] = true
	}
	d.typedefs(tokens)
	return d
}

func codeTokens(text string) []source.Token {
	var code []source.Token
	for _, t := range source.Tokenize(text) {
		if t.Kind != source.Comment && t.Kind != source.Directive {
			code = append(code, t)
		}
	}
	return code
}

// tag notes a tag if a body follows it, and the enumerators of an enum.
func (d *defined) tag(rest []source.Token, isEnum bool) {
	name := ""
	rest = skipAttribute(rest)
	for len(rest) > 0 && rest[0].Kind == source.Ident {
		name, rest = rest[0].Text, rest[1:]
	}
	if len(rest) == 0 || rest[0].Text != "{" {
		return
	}
	if name != "" {
		d.tags[name] = true
	}
	if isEnum {
		d.enumerators(rest[1:])
	}
}

// skipAttribute leaves out __attribute__((…)).
func skipAttribute(rest []source.Token) []source.Token {
	if len(rest) == 0 || rest[0].Text != "__attribute__" {
		return rest
	}
	depth := 0
	for i, t := range rest[1:] {
		switch t.Text {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return rest[i+2:]
			}
		}
	}
	return nil
}

func (d *defined) enumerators(rest []source.Token) {
	expect := true
	for _, t := range rest {
		switch {
		case t.Text == "}":
			return
		case t.Text == ",":
			expect = true
		case expect && t.Kind == source.Ident:
			d.ordinary[t.Text], expect = true, false
		}
	}
}

// typedefs notes the names that typedefs make: the last one outside of brackets
// before each comma and at the end, or the one in (*name)(.
func (d *defined) typedefs(tokens []source.Token) {
	for i := 0; i < len(tokens); i++ {
		if tokens[i].Text == "typedef" {
			i = d.typedef(tokens, i+1)
		}
	}
}

// typedef reads one and returns the index of its semicolon.
func (d *defined) typedef(tokens []source.Token, i int) int {
	name, depth := "", 0
	for ; i < len(tokens) && (depth > 0 || tokens[i].Text != ";"); i++ {
		switch t := tokens[i]; {
		case t.Text == "{" || t.Text == "[" || t.Text == "(":
			depth++
		case t.Text == "}" || t.Text == "]" || t.Text == ")":
			depth--
		case t.Text == "," && depth == 0:
			d.ordinary[name] = true
		case t.Kind == source.Ident && (depth == 0 || functionPointer(tokens, i)):
			name = t.Text
		}
	}
	if name != "" {
		d.ordinary[name] = true
	}
	return i
}

// functionPointer tells whether the name at i stands as in (*name)(.
func functionPointer(tokens []source.Token, i int) bool {
	return i >= 2 && i+2 < len(tokens) && tokens[i-1].Text == "*" &&
		tokens[i-2].Text == "(" && tokens[i+1].Text == ")" && tokens[i+2].Text == "("
}
