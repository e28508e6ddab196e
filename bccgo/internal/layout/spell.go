package layout

import (
	"strconv"
	"strings"

	"github.com/cilium/ebpf/btf"
)

// peel returns what a typedef or qualifier stands for.
func peel(t btf.Type) (btf.Type, bool) {
	switch t := t.(type) {
	case *btf.Typedef:
		return t.Type, true
	case *btf.Const:
		return t.Type, true
	case *btf.Volatile:
		return t.Type, true
	case *btf.Restrict:
		return t.Type, true
	case *btf.TypeTag:
		return t.Type, true
	}
	return nil, false
}

// spell returns t as C spells it.
func spell(t btf.Type) string { return spellAt(t, 0) }

func spellAt(t btf.Type, depth int) string {
	if depth > maxDepth {
		return "..."
	}
	switch t := t.(type) {
	case *btf.Void:
		return "void"
	case *btf.Struct:
		return tagged("struct", t.Name)
	case *btf.Union:
		return tagged("union", t.Name)
	case *btf.Enum:
		return tagged("enum", t.Name)
	case *btf.Fwd:
		return tagged(t.Kind.String(), t.Name)
	case *btf.Const:
		return qualified("const", t.Type, depth)
	case *btf.Volatile:
		return qualified("volatile", t.Type, depth)
	case *btf.Restrict:
		return qualified("restrict", t.Type, depth)
	case *btf.TypeTag:
		return spellAt(t.Type, depth+1)
	case *btf.Pointer:
		return pointerNameAt(t.Target, depth)
	case *btf.Array:
		return withDim(spellAt(t.Type, depth+1), int64(t.Nelems))
	case *btf.FuncProto:
		return spellAt(t.Return, depth+1) + " ()"
	}
	return t.TypeName()
}

// qualified puts the qualifier where C wants it: before a plain type, after a
// pointer's star.
func qualified(word string, target btf.Type, depth int) string {
	name := spellAt(target, depth+1)
	if strings.HasSuffix(name, "*") {
		return name + word
	}
	return word + " " + name
}

func pointerName(target btf.Type) string { return pointerNameAt(target, 0) }

func pointerNameAt(target btf.Type, depth int) string {
	if fn, ok := target.(*btf.FuncProto); ok {
		return spellAt(fn.Return, depth+1) + " (*)()"
	}
	name := spellAt(target, depth+1)
	if strings.HasSuffix(name, "*") {
		return name + "*"
	}
	return name + " *"
}

// tagged returns "struct name", or just "struct" for an anonymous one.
func tagged(keyword, name string) string {
	if name == "" {
		return keyword
	}
	return keyword + " " + name
}

// tagOf is the Tag of a type of that name.
func tagOf(kind Kind, name string) string {
	if name == "" {
		return ""
	}
	return kind.String() + " " + name
}

// withDim adds the outermost dimension n, which C writes leftmost.
func withDim(elem string, n int64) string {
	base, dims := splitDims(elem)
	return base + dim(n) + dims
}

func dim(n int64) string { return "[" + strconv.FormatInt(n, 10) + "]" }

// splitDims separates "u32[2][3]" into "u32" and "[2][3]".
func splitDims(name string) (base, dims string) {
	base = name
	for strings.HasSuffix(base, "]") {
		open := strings.LastIndexByte(base, '[')
		if open < 0 {
			break
		}
		base = base[:open]
	}
	return base, name[len(base):]
}
