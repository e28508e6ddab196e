package layout

import "reflect"

// GoType is what a comparison has to know of a Go type. [GoTypeOf] makes one of
// a type of the running program; what reads Go source makes its own. All that
// reflect says of a type is said here in the same way.
type GoType struct {
	Kind reflect.Kind
	// Name and PkgPath are those of a defined type, "" for others.
	Name, PkgPath string
	// Text is the type as messages spell it: "main.event".
	Text string
	// Size and Align are in bytes.
	Size, Align int
	// Elem and Len describe arrays.
	Elem *GoType
	Len  int
	// Fields are those of a struct.
	Fields []GoField
}

// GoField is one field of a Go struct.
type GoField struct {
	Name     string
	Tag      reflect.StructTag
	Type     *GoType
	Offset   int
	Embedded bool
}

// String returns Text.
func (g *GoType) String() string { return g.Text }

// GoTypeOf describes t. What a pointer, a slice or a map holds is left out, as
// no such type can be compared.
func GoTypeOf(t reflect.Type) *GoType {
	g := &GoType{Kind: t.Kind(), Name: t.Name(), PkgPath: t.PkgPath(), Text: t.String(), Size: int(t.Size()), Align: t.Align()}
	switch t.Kind() {
	case reflect.Array:
		g.Elem, g.Len = GoTypeOf(t.Elem()), t.Len()
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			g.Fields = append(g.Fields, GoField{f.Name, f.Tag, GoTypeOf(f.Type), int(f.Offset), f.Anonymous})
		}
	}
	return g
}
