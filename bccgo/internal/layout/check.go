package layout

import (
	"fmt"
	"reflect"
)

// Check reports whether values of goType may be read from, and written as,
// the bytes of t. It returns nil or a *[Mismatch].
//
// Sizes, offsets and signedness must agree exactly, field by field:
//
//   - Names match when they differ only in case and underscores. A field tag
//     `bcc:"name"` gives the C name when the Go name is another one.
//   - Plain char arrays fit arrays of byte or int8, enumerations fit integers
//     of their width, pointers fit uint64 and uintptr.
//   - An array of bytes fits anything of its size: raw bytes.
//   - A union fits raw bytes, any integer or array of its size, and a struct
//     of its size that has one of its members, or what that member has.
//   - An anonymous struct may be flattened, embedded, or be one struct field.
//     An anonymous union may be read through one of its members.
//   - A run of bitfields fits integers or byte arrays that cover it. An integer
//     named after one of them must hold that one alone, from its first bit on. A tag
//     `bcc:"name:first-last,name:first"` says what bits of the Go field each C
//     field has, and must be right.
//   - Blank fields may cover C padding, C members named like padding (pad,
//     reserved, unused), and members they are tagged with.
//   - C arrays without elements need no Go field.
//
// Go types that contain pointers of any sort, strings and slices included,
// are refused.
func Check(t *Type, goType reflect.Type) error {
	return CheckGo(t, GoTypeOf(goType))
}

// CheckGo is [Check] for a type that may be of another program.
func CheckGo(t *Type, goType *GoType) error {
	if where, reason := foreign(goType, ""); reason != "" {
		return newMismatch(t, goType, &diff{goPath: where, reason: reason})
	}
	if t.Kind == Opaque {
		return newMismatch(t, goType, &diff{reason: t.Name + " has no known size"})
	}
	if d := fits(t, goType, "", ""); d != nil {
		return newMismatch(t, goType, d)
	}
	return nil
}

// diff is the first difference found between two layouts.
type diff struct {
	cPath, goPath string
	reason        string
}

// fits compares a C type with a Go type wherever they are used.
func fits(t *Type, g *GoType, cPath, goPath string) *diff {
	if t.Size > 0 && isBytes(g, t.Size) {
		return nil
	}
	differ := func(format string, args ...any) *diff {
		return &diff{cPath, goPath, fmt.Sprintf(format, args...)}
	}
	if t.Kind != Array && t.Kind != Struct && t.Size != g.Size {
		return differ("C %s is %s, Go %s is %s", t.Name, bytesText(t.Size), g, bytesText(g.Size))
	}
	switch t.Kind {
	case Array:
		return fitsArray(t, g, cPath, goPath)
	case Struct:
		if g.Kind == reflect.Struct {
			return fitsStruct(t, g, cPath, goPath)
		}
	case Union:
		if isInteger(g.Kind) || g.Kind == reflect.Array {
			return nil
		}
		if g.Kind == reflect.Struct {
			return fitsUnion(t, g, cPath, goPath)
		}
	case Int:
		if isInteger(g.Kind) && t.Signed != isSigned(g.Kind) {
			return differ("C %s is %s, Go %s is %s", t.Name, signText(t.Signed), g, signText(isSigned(g.Kind)))
		}
		if isInteger(g.Kind) || isWide(t, g) {
			return nil
		}
	case Char, Enum:
		if isInteger(g.Kind) {
			return nil
		}
	case Bool:
		if g.Kind == reflect.Bool || g.Kind == reflect.Uint8 {
			return nil
		}
	case Pointer:
		if isInteger(g.Kind) && !isSigned(g.Kind) {
			return nil
		}
	case Float:
		if g.Kind == reflect.Float32 || g.Kind == reflect.Float64 {
			return nil
		}
	}
	return differ("C %s cannot be read as Go %s", t.Name, g)
}

// isWide reports whether g is the two words of a 128-bit integer.
func isWide(t *Type, g *GoType) bool {
	return t.Size == 16 && g.Kind == reflect.Array && g.Len == 2 &&
		(g.Elem.Kind == reflect.Uint64 || g.Elem.Kind == reflect.Int64)
}

func signText(signed bool) string {
	if signed {
		return "signed"
	}
	return "unsigned"
}

func fitsArray(t *Type, g *GoType, cPath, goPath string) *diff {
	if g.Kind != reflect.Array {
		return &diff{cPath, goPath, fmt.Sprintf("C %s is an array, Go %s is none", t.Name, g)}
	}
	if t.Len != g.Len {
		return &diff{cPath, goPath, fmt.Sprintf("C %s has %d elements, Go %s has %d", t.Name, t.Len, g, g.Len)}
	}
	d := fits(t.Elem, g.Elem, cPath+"[]", goPath+"[]")
	if d != nil && t.Elem.Kind != Struct {
		d.cPath, d.goPath = cPath, goPath
	}
	return d
}

func fitsStruct(t *Type, g *GoType, cPath, goPath string) *diff {
	w := walk{cursor: newCursor(g, goPath), names: names(t, map[string]bool{})}
	if d := w.slots(slotsOf(t, 0, cPath)); d != nil {
		return d
	}
	if d := w.rest(t, cPath); d != nil {
		return d
	}
	if t.Size != g.Size {
		return &diff{cPath, goPath, sizeReason(t, g)}
	}
	return nil
}

// fitsUnion lets a struct stand for one member of a union, by holding it or, if
// that is a struct itself, by being like it. The rest is padding.
func fitsUnion(t *Type, g *GoType, cPath, goPath string) *diff {
	for _, m := range t.Members {
		one := &Type{Kind: Struct, Name: t.Name, Size: t.Size, Members: []Member{m}}
		if fitsStruct(one, g, cPath, goPath) == nil {
			return nil
		}
		like := &Type{Kind: Struct, Name: t.Name, Size: t.Size, Members: m.Type.Members}
		if m.Type.Kind == Struct && fitsStruct(like, g, cPath, goPath) == nil {
			return nil
		}
	}
	return &diff{cPath, goPath, fmt.Sprintf("Go %s is like no member of C %s; use one of them, or [%d]byte for all", g, t.Name, t.Size)}
}

// sizeReason explains structs that agree in every field and yet not in size.
func sizeReason(t *Type, g *GoType) string {
	size := g.Size
	if size < t.Size {
		end := size
		if last := len(g.Fields) - 1; last >= 0 && g.Fields[last].Name != "_" {
			end = g.Fields[last].Offset + g.Fields[last].Type.Size
		}
		return fmt.Sprintf("C %s is %s, Go %s is %s: end it with _ [%d]byte",
			t.Name, bytesText(t.Size), g, bytesText(size), t.Size-end)
	}
	return fmt.Sprintf("C %s is %s, Go %s is rounded up to %s: read members of more than byte alignment as byte arrays",
		t.Name, bytesText(t.Size), g, bytesText(size))
}
