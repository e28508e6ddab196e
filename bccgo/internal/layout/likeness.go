package layout

import (
	"fmt"
	"reflect"
	"strings"
)

// likeness is the Go struct that another one is to resemble, so that code which
// uses it still compiles. The zero likeness has no fields.
type likeness struct {
	fields map[string]GoField // by folded C name
	pkg    string
	types  bool // keep the types of fields, too
}

func newLikeness(t *GoType, types bool) likeness {
	l := likeness{fields: map[string]GoField{}, types: types}
	if t == nil || t.Kind != reflect.Struct {
		return l
	}
	l.pkg = t.PkgPath
	for _, f := range t.Fields {
		name, places, _ := strings.Cut(f.Tag.Get(tagKey), ":")
		switch {
		case places != "":
			name = bitsKey + name
		case name == "":
			name = f.Name
		}
		if f.Name != "_" && !f.Embedded {
			l.fields[fold(name)] = f
		}
	}
	return l
}

// bitsKey begins the key of a field whose tag names bitfields; the first of these
// follows.
const bitsKey = "bits:"

// field finds the Go field that stands for a C member.
func (l likeness) field(cName string) (GoField, bool) {
	f, ok := l.fields[fold(cName)]
	return f, ok
}

// keep spells a Go type, and tells its alignment, if it fits t.
func (l likeness) keep(g *GoType, t *Type) (string, int) {
	if !l.types || fits(t, g, "", "") != nil {
		return "", 0
	}
	return l.spell(g), g.Align
}

// keepBits is keep for what holds a run of bitfields, whose tag has to be right. It
// returns the field's name, too.
func (l likeness) keepBits(sl slot, off, size int) (name, expr string) {
	f, ok := l.fields[fold(bitsKey+sl.bits[0].Name)]
	if !ok || !l.types || f.Type.Size != size || !isInteger(f.Type.Kind) && !isBytes(f.Type, size) {
		return "", ""
	}
	if (sl.checkBitTag(goField{name: f.Name, tag: f.Tag.Get(tagKey), off: off})) != nil {
		return "", ""
	}
	return f.Name, l.spell(f.Type)
}

// spell is how the package of the likeness spells a type; "" for what has no
// name.
func (l likeness) spell(g *GoType) string {
	switch {
	case strings.ContainsAny(g.Name, "[·"):
		return ""
	case g.Name != "" && g.PkgPath == l.pkg:
		return g.Name
	case g.Name != "":
		return g.String()
	case g.Kind == reflect.Array && isBytes(g, g.Len) && g.Elem.PkgPath == "":
		return fmt.Sprintf("[%d]byte", g.Len)
	case g.Kind == reflect.Array:
		if elem := l.spell(g.Elem); elem != "" {
			return fmt.Sprintf("[%d]%s", g.Len, elem)
		}
	}
	return ""
}

// innermostGo strips arrays without a name.
func innermostGo(g *GoType) *GoType {
	for g.Kind == reflect.Array && g.Name == "" {
		g = g.Elem
	}
	return g
}

// resemble notes the Go struct that was meant for t, or for its elements, and
// whose names, its own included, are kept when t is declared.
func (g *generator) resemble(t *Type, hint, pkg string, like *GoType) {
	t, _ = innermost(t, "")
	like = innermostGo(like)
	if t.Kind != Struct || like.Kind != reflect.Struct || like.Name != "" && like.PkgPath != pkg || strings.ContainsAny(like.Name, "[·") {
		return
	}
	g.liked[identity(t, hint)] = like
}
