package lint

import (
	"slices"

	"github.com/bccgo/bcc/bccgo/internal/source"
)

// local is a variable of a function.
type local struct {
	name source.Token
	// typ are the tokens of its type, before any * of its own.
	typ []source.Token
	// pointer tells that it is a pointer, dims are its array bounds.
	pointer bool
	dims    [][]source.Token
	static  bool
}

// locals lists the variables that a body declares. What is not clearly a
// declaration is passed over.
func locals(body []source.Token) []local {
	var list []local
	for i := 1; i < len(body); i++ {
		before := body[i-1]
		starts := before.Is("{") || before.Is("}") || before.Is(";") || before.Is(")") || before.Is(":") ||
			before.Is("(") && i > 1 && body[i-2].Is("for")
		if starts {
			list = append(list, declaration(body[i:])...)
			i += max(typeEnd(body[i:])-1, 0) // members of a struct are no variables
		}
	}
	return list
}

// variables are a function's locals and parameters.
func (in *Input) variables(f *source.Function, body []source.Token) []local {
	list := locals(body)
	header := f.Header(in.code)
	if len(header) < 3 || f.Macro != "" {
		return list
	}
	for _, p := range source.Arguments(header, 1, source.Closing(header, 1)) {
		list = append(list, declaration(append(slices.Clone(p), source.Token{Kind: source.Punct, Text: ";"}))...)
	}
	return list
}

// notTypes are words that begin a statement and no declaration.
var notTypes = []string{"return", "goto", "else", "case", "default", "do", "if", "for", "while", "switch", "break", "continue", "sizeof", "typedef", "extern"}

// declaration reads one that begins at the first token.
func declaration(tokens []source.Token) []local {
	end := typeEnd(tokens)
	if end == 0 || end == len(tokens) {
		return nil
	}
	typ := tokens[:end]
	static := slices.ContainsFunc(typ, func(t source.Token) bool { return t.Is("static") })
	var list []local
	for i := end; i < len(tokens); {
		v := local{typ: typ, static: static}
		for i < len(tokens) && (tokens[i].Is("*") || tokens[i].Is("const") || tokens[i].Is("volatile")) {
			v.pointer = v.pointer || tokens[i].Is("*")
			i++
		}
		if i == len(tokens) || tokens[i].Kind != source.Ident {
			return list
		}
		v.name = tokens[i]
		i++
		for i < len(tokens) && tokens[i].Is("[") {
			close := source.Closing(tokens, i)
			v.dims = append(v.dims, tokens[i+1:close])
			i = close + 1
		}
		i = declaratorEnd(tokens, i)
		if i == len(tokens) || !tokens[i].Is(",") && !tokens[i].Is(";") {
			return list
		}
		list = append(list, v)
		if tokens[i].Is(";") {
			return list
		}
		i++
	}
	return list
}

// declaratorEnd skips attributes and an initializer: the index of what ends the
// declarator.
func declaratorEnd(tokens []source.Token, i int) int {
	for i < len(tokens) && tokens[i].Is("__attribute__") && i+1 < len(tokens) && tokens[i+1].Is("(") {
		i = source.Closing(tokens, i+1) + 1
	}
	if i == len(tokens) || !tokens[i].Is("=") {
		return i
	}
	for i++; i < len(tokens); i++ {
		switch t := tokens[i]; {
		case t.Is("(") || t.Is("[") || t.Is("{"):
			i = source.Closing(tokens, i)
		case t.Is(",") || t.Is(";") || t.Is("}"):
			return i
		}
	}
	return i
}

// basic are the words that types of several words are made of, and qualifiers.
var basic = []string{"unsigned", "signed", "long", "short", "int", "char", "bool", "_Bool", "const", "volatile", "static", "register", "float", "double", "void"}

// typeEnd is the index after a type at the start of the tokens, 0 for none.
func typeEnd(tokens []source.Token) int {
	named := false
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		switch {
		case t.Kind != source.Ident:
			return endIf(named, i)
		case slices.Contains(basic, t.Text):
			named = named || !slices.Contains([]string{"const", "volatile", "static", "register"}, t.Text)
		case named || slices.Contains(notTypes, t.Text):
			return endIf(named, i)
		case t.Is("struct") || t.Is("union") || t.Is("enum"):
			if i+1 < len(tokens) && tokens[i+1].Kind == source.Ident {
				i++
			}
			if i+1 < len(tokens) && tokens[i+1].Is("{") {
				i = source.Closing(tokens, i+1)
			}
			named = true
		default:
			named = true
		}
	}
	return 0
}

func endIf(named bool, i int) int {
	if named {
		return i
	}
	return 0
}

// find returns the variable of a name if all that have it are of one type.
func find(list []local, name string) (local, bool) {
	var found []local
	for _, v := range list {
		if v.name.Text == name {
			found = append(found, v)
		}
	}
	if len(found) == 0 {
		return local{}, false
	}
	for _, v := range found[1:] {
		if source.Join(v.typ) != source.Join(found[0].typ) || v.pointer != found[0].pointer || len(v.dims) != len(found[0].dims) {
			return local{}, false
		}
	}
	return found[0], true
}
