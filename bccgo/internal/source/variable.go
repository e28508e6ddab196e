package source

import (
	"slices"
	"strings"
)

// variables returns the findings of a declaration that ended in a semicolon.
// It would rather miss a variable than report something else: declarations
// that are typedef, extern or const, carry a section, or look like a
// prototype or a macro call are passed over.
func (d decl) variables(tokens []Token) []Finding {
	var out []Finding
	for i, list := range d.declarators(tokens) {
		if name, ok := variableName(list, i == 0); ok {
			out = append(out, Finding{GlobalVariable, name.Text, name.Line, name.Col})
		}
	}
	return out
}

// declarators splits a declaration at its commas, initializers cut off. The
// first piece begins with the type. No piece is returned for declarations
// that are no finding.
func (d decl) declarators(tokens []Token) [][]part {
	var out [][]part
	var current []part
	value := false
	for i, p := range d.parts {
		switch {
		case p.tok.is(","):
			out = append(out, current)
			current, value = nil, false
			continue
		case p.tok.is("="):
			value = true
		case !value && notVariable(p.tok):
			return nil
		case !value && p.isGroup("(") && i > 0 && isAttribute(d.parts[i-1].tok.Text):
			if slices.ContainsFunc(inside(tokens, p), notVariable) {
				return nil
			}
			current = current[:len(current)-1]
			continue
		}
		if !value {
			current = append(current, p)
		}
	}
	return append(out, current)
}

func notVariable(t Token) bool {
	switch t.Text {
	case "typedef", "extern", "const", "section", "__section", "BCC_SEC", "_Static_assert", "asm", "__asm__":
		return true
	}
	return false
}

// variableName finds the name a declarator declares. typed says that the
// declarator follows the declaration's type.
func variableName(parts []part, typed bool) (Token, bool) {
	for len(parts) > 0 && parts[len(parts)-1].isGroup("[") {
		parts = parts[:len(parts)-1]
	}
	least := 1
	if typed {
		least = 2
	}
	if len(parts) < least || !parts[len(parts)-1].isIdent() {
		return Token{}, false
	}
	for _, p := range parts {
		if p.isGroup("(") {
			return Token{}, false
		}
	}
	name, before := parts[len(parts)-1].tok, Token{}
	if len(parts) > 1 {
		before = parts[len(parts)-2].tok
	}
	// "struct name;" declares nothing; "struct {...} ATTR;" has an attribute
	// macro where a name would be.
	if isAggregate(before.Text) || before.is("{") && attributeLike(name.Text) {
		return Token{}, false
	}
	return name, true
}

func attributeLike(name string) bool {
	return strings.HasPrefix(name, "__") || name == strings.ToUpper(name)
}
