package layout

import (
	"reflect"
	"strings"
)

// tagKey is the struct tag that names the C field a Go field stands for.
const tagKey = "bcc"

// goField is one Go field, placed in the struct that is being matched.
type goField struct {
	path  string
	name  string
	tag   string // the C name the tag gives, or ""
	typ   *GoType
	off   int
	embed bool
}

func (f goField) size() int   { return f.typ.Size }
func (f goField) end() int    { return f.off + f.size() }
func (f goField) blank() bool { return f.name == "_" }

// matches reports whether f may stand for the C name: exactly as tagged, or
// alike but for case and underscores.
func (f goField) matches(cName string) bool {
	if f.tag != "" {
		return f.tag == cName
	}
	return fold(f.name) == fold(cName)
}

// among reports whether f's name is one of a folded set.
func (f goField) among(set map[string]bool) bool {
	if f.tag != "" {
		return set[fold(f.tag)]
	}
	return set[fold(f.name)]
}

// fold reduces a name to what is compared.
func fold(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", ""))
}

// cursor walks the fields of a Go struct.
type cursor struct {
	fields []goField
	next   int
}

func newCursor(t *GoType, prefix string) *cursor {
	c := &cursor{}
	for _, f := range t.Fields {
		c.fields = append(c.fields, goField{
			path: join(prefix, f.Name), name: f.Name, tag: f.Tag.Get(tagKey),
			typ: f.Type, off: f.Offset, embed: f.Embedded,
		})
	}
	return c
}

// peek returns the next field without taking it.
func (c *cursor) peek() (goField, bool) {
	if c.next == len(c.fields) {
		return goField{}, false
	}
	return c.fields[c.next], true
}

// named returns the next field that stands for something in C.
func (c *cursor) named() (goField, bool) {
	for _, f := range c.fields[c.next:] {
		if !f.blank() || f.tag != "" {
			return f, true
		}
	}
	return goField{}, false
}

// find returns the field, of those not taken yet, that stands for a C name.
func (c *cursor) find(cName string) (goField, bool) {
	for _, f := range c.fields[c.next:] {
		if !f.blank() && f.matches(cName) {
			return f, true
		}
	}
	return goField{}, false
}

// isBytes reports whether t is an array of n bytes.
func isBytes(t *GoType, n int) bool {
	return t.Kind == reflect.Array && t.Elem.Kind == reflect.Uint8 && t.Len == n
}

func isInteger(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Uintptr }

func isSigned(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Int64 }

// foreign finds a part of t that does not hold its own bytes and returns its
// path and a reason to refuse it.
func foreign(t *GoType, path string) (where, reason string) {
	switch t.Kind {
	case reflect.Pointer, reflect.UnsafePointer:
		return path, "a Go pointer must not be made from bytes; read the address into a uint64"
	case reflect.String:
		return path, "a Go string holds a pointer, not the text; use an array such as [16]byte"
	case reflect.Slice:
		return path, "a Go slice holds a pointer, not the elements; use an array of fixed length"
	case reflect.Map, reflect.Interface, reflect.Chan, reflect.Func:
		return path, "a Go " + t.Kind.String() + " holds a pointer and has no C counterpart"
	case reflect.Array:
		return foreign(t.Elem, path+"[]")
	case reflect.Struct:
		for _, f := range t.Fields {
			if where, reason = foreign(f.Type, join(path, f.Name)); reason != "" {
				return where, reason
			}
		}
	}
	return "", ""
}
