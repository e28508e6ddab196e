package layout

import "reflect"

// Cell is one line of a layout: a C member or a Go field.
type Cell struct {
	// Name is dotted for parts of a struct, "[]" stands for every element of
	// an array. It is empty for padding and for a value that is no struct.
	Name string
	// Type is spelled as the language spells it, or "(padding)".
	Type string
	// Offset and Size are in bytes.
	Offset, Size int
}

const paddingText = "(padding)"

// expander says whether the parts of the struct at a path are listed too.
type expander func(path string) bool

// cCells lists the members of t. A nil expander lists the parts of everything.
func cCells(t *Type, expand expander) []Cell {
	if t.Kind != Struct && t.Kind != Union {
		return []Cell{{Type: t.Name, Size: t.Size}}
	}
	return appendCCells(nil, t, 0, "", expand)
}

func appendCCells(out []Cell, t *Type, base int, prefix string, expand expander) []Cell {
	end := base
	for _, m := range t.Members {
		if t.Kind == Struct {
			out = appendPadding(out, end, base+m.Offset)
		}
		out = appendMember(out, m, base, prefix, expand)
		end = max(end, base+m.end())
	}
	return appendPadding(out, end, base+t.Size)
}

func appendMember(out []Cell, m Member, base int, prefix string, expand expander) []Cell {
	path, off := join(prefix, m.Name), base+m.Offset
	if m.anonymous() {
		return appendCCells(out, m.Type, off, prefix, expand)
	}
	out = append(out, Cell{path, m.typeText(), off, m.size()})
	if expand != nil && !expand(path) {
		return out
	}
	inner, path := innermost(m.Type, path)
	if inner.Kind == Struct || inner.Kind == Union {
		out = appendCCells(out, inner, off, path, expand)
	}
	return out
}

// innermost strips arrays, adding "[]" to the path for each. An array without
// elements has no parts to show and is left as it is.
func innermost(t *Type, path string) (*Type, string) {
	for t.Kind == Array && t.Len > 0 {
		t, path = t.Elem, path+"[]"
	}
	return t, path
}

func appendPadding(out []Cell, from, to int) []Cell {
	if to <= from {
		return out
	}
	return append(out, Cell{Type: paddingText, Offset: from, Size: to - from})
}

// goCells lists the fields of a Go type.
func goCells(t *GoType, expand expander) []Cell {
	if t.Kind != reflect.Struct {
		return []Cell{{Type: t.Text, Size: t.Size}}
	}
	return appendGoCells(nil, t, 0, "", expand)
}

func appendGoCells(out []Cell, t *GoType, base int, prefix string, expand expander) []Cell {
	end := base
	for _, f := range t.Fields {
		path, off := join(prefix, f.Name), base+f.Offset
		out = appendPadding(out, end, off)
		out = append(out, Cell{path, f.Type.Text, off, f.Type.Size})
		end = off + f.Type.Size
		if expand != nil && !expand(path) {
			continue
		}
		inner := f.Type
		for inner.Kind == reflect.Array {
			inner, path = inner.Elem, path+"[]"
		}
		if inner.Kind == reflect.Struct {
			out = appendGoCells(out, inner, off, path, expand)
		}
	}
	return appendPadding(out, end, base+t.Size)
}
