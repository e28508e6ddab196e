package layout

import (
	"errors"
	"fmt"
	"reflect"
)

// ValueError reports a Go value or a text that a C type cannot hold.
type ValueError struct {
	// Path is the dotted C name of the part at fault, empty for the whole.
	Path string
	// Type is that part's C type.
	Type string
	// Reason says what is wrong.
	Reason string
}

// Error names the part, its type and the reason.
func (e *ValueError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("C %s: %s", e.Type, e.Reason)
	}
	return fmt.Sprintf("C %s (%s): %s", e.Path, e.Type, e.Reason)
}

// New returns the value of type t whose bytes are all zero.
func (t *Type) New() Value {
	return Value{typ: t, raw: make([]byte, t.Size), big: bigEndian}
}

// Encode turns a Go value into the C value of type t. Errors are *[ValueError]
// and, for Go structs, *[Mismatch]. What fits:
//
//   - integers of any Go type for integers, chars, enumerations and pointers,
//     if the number is in range; bools for bools and integers; integers and
//     floats for floats;
//   - strings for char arrays no shorter than them, and for enumerations by name;
//   - []byte of the exact size for anything, and of up to the size for char
//     arrays; arrays of bytes of the exact size;
//   - slices and arrays with one value an element for arrays, and with one
//     value a member for structs;
//   - maps from member names to values for structs and unions, the other members
//     being zero;
//   - structs that pass [Check];
//   - a [Value] of the same size and kind, or any integer one in range;
//   - pointers to all of these.
//
// Padding is zero, except in bytes and Values, which are taken as they are.
func (t *Type) Encode(v any) (Value, error) {
	out := t.New()
	if err := out.set(v, ""); err != nil {
		return Value{}, err
	}
	return out, nil
}

func (v Value) invalid(path, format string, args ...any) error {
	return &ValueError{Path: path, Type: v.typ.Name, Reason: fmt.Sprintf(format, args...)}
}

// set stores a Go value in the bytes of v.
func (v Value) set(x any, path string) error {
	if val, ok := x.(Value); ok {
		return v.setValue(val, path)
	}
	r := reflect.ValueOf(x)
	if !r.IsValid() {
		return v.invalid(path, "nil is no value")
	}
	if b, ok := byteSequence(r); ok {
		return v.setBytes(b, r.Kind() == reflect.Slice, path)
	}
	switch r.Kind() {
	case reflect.Pointer, reflect.Interface:
		if r.IsNil() {
			return v.invalid(path, "a nil %s is no value", r.Type())
		}
		return v.set(r.Elem().Interface(), path)
	case reflect.String:
		return v.setString(r.String(), path)
	case reflect.Bool:
		if v.typ.Kind == Bool || v.typ.Kind == Int {
			return v.setWord(wordOf(r.Bool()), path)
		}
	case reflect.Float32, reflect.Float64:
		if v.typ.Kind == Float {
			return v.setFloat(r.Float(), path)
		}
	case reflect.Slice, reflect.Array:
		return v.setList(r, path)
	case reflect.Map:
		return v.setMap(r, path)
	case reflect.Struct:
		return v.setStruct(r, path)
	default:
		if r.CanInt() || r.CanUint() {
			return v.setInteger(r, path)
		}
	}
	return v.invalid(path, "a Go %s does not fit", r.Type())
}

// setValue copies what is of one kind and size, and converts integers.
func (v Value) setValue(x Value, path string) error {
	if x.typ == nil {
		return v.invalid(path, "the zero Value is no value")
	}
	if !v.bits && !x.bits && v.typ.Kind == x.typ.Kind && v.typ.Size == x.typ.Size {
		copy(v.raw, x.raw)
		return nil
	}
	if n, ok := x.integer(); ok && v.isInteger() {
		return v.setWord(n, path)
	}
	return v.invalid(path, "a value of C %s (%s) does not fit %s", x.typ.Name, bytesText(x.typ.Size), bytesText(v.typ.Size))
}

