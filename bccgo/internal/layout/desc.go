package layout

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
)

// errDesc is wrapped by errors about descriptions that are not of the form
// libbcc writes.
var errDesc = errors.New("unexpected form")

// FromDesc builds the layout of size bytes from libbcc's description of a map
// key or value, for maps without BTF.
//
// Descriptions know less than BTF: typedefs, enumerations and pointers are
// plain integers, and of an array of arrays only the outer dimension is left.
// A description that does not add up to size is therefore an error, not a
// guess; the remedy is BTF, which libbcc makes for maps of a program that has
// at least one function. A plain type that fits size more than once is an
// array, as libbcc drops the dimensions of array typedefs.
func FromDesc(desc string, size int) (*Type, error) {
	if size < 0 || size > maxSize {
		return nil, fmt.Errorf("layout of %d bytes: %w", size, errTooBig)
	}
	var doc any
	if err := json.Unmarshal([]byte(desc), &doc); err != nil {
		return nil, fmt.Errorf("layout description %.60q: %w", desc, err)
	}
	natural, err := descType(doc, size, false)
	if err != nil {
		return nil, fmt.Errorf("layout description %.60q: %w", desc, err)
	}
	if natural.Size == size {
		return natural, nil
	}
	// libbcc does not say that a struct with bitfields is packed; only then
	// does the packed layout differ.
	if packed, err := descType(doc, size, true); err == nil && packed.Size == size {
		return packed, nil
	}
	return nil, fmt.Errorf("layout description %.60q covers %d of %s; it loses inner array dimensions and alignment, which BTF keeps",
		desc, natural.Size, bytesText(size))
}

// descType builds the type of a whole description.
func descType(doc any, size int, pack bool) (*Type, error) {
	p := descParser{pack: pack}
	t, err := p.typ(doc, 0)
	if err != nil {
		return nil, err
	}
	scalar := t.Kind != Struct && t.Kind != Union
	if scalar && size > t.Size && size%t.Size == 0 {
		return newArray(t.Type, int64(size/t.Size))
	}
	return t.Type, nil
}

// placed is a type with the alignment C gives it.
type placed struct {
	*Type
	align int
}

// descScalars are the plain types libbcc names. BPF has 64-bit longs.
var descScalars = map[string]Type{
	"_Bool":              {Kind: Bool, Size: 1},
	"char":               {Kind: Char, Size: 1, Signed: true},
	"signed char":        {Kind: Int, Size: 1, Signed: true},
	"unsigned char":      {Kind: Int, Size: 1},
	"wchar_t":            {Kind: Int, Size: 4, Signed: true},
	"short":              {Kind: Int, Size: 2, Signed: true},
	"unsigned short":     {Kind: Int, Size: 2},
	"int":                {Kind: Int, Size: 4, Signed: true},
	"unsigned int":       {Kind: Int, Size: 4},
	"long":               {Kind: Int, Size: 8, Signed: true},
	"unsigned long":      {Kind: Int, Size: 8},
	"long long":          {Kind: Int, Size: 8, Signed: true},
	"unsigned long long": {Kind: Int, Size: 8},
	"__int128":           {Kind: Int, Size: 16, Signed: true},
	"unsigned __int128":  {Kind: Int, Size: 16},
	"float":              {Kind: Float, Size: 4, Signed: true},
	"double":             {Kind: Float, Size: 8, Signed: true},
}

// descParser turns decoded JSON into types.
type descParser struct {
	pack bool // lay out "struct" as if it were packed
}

func (p descParser) typ(doc any, depth int) (placed, error) {
	if depth > maxDepth {
		return placed{}, errTooDeep
	}
	switch doc := doc.(type) {
	case string:
		t, ok := descScalars[doc]
		if !ok {
			return placed{}, fmt.Errorf("unknown type %q", doc)
		}
		t.Name = doc
		return placed{&t, t.Size}, nil
	case []any:
		return p.composite(doc, depth)
	}
	return placed{}, fmt.Errorf("type: %w: %v", errDesc, doc)
}

// composite reads [name, fields, kind]; without a kind it is a struct.
func (p descParser) composite(doc []any, depth int) (placed, error) {
	if len(doc) != 2 && len(doc) != 3 {
		return placed{}, fmt.Errorf("struct of %d parts: %w", len(doc), errDesc)
	}
	name, err := identifier(doc[0])
	if err != nil {
		return placed{}, err
	}
	fields, ok := doc[1].([]any)
	if !ok {
		return placed{}, fmt.Errorf("struct %s: fields: %w", name, errDesc)
	}
	kind := "struct"
	if len(doc) == 3 {
		kind, _ = doc[2].(string)
	}
	b, err := newBuilder(kind, name, p.pack)
	if err != nil {
		return placed{}, err
	}
	for _, f := range fields {
		if err := p.field(b, f, depth+1); err != nil {
			return placed{}, fmt.Errorf("%s: %w", b.out.Name, err)
		}
	}
	return b.finish()
}

// field reads [name, type], [name, type, dims], [name, type, width] or, for an
// anonymous part, [name, fields, kind].
func (p descParser) field(b *builder, doc any, depth int) error {
	parts, ok := doc.([]any)
	if !ok || len(parts) < 2 || len(parts) > 3 {
		return fmt.Errorf("field: %w: %v", errDesc, doc)
	}
	name, err := identifier(parts[0])
	if err != nil {
		return err
	}
	if len(parts) == 3 {
		if _, anonymous := parts[2].(string); anonymous {
			t, err := p.composite(append([]any{""}, parts[1:]...), depth)
			if err != nil {
				return err
			}
			return b.add(name, t)
		}
	}
	t, err := p.typ(parts[1], depth)
	if err != nil {
		return fmt.Errorf("field %q: %w", name, err)
	}
	if len(parts) == 2 {
		return b.add(name, t)
	}
	switch extra := parts[2].(type) {
	case []any:
		t.Type, err = withDims(t.Type, extra)
		if err != nil {
			return fmt.Errorf("field %q: %w", name, err)
		}
		return b.add(name, t)
	case float64:
		return b.addBits(name, t, extra)
	}
	return fmt.Errorf("field %q: %w: %v", name, errDesc, parts[2])
}

// withDims wraps t in arrays, the last dimension innermost.
func withDims(t *Type, dims []any) (*Type, error) {
	if len(dims) > maxDepth {
		return nil, errTooDeep
	}
	for i := len(dims) - 1; i >= 0; i-- {
		n, ok := dims[i].(float64)
		if !ok || n != math.Trunc(n) || n < 0 || n > maxSize {
			return nil, fmt.Errorf("array length %v: %w", dims[i], errDesc)
		}
		var err error
		if t, err = newArray(t, int64(n)); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// identifier accepts a C identifier or nothing.
func identifier(doc any) (string, error) {
	name, ok := doc.(string)
	bad := func(r rune) bool { return r != '_' && r != '$' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	if !ok || strings.ContainsFunc(name, bad) || name != "" && name[0] >= '0' && name[0] <= '9' {
		return "", fmt.Errorf("name: %w: %v", errDesc, doc)
	}
	return name, nil
}
