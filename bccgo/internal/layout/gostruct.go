package layout

import (
	"fmt"
	"go/format"
	"reflect"
	"strings"
)

// GoStruct returns Go source, formatted as gofmt does, that declares a type
// called name which passes [Check] against t. Nested structs and unions become
// types of their own, named after name and the field.
//
// What Go cannot align as C does (packed structs), and unions, become arrays
// of bytes; methods read and set what is in them, and bitfields likewise, with
// the functions of package bccgo. Padding is spelled out with blank fields. An
// Opaque type yields an empty struct.
func GoStruct(t *Type, name string) string { return goStructLike(t, name, nil) }

// goStructLike is GoStruct that keeps the names and the types of those fields of
// like that fit; like may be nil.
func goStructLike(t *Type, name string, like *GoType) string {
	g := newGenerator(map[*Type]int{}, false)
	g.taken[name] = true
	switch t.Kind {
	case Struct:
		g.declare(t, name, newLikeness(like, true))
	case Union:
		g.declareUnion(t, name)
	default:
		expr, _ := g.expr(t, 0, maxAlign, name)
		if expr == commExpr {
			expr = "= " + expr // a type of its own would lack the methods
		}
		g.decls = append(g.decls, fmt.Sprintf("type %s %s\n", name, expr))
	}
	return g.source()
}

// maxAlign is more than any Go type asks for.
const maxAlign = 16

// generator writes declarations, one for each distinct C type.
type generator struct {
	// file tells that the types are for a file of their own, not for a message:
	// they are named after the C types, with comments, enumerations and texts.
	file    bool
	decls   []string
	names   map[string]string // Go names of the types declared, by identity
	taken   map[string]bool
	aligns  map[*Type]int // of the Go structs, found so far
	imports map[string]bool
	uses    map[string][]string // what the program does with types, by identity
	// liked are the Go structs that nested types are to resemble, by identity.
	liked map[string]*GoType
}

func newGenerator(aligns map[*Type]int, file bool) *generator {
	return &generator{
		file: file, names: map[string]string{}, taken: map[string]bool{}, aligns: aligns,
		imports: map[string]bool{}, uses: map[string][]string{}, liked: map[string]*GoType{},
	}
}

// source returns the declarations as gofmt formats them. Their names come from C
// identifiers, so that they parse.
func (g *generator) source() string {
	text := strings.Join(g.decls, "\n")
	if formatted, err := format.Source([]byte(text)); err == nil {
		return string(formatted)
	}
	return text
}

// declare writes the declaration of struct t and returns the alignment the Go
// type asks for.
func (g *generator) declare(t *Type, name string, like likeness) int {
	at := len(g.decls)
	g.decls = append(g.decls, "")
	s := structWriter{
		g: g, name: name, like: like, limit: lowestBit(t.Size), align: 1,
		used: map[string]bool{}, cNames: names(t, map[string]bool{}),
	}
	s.slots(slotsOf(t, 0, ""))
	s.pad(t.Size)
	g.decls[at] = g.doc(t, name) + s.declaration() + g.methods(name, s.accessors, s.used)
	return s.align
}

// alignOf returns the alignment the Go struct for t asks for.
func (g *generator) alignOf(t *Type) int {
	if align, ok := g.aligns[t]; ok {
		return align
	}
	align := newGenerator(g.aligns, g.file).declare(t, "", likeness{})
	g.aligns[t] = align
	return align
}

// lowestBit returns the greatest power of two that divides size, which is the
// strictest alignment a Go struct of that size can have.
func lowestBit(size int) int {
	if size == 0 {
		return maxAlign
	}
	return min(size&-size, maxAlign)
}

// expr returns the Go type that reads t at offset off of a struct whose
// alignment may be limit at most, and the alignment it asks for.
func (g *generator) expr(t *Type, off, limit int, hint string) (string, int) {
	expr, align := g.natural(t, off, limit, hint)
	if align > limit || off%align != 0 {
		return fmt.Sprintf("[%d]byte", t.Size), 1
	}
	return expr, align
}

// natural returns the Go type for t and its alignment, which expr judges.
func (g *generator) natural(t *Type, off, limit int, hint string) (string, int) {
	switch t.Kind {
	case Enum:
		return g.enumExpr(t, hint)
	case Int, Pointer:
		return integerExpr(t.Size, t.Signed)
	case Char:
		return "byte", 1
	case Bool:
		return "bool", 1
	case Float:
		if t.Size == 4 || t.Size == 8 {
			return fmt.Sprintf("float%d", 8*t.Size), integerAlign(t.Size)
		}
	case Struct:
		if align := g.alignOf(t); t.Size > 0 && align <= limit && off%align == 0 {
			return g.nested(t, hint), align
		}
	case Union:
		if t.Size > 0 {
			return g.nested(t, hint), 1
		}
	case Array:
		if t.Size > 0 {
			return g.array(t, off, limit, hint)
		}
	case Opaque:
		return "struct{}", 1
	}
	return fmt.Sprintf("[%d]byte", t.Size), 1
}

// array is natural for arrays: those with a name of their own keep it in files.
func (g *generator) array(t *Type, off, limit int, hint string) (string, int) {
	if g.file && t.word() != "" {
		return g.namedArray(t, hint)
	}
	if t.IsText() {
		return g.textExpr(t.Len), 1
	}
	elem, align := g.expr(t.Elem, off, min(limit, lowestBit(t.Elem.Size)), hint)
	return fmt.Sprintf("[%d]%s", t.Len, elem), align
}

// nested declares a struct or a union used inside another, once, and returns its
// name.
func (g *generator) nested(t *Type, hint string) string {
	id := identity(t, hint)
	if name, ok := g.names[id]; ok {
		return name
	}
	like := g.liked[id]
	if like != nil && like.Name != "" {
		hint = like.Name
		if like.Align <= g.alignOf(t) && fits(t, like, "", "") == nil {
			g.names[id] = hint
			return hint // it is declared already
		}
	}
	name := g.name(t, hint)
	g.names[id] = name
	if t.Kind == Union {
		g.declareUnion(t, name)
	} else {
		g.declare(t, name, newLikeness(like, false))
	}
	return name
}

// integerExpr returns the Go integer of size bytes, or bytes for odd sizes.
func integerExpr(size int, signed bool) (string, int) {
	switch size {
	case 1, 2, 4, 8:
		if signed {
			return fmt.Sprintf("int%d", 8*size), integerAlign(size)
		}
		return fmt.Sprintf("uint%d", 8*size), integerAlign(size)
	}
	return fmt.Sprintf("[%d]byte", size), 1
}

// integerAlign returns what this machine's Go aligns integers to; 32-bit x86
// aligns eight bytes to four.
func integerAlign(size int) int {
	if size == 8 {
		return reflect.TypeFor[uint64]().Align()
	}
	return size
}
