package vet

import (
	"fmt"
	"go/types"
	"reflect"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// kinds has reflect's kinds of Go's basic types.
var kinds = map[types.BasicKind]reflect.Kind{
	types.Bool: reflect.Bool, types.String: reflect.String, types.UnsafePointer: reflect.UnsafePointer,
	types.Int: reflect.Int, types.Int8: reflect.Int8, types.Int16: reflect.Int16, types.Int32: reflect.Int32, types.Int64: reflect.Int64,
	types.Uint: reflect.Uint, types.Uint8: reflect.Uint8, types.Uint16: reflect.Uint16, types.Uint32: reflect.Uint32,
	types.Uint64: reflect.Uint64, types.Uintptr: reflect.Uintptr,
	types.Float32: reflect.Float32, types.Float64: reflect.Float64,
	types.Complex64: reflect.Complex64, types.Complex128: reflect.Complex128,
}

// goType describes a type of the source as [layout.GoTypeOf] does one of the
// running program.
func goType(t types.Type, sizes types.Sizes) *layout.GoType {
	g := &layout.GoType{Text: spell(t), Size: int(sizes.Sizeof(t)), Align: int(sizes.Alignof(t))}
	switch named := types.Unalias(t).(type) {
	case *types.Basic:
		g.Name = g.Text
	case *types.Named:
		g.Name, g.PkgPath = named.Obj().Name(), packagePath(named)
		if named.TypeArgs().Len() > 0 {
			g.Name += "[…]"
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		g.Kind = kinds[u.Kind()]
	case *types.Array:
		g.Kind, g.Elem, g.Len = reflect.Array, goType(u.Elem(), sizes), int(u.Len())
	case *types.Struct:
		g.Kind, g.Fields = reflect.Struct, goFields(u, sizes)
	case *types.Slice:
		g.Kind = reflect.Slice
	case *types.Map:
		g.Kind = reflect.Map
	case *types.Pointer:
		g.Kind = reflect.Pointer
	case *types.Chan:
		g.Kind = reflect.Chan
	case *types.Signature:
		g.Kind = reflect.Func
	case *types.Interface:
		g.Kind = reflect.Interface
	}
	return g
}

func packagePath(t *types.Named) string {
	if p := t.Obj().Pkg(); p != nil {
		return p.Path()
	}
	return ""
}

func goFields(s *types.Struct, sizes types.Sizes) []layout.GoField {
	vars := make([]*types.Var, s.NumFields())
	for i := range vars {
		vars[i] = s.Field(i)
	}
	offsets := sizes.Offsetsof(vars)
	fields := make([]layout.GoField, len(vars))
	for i, v := range vars {
		fields[i] = layout.GoField{Name: v.Name(), Tag: reflect.StructTag(s.Tag(i)), Type: goType(v.Type(), sizes),
			Offset: int(offsets[i]), Embedded: v.Embedded()}
	}
	return fields
}

// spell is a type as reflect spells it, with the name of the package before the
// type's and basic types by their own names.
func spell(t types.Type) string {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		if k, ok := kinds[t.Kind()]; ok {
			return k.String()
		}
	case *types.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), spell(t.Elem()))
	}
	return types.TypeString(t, func(p *types.Package) string { return p.Name() })
}
