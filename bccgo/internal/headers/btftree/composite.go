package btftree

import (
	"fmt"
	"strings"

	"github.com/cilium/ebpf/btf"
)

// composite writes a struct or union after all that it contains. One without a
// name is kept for the place where it occurs.
func (e *emitter) composite(t btf.Type, depth int) error {
	if todo, err := e.begin(t); !todo {
		return err
	}
	list, _, _ := members(t)
	for _, m := range list {
		if err := e.memberNeeds(m, depth); err != nil {
			return fmt.Errorf("member %s of %s: %w", m.Name, t.TypeName(), err)
		}
	}
	body, err := e.body(t, depth)
	if err != nil {
		return fmt.Errorf("%s: %w", t.TypeName(), err)
	}
	if t.TypeName() == "" {
		e.bodies[t] = keyword(t) + " " + body
		e.end(t)
		return nil
	}
	name, err := e.assigned(t)
	if err != nil {
		return err
	}
	fmt.Fprintf(&e.out, "%s %s %s;\n", keyword(t), name, body)
	e.end(t)
	return nil
}

// memberNeeds writes what a member's declaration mentions.
func (e *emitter) memberNeeds(m btf.Member, depth int) error {
	target, isPointer := pointerTo(m.Type)
	if !isPointer {
		return e.complete(m.Type, depth+1)
	}
	if e.opaque(m, target) {
		return nil
	}
	return e.refer(target, e.mentions[m.Name], depth+1)
}

// pointerTo returns what a member points to, if it is a pointer or several of
// them in an array.
func pointerTo(t btf.Type) (btf.Type, bool) {
	for range maxDepth {
		switch next := t.(type) {
		case *btf.Pointer:
			return next.Target, true
		case *btf.Array:
			t = next.Type
		case *btf.Const:
			t = next.Type
		case *btf.Volatile:
			t = next.Type
		case *btf.TypeTag:
			t = next.Type
		default:
			return nil, false
		}
	}
	return nil, false
}

// opaque tells whether a pointer is written as one to anything: nothing in the
// text names the member, and what it points to would have to be written out; or
// that has a name which C cannot have.
func (e *emitter) opaque(m btf.Member, target btf.Type) bool {
	mentioned := e.mentions[m.Name]
	for range maxDepth {
		switch t := target.(type) {
		case *btf.FuncProto, *btf.Enum, *btf.Array:
			return !mentioned
		case *btf.Struct, *btf.Union:
			name := t.TypeName()
			return !mentioned && name == "" || name != "" && identifier(name) != nil
		case *btf.Pointer:
			target = t.Target
			continue
		}
		under := qualified(target)
		if under == nil {
			return false
		}
		target = under
	}
	return true
}

// body spells the members in braces, and the attribute that goes after them.
func (e *emitter) body(t btf.Type, depth int) (string, error) {
	pl, err := e.planner.plan(t, depth)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("{\n")
	for _, f := range pl.fields {
		text, err := e.field(f)
		if err != nil {
			return "", err
		}
		b.WriteString("\t" + strings.ReplaceAll(text, "\n", "\n\t") + ";\n")
	}
	b.WriteString("}")
	if pl.packed {
		b.WriteString(" __attribute__((packed))")
	}
	return b.String(), nil
}

func (e *emitter) field(f field) (string, error) {
	switch {
	case f.bits > 0:
		return fmt.Sprintf("unsigned char : %d", f.bits), nil
	case f.bytes > 0:
		e.pads++
		return fmt.Sprintf("unsigned char __bccgo_pad%d[%d]", e.pads, f.bytes), nil
	}
	m := f.member
	name, err := memberName(m.Name)
	if err != nil {
		return "", err
	}
	text, err := e.memberDeclaration(m, name)
	if m.BitfieldSize > 0 {
		text += fmt.Sprintf(" : %d", m.BitfieldSize)
	}
	return text, err
}

func (e *emitter) memberDeclaration(m *btf.Member, name string) (string, error) {
	if target, ok := pointerTo(m.Type); ok && e.opaque(*m, target) {
		return e.declaration(anyPointer(m.Type), name)
	}
	return e.declaration(m.Type, name)
}

// anyPointer is the type with its pointer made one to void.
func anyPointer(t btf.Type) btf.Type {
	switch t := t.(type) {
	case *btf.Array:
		return &btf.Array{Index: t.Index, Type: anyPointer(t.Type), Nelems: t.Nelems}
	case *btf.Const:
		return &btf.Const{Type: anyPointer(t.Type)}
	case *btf.Volatile:
		return &btf.Volatile{Type: anyPointer(t.Type)}
	case *btf.TypeTag:
		return anyPointer(t.Type)
	}
	return &btf.Pointer{Target: (*btf.Void)(nil)}
}

// inline returns the body of a struct or union without a name.
func (e *emitter) inline(t btf.Type) (string, bool) {
	body, ok := e.bodies[t]
	return body, ok
}
