package btftree

import (
	"fmt"
	"strings"

	"github.com/cilium/ebpf/btf"
)

// declaration spells the declaration of name with a type, as C does: from the
// inside out. Types that it names must have their names already.
func (e *emitter) declaration(t btf.Type, name string) (string, error) {
	switch t := t.(type) {
	case *btf.Pointer:
		return e.pointer(t, "", name)
	case *btf.Array:
		return e.declaration(t.Type, fmt.Sprintf("%s[%d]", name, t.Nelems))
	case *btf.FuncProto:
		return e.prototype(t, name)
	case *btf.Const:
		return e.qualify(t.Type, "const", name)
	case *btf.Volatile:
		return e.qualify(t.Type, "volatile", name)
	case *btf.Restrict:
		return e.declaration(t.Type, name)
	case *btf.TypeTag:
		return e.declaration(t.Type, name)
	case *btf.Void, nil:
		return join("void", name), nil
	}
	base, err := e.baseName(t)
	return join(base, name), err
}

func join(base, name string) string { return strings.TrimRight(base+" "+name, " ") }

// qualify puts a qualifier where it belongs: after the asterisk of a pointer,
// before any other type.
func (e *emitter) qualify(t btf.Type, word, name string) (string, error) {
	if p, ok := t.(*btf.Pointer); ok {
		return e.pointer(p, word+" ", name)
	}
	text, err := e.declaration(t, name)
	return word + " " + text, err
}

func (e *emitter) pointer(p *btf.Pointer, word, name string) (string, error) {
	inner := "*" + word + name
	switch skipTags(p.Target).(type) {
	case *btf.FuncProto, *btf.Array:
		inner = "(" + inner + ")"
	}
	return e.declaration(p.Target, inner)
}

func skipTags(t btf.Type) btf.Type {
	for range maxDepth {
		tag, ok := t.(*btf.TypeTag)
		if !ok {
			return t
		}
		t = tag.Type
	}
	return t
}

func (e *emitter) prototype(t *btf.FuncProto, name string) (string, error) {
	var params []string
	for _, p := range t.Params {
		if isVoid(p.Type) {
			params = append(params, "...")
			continue
		}
		text, err := e.declaration(p.Type, "")
		if err != nil {
			return "", err
		}
		params = append(params, text)
	}
	if len(params) == 0 {
		params = []string{"void"}
	}
	return e.declaration(t.Return, name+"("+strings.Join(params, ", ")+")")
}

func isVoid(t btf.Type) bool {
	_, void := t.(*btf.Void)
	return void || t == nil
}

// baseName spells a type that has a name of its own.
func (e *emitter) baseName(t btf.Type) (string, error) {
	switch t := t.(type) {
	case *btf.Int:
		return intName(t)
	case *btf.Float:
		return floatName(t)
	case *btf.Fwd:
		return t.Kind.String() + " " + t.Name, identifier(t.Name)
	case *btf.Typedef:
		return e.assigned(t)
	case *btf.Enum:
		if len(t.Values) == 0 {
			return intName(&btf.Int{Size: t.Size})
		}
		tag, err := e.assigned(t)
		return "enum " + tag, err
	case *btf.Struct, *btf.Union:
		if body, ok := e.inline(t); ok {
			return body, nil
		}
		tag, err := e.assigned(t)
		return keyword(t) + " " + tag, err
	}
	return "", fmt.Errorf("a %T cannot be declared in C", t)
}

func keyword(t btf.Type) string {
	if _, union := t.(*btf.Union); union {
		return "union"
	}
	return "struct"
}

// cInts are the names that C has for integers, as BTF spells them.
var cInts = map[string]uint32{
	"char": 1, "signed char": 1, "unsigned char": 1, "_Bool": 1,
	"short int": 2, "short unsigned int": 2, "short": 2, "unsigned short": 2,
	"int": 4, "unsigned int": 4,
	"long int": 8, "long unsigned int": 8, "long": 8, "unsigned long": 8,
	"long long int": 8, "long long unsigned int": 8, "long long": 8, "unsigned long long": 8,
	"__int128": 16, "__int128 unsigned": 16, "unsigned __int128": 16,
}

// intName spells an integer: by its name if C knows it with that size, else by
// size and sign. A 32-bit kernel's long is 4 bytes, which no long is in BPF.
func intName(t *btf.Int) (string, error) {
	if size, known := cInts[t.Name]; known && size == t.Size {
		return t.Name, nil
	}
	name := map[uint32]string{1: "char", 2: "short", 4: "int", 8: "long long", 16: "__int128"}[t.Size]
	switch {
	case name == "":
		return "", fmt.Errorf("an integer of %d bytes (%s) has no name in C", t.Size, t.Name)
	case t.Encoding != btf.Signed:
		return "unsigned " + name, nil
	}
	return "signed " + name, nil
}

func floatName(t *btf.Float) (string, error) {
	name := map[uint32]string{2: "_Float16", 4: "float", 8: "double", 12: "long double", 16: "long double"}[t.Size]
	if name == "" {
		return "", fmt.Errorf("a floating point number of %d bytes (%s) has no name in C", t.Size, t.Name)
	}
	return name, nil
}

// identifier refuses a name that is none in C; it would become part of the text
// that is compiled.
func identifier(name string) error {
	for i, c := range []byte(name) {
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return fmt.Errorf("%q is no name in C", name)
		}
	}
	if name == "" {
		return fmt.Errorf("a type that needs a name has none")
	}
	return nil
}
