package layout

import (
	"fmt"
	"strings"
	"unicode"
)

// name chooses the free name of a Go type for t: that of the C type in files, if
// it has one, else hint.
func (g *generator) name(t *Type, hint string) string {
	name := hint
	if own := t.GoName(); g.file && own != "" {
		name = own
	}
	return g.free(name)
}

// free numbers a name of the package that is taken, and takes it.
func (g *generator) free(name string) string {
	out := name
	for i := 2; g.taken[out]; i++ {
		out = fmt.Sprintf("%s%d", name, i)
	}
	g.taken[out] = true
	return out
}

// GoName is the Go name of a type that has one in C, "" for others.
func (t *Type) GoName() string {
	if word := t.word(); word != "" {
		return GoName(word)
	}
	return ""
}

// word is what the program calls t, without keyword and qualifiers: "data_t". It
// is empty for what has no name.
func (t *Type) word() string {
	word := t.Name[strings.LastIndexByte(t.Name, ' ')+1:]
	switch word {
	case "struct", "union", "enum", "":
		return ""
	}
	if _, dims := splitDims(word); dims != "" || strings.HasSuffix(word, "*") {
		return ""
	}
	return word
}

// identity tells C types apart: by what they are called where they are defined,
// and by their layout. Those that have no name at all are told apart by hint.
// What scalars are called does not count: descriptions lose that.
func identity(t *Type, hint string) string {
	name := t.Tag
	if name == "" {
		name = t.word()
	}
	if name == "" {
		name = "(" + hint + ")"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %d", t.Kind, name, t.Size)
	for _, v := range t.Values {
		fmt.Fprintf(&b, " %s=%d", v.Name, v.Value)
	}
	if t.Kind == Array {
		fmt.Fprintf(&b, " %d of %s", t.Len, partIdentity(t.Elem, ""))
	}
	for _, m := range t.Members {
		fmt.Fprintf(&b, " {%s %d.%d:%d %s}", m.Name, m.Offset, m.BitOffset, m.BitSize, partIdentity(m.Type, m.Name))
	}
	return b.String()
}

// partIdentity is that of a part of another type.
func partIdentity(t *Type, hint string) string {
	switch t.Kind {
	case Struct, Union, Array:
		return identity(t, hint)
	}
	return fmt.Sprintf("%d %t", t.Size, t.Signed)
}

// GoName turns a C name into an exported Go name: task_comm becomes TaskComm.
func GoName(cName string) string {
	var b strings.Builder
	upper := true
	for _, r := range cName {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			upper = true
			continue
		}
		if upper {
			r = unicode.ToUpper(r)
		}
		b.WriteRune(r)
		upper = false
	}
	name := b.String()
	if name == "" || !unicode.IsUpper([]rune(name)[0]) {
		return "X" + name
	}
	return name
}

// tagFor returns the tag a field needs if its name alone does not match.
func tagFor(name, cName string) string {
	if fold(name) == fold(cName) {
		return ""
	}
	return fmt.Sprintf("`%s:%q`", tagKey, cName)
}