// byteSequence returns the bytes of a slice or array of them.
func byteSequence(r reflect.Value) ([]byte, bool) {
	if r.Kind() != reflect.Slice && r.Kind() != reflect.Array || r.Type().Elem().Kind() != reflect.Uint8 {
		return nil, false
	}
	out := make([]byte, r.Len())
	for i := range out {
		out[i] = byte(r.Index(i).Uint())
	}
	return out, true
}

func (v Value) setBytes(b []byte, slice bool, path string) error {
	short := slice && v.typ.IsText() && len(b) < v.typ.Size
	if v.bits || len(b) != v.typ.Size && !short {
		return v.invalid(path, "%s given, it has %d", bytesText(len(b)), v.typ.Size)
	}
	copy(v.raw, b)
	return nil
}

func (v Value) setString(s, path string) error {
	if v.typ.IsText() {
		if len(s) > v.typ.Size {
			return v.invalid(path, "the text %q has %s, it holds %d", s, bytesText(len(s)), v.typ.Size)
		}
		copy(v.raw, s)
		return nil
	}
	if v.typ.Kind == Enum {
		return v.setEnum(s, path)
	}
	return v.invalid(path, "the text %q does not fit: parse it, or give a value of its type", s)
}

func (v Value) setEnum(name, path string) error {
	for _, e := range v.typ.Values {
		if e.Name == name {
			n := word{lo: e.Value}
			if v.typ.Signed {
				n = n.extend(64)
			}
			return v.setWord(n, path)
		}
	}
	return v.invalid(path, "%q is none of its names", name)
}

func (v Value) setList(r reflect.Value, path string) error {
	var parts []Field
	switch v.typ.Kind {
	case Array:
		for i, e := range v.Elems() {
			parts = append(parts, Field{fmt.Sprintf("[%d]", i), e})
		}
	case Struct:
		parts = v.positional(nil)
	default:
		return v.invalid(path, "a Go %s does not fit", r.Type())
	}
	if len(parts) != r.Len() {
		return v.invalid(path, "%d values given, it has %d", r.Len(), len(parts))
	}
	for i, p := range parts {
		if err := p.Value.set(r.Index(i).Interface(), joinPart(path, p.Name)); err != nil {
			return err
		}
	}
	return nil
}

// joinPart is join for names that may be indexes.
func joinPart(path, name string) string {
	if name != "" && name[0] == '[' {
		return path + name
	}
	return join(path, name)
}

// positional lists the members as an initializer without names has them: an
// anonymous struct's stand in its place, an anonymous union is one.
func (v Value) positional(out []Field) []Field {
	for _, m := range v.typ.Members {
		if part := v.part(m); m.anonymous() && m.Type.Kind == Struct {
			out = part.positional(out)
		} else {
			out = append(out, Field{m.Name, part})
		}
	}
	return out
}

func (v Value) setMap(r reflect.Value, path string) error {
	if v.typ.Kind != Struct && v.typ.Kind != Union || r.Type().Key().Kind() != reflect.String {
		return v.invalid(path, "a Go %s does not fit", r.Type())
	}
	for it := r.MapRange(); it.Next(); {
		name := it.Key().String()
		part, ok := v.member(name)
		if !ok {
			return v.invalid(path, "it has no member %q", name)
		}
		if err := part.set(it.Value().Interface(), join(path, name)); err != nil {
			return err
		}
	}
	return nil
}

// member finds a member by its C name, without dots.
func (v Value) member(name string) (Value, bool) {
	for _, f := range v.Fields() {
		if f.Name == name {
			return f.Value, true
		}
	}
	return Value{}, false
}

func (v Value) setStruct(r reflect.Value, path string) error {
	if v.bits {
		return v.invalid(path, "a Go %s does not fit a bitfield", r.Type())
	}
	if err := Check(v.typ, r.Type()); err != nil {
		var m *Mismatch
		if path == "" && errors.As(err, &m) {
			return err
		}
		return fmt.Errorf("%s: %w", path, err)
	}
	copy(v.raw, reflectBytes(r))
	ZeroSpans(v.raw, v.typ.Padding())
	return nil
}
