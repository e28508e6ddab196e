package layout

import (
	"fmt"
	"reflect"
	"strings"
	"text/tabwriter"
)

// GoStruct returns Go source, formatted as gofmt does, that declares a type
// called name which passes [Check] against t. Nested structs become types of
// their own, named after name and the field.
//
// What Go cannot align as C does (packed structs), and unions, become arrays
// of bytes. Padding is spelled out with blank fields. An Opaque type yields an
// empty struct.
func GoStruct(t *Type, name string) string {
	g := newGenerator(map[*Type]int{})
	g.taken[name] = true
	if t.Kind == Struct {
		g.declare(t, name)
	} else {
		expr, _ := g.expr(t, 0, maxAlign, name)
		g.decls = append(g.decls, fmt.Sprintf("type %s %s\n", name, expr))
	}
	return strings.Join(g.decls, "\n")
}

// maxAlign is more than any Go type asks for.
const maxAlign = 16

// generator writes declarations, one for each distinct struct.
type generator struct {
	decls    []string
	declared map[*Type]string
	taken    map[string]bool
	aligns   map[*Type]int // of the Go structs, found so far
}

func newGenerator(aligns map[*Type]int) *generator {
	return &generator{declared: map[*Type]string{}, taken: map[string]bool{}, aligns: aligns}
}

// declare writes the declaration of struct t and returns the alignment the Go
// type asks for.
func (g *generator) declare(t *Type, name string) int {
	at := len(g.decls)
	g.decls = append(g.decls, "")
	s := structWriter{
		g: g, name: name, limit: lowestBit(t.Size), align: 1,
		used: map[string]bool{}, cNames: names(t, map[string]bool{}),
	}
	s.slots(slotsOf(t, 0, ""))
	s.pad(t.Size)
	g.decls[at] = s.declaration()
	return s.align
}

// alignOf returns the alignment the Go struct for t asks for.
func (g *generator) alignOf(t *Type) int {
	if align, ok := g.aligns[t]; ok {
		return align
	}
	align := newGenerator(g.aligns).declare(t, "")
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
	case Int, Enum, Pointer:
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
	case Array:
		if t.Size > 0 {
			elem, align := g.expr(t.Elem, off, min(limit, lowestBit(t.Elem.Size)), hint)
			return fmt.Sprintf("[%d]%s", t.Len, elem), align
		}
	case Opaque:
		return "struct{}", 1
	}
	return fmt.Sprintf("[%d]byte", t.Size), 1
}

// nested declares a struct used inside another, once, and returns its name.
func (g *generator) nested(t *Type, hint string) string {
	if name, ok := g.declared[t]; ok {
		return name
	}
	name := hint
	for i := 2; g.taken[name]; i++ {
		name = fmt.Sprintf("%s%d", hint, i)
	}
	g.taken[name] = true
	g.declared[t] = name
	g.declare(t, name)
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

// structWriter collects the fields of one Go struct.
type structWriter struct {
	g     *generator
	name  string
	limit int // strictest alignment allowed
	align int // strictest alignment used
	at    int // bytes declared so far
	used  map[string]bool
	// cNames are the folded C names at this level.
	cNames map[string]bool
	lines  []string
}

// declaration returns the struct with its columns aligned as gofmt does.
func (s *structWriter) declaration() string {
	if len(s.lines) == 0 {
		return fmt.Sprintf("type %s struct{}\n", s.name)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "type %s struct {\n", s.name)
	w := tabwriter.NewWriter(&b, 0, 8, 1, ' ', tabwriter.DiscardEmptyColumns|tabwriter.TabIndent)
	for _, line := range s.lines {
		fmt.Fprint(w, line)
	}
	w.Flush()
	return b.String() + "}\n"
}

// pad declares padding up to offset off.
func (s *structWriter) pad(off int) {
	if off > s.at {
		s.lines = append(s.lines, fmt.Sprintf("\t_\v[%d]byte\n", off-s.at))
		s.at = off
	}
}
