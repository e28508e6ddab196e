package btftree

import (
	"fmt"
	"strings"

	"github.com/cilium/ebpf/btf"
)

// maxTypes bounds how many types a tree may have. All of a large kernel's are
// about 130,000; a text needs a few hundred.
const maxTypes = 200_000

// emitter writes out types in an order that C accepts.
type emitter struct {
	out      strings.Builder
	planner  *planner
	mentions map[string]bool
	names    *assigner
	state    map[btf.Type]state
	bodies   map[btf.Type]string // of types without a name
	later    []btf.Type
	pads     int
	written  []btf.Type
}

type state uint8

const (
	untouched state = iota
	inWork
	done
)

// newEmitter writes types for a text that mentions names and defines others.
func newEmitter(mentions map[string]bool, own *defined) *emitter {
	return &emitter{
		planner: newPlanner(), mentions: mentions, names: newAssigner(own),
		state: make(map[btf.Type]state), bodies: make(map[btf.Type]string),
	}
}

// root writes a type that the text names, and all that it needs.
func (e *emitter) root(t btf.Type) error {
	if err := e.refer(t, true, 0); err != nil {
		return err
	}
	for len(e.later) > 0 {
		t := e.later[0]
		e.later = e.later[1:]
		if err := e.complete(t, 0); err != nil {
			return err
		}
	}
	return nil
}

// complete makes sure that a variable of the type can be declared.
func (e *emitter) complete(t btf.Type, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("type %s is nested more than %d deep", t.TypeName(), maxDepth)
	}
	switch t := t.(type) {
	case *btf.Struct, *btf.Union:
		return e.composite(t, depth)
	case *btf.Enum:
		return e.enum(t)
	case *btf.Array:
		return e.complete(t.Type, depth+1)
	case *btf.Typedef:
		if err := e.complete(t.Type, depth+1); err != nil {
			return err
		}
		return e.typedef(t, depth)
	case *btf.Pointer, *btf.FuncProto:
		return e.refer(t, false, depth+1)
	}
	if under := qualified(t); under != nil {
		return e.complete(under, depth+1)
	}
	return nil
}

// refer makes sure that a pointer to the type can be declared. With follow the
// type is written out in full, at once or later.
func (e *emitter) refer(t btf.Type, follow bool, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("type %s is nested more than %d deep", t.TypeName(), maxDepth)
	}
	switch t := t.(type) {
	case *btf.Struct, *btf.Union:
		if t.TypeName() == "" {
			return e.complete(t, depth+1)
		}
		if follow && e.state[t] == untouched {
			e.later = append(e.later, t)
		}
		return nil
	case *btf.Enum:
		return e.enum(t)
	case *btf.Typedef:
		return e.referTypedef(t, follow, depth)
	case *btf.Pointer:
		return e.refer(t.Target, follow, depth+1)
	case *btf.Array:
		// The elements of an array need a size even behind a pointer.
		return e.complete(t.Type, depth+1)
	case *btf.FuncProto:
		return e.referProto(t, depth)
	}
	if under := qualified(t); under != nil {
		return e.refer(under, follow, depth+1)
	}
	return nil
}

func (e *emitter) referTypedef(t *btf.Typedef, follow bool, depth int) error {
	if err := e.refer(t.Type, follow, depth+1); err != nil {
		return err
	}
	return e.typedef(t, depth)
}

func (e *emitter) referProto(t *btf.FuncProto, depth int) error {
	for _, p := range t.Params {
		if err := e.referParam(p.Type, depth); err != nil {
			return err
		}
	}
	return e.refer(t.Return, false, depth+1)
}

// referParam declares a struct before it occurs in a parameter list: the list
// would be its scope otherwise.
func (e *emitter) referParam(t btf.Type, depth int) error {
	if err := e.refer(t, false, depth+1); err != nil {
		return err
	}
	switch s := pointee(t).(type) {
	case *btf.Struct, *btf.Union:
		return e.forward(s)
	case *btf.Fwd:
		return e.names.forward(&e.out, s.Kind.String(), s.Name)
	}
	return nil
}

// pointee follows pointers and qualifiers.
func pointee(t btf.Type) btf.Type {
	for range maxDepth {
		next := btf.Type(nil)
		if p, ok := t.(*btf.Pointer); ok {
			next = p.Target
		} else if _, named := t.(*btf.Typedef); !named {
			next = qualified(t)
		}
		if next == nil {
			return t
		}
		t = next
	}
	return t
}

func (e *emitter) forward(t btf.Type) error {
	if t.TypeName() == "" || e.state[t] == done {
		return nil
	}
	name, err := e.assigned(t)
	if err != nil {
		return err
	}
	return e.names.forward(&e.out, keyword(t), name)
}

// begin reports whether a type is still to be written, and marks it.
func (e *emitter) begin(t btf.Type) (bool, error) {
	switch e.state[t] {
	case done:
		return false, nil
	case inWork:
		return false, fmt.Errorf("type %s contains itself", t.TypeName())
	}
	if len(e.state) >= maxTypes {
		return false, fmt.Errorf("more than %d types are needed", maxTypes)
	}
	e.state[t] = inWork
	return true, nil
}

func (e *emitter) end(t btf.Type) {
	e.state[t] = done
	e.written = append(e.written, t)
}

// typedef writes a typedef whose target is known.
func (e *emitter) typedef(t *btf.Typedef, depth int) error {
	if todo, err := e.begin(t); !todo {
		return err
	}
	if err := e.refer(t.Type, false, depth+1); err != nil {
		return err
	}
	name, err := e.assigned(t)
	if err != nil {
		return err
	}
	text, err := e.declaration(t.Type, name)
	if err != nil {
		return err
	}
	fmt.Fprintf(&e.out, "typedef %s;\n", text)
	e.end(t)
	return nil
}

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

// assigned is the name by which the text knows a type.
func (e *emitter) assigned(t btf.Type) (string, error) { return e.names.of(t) }

// enum writes an enum, with a made-up tag if it has none.
func (e *emitter) enum(t *btf.Enum) error {
	if len(t.Values) == 0 {
		return nil // one that is declared only is written as an integer
	}
	if todo, err := e.begin(t); !todo {
		return err
	}
	name, err := e.assigned(t)
	if err != nil {
		return err
	}
	fmt.Fprintf(&e.out, "enum %s {\n", name)
	for _, v := range t.Values {
		if err := identifier(v.Name); err != nil {
			return err
		}
		fmt.Fprintf(&e.out, "\t%s = %s,\n", e.names.enumerator(v.Name), enumValue(t, v.Value))
	}
	fmt.Fprintf(&e.out, "}%s;\n", enumMode(t.Size))
	e.end(t)
	return nil
}

func enumValue(t *btf.Enum, v uint64) string {
	switch {
	case t.Signed && int64(v) == -1<<63:
		return "(-9223372036854775807LL - 1)"
	case t.Signed:
		return fmt.Sprint(int64(v))
	case v > 1<<63-1:
		return fmt.Sprintf("%dULL", v)
	}
	return fmt.Sprint(v)
}

// enumMode gives an enum its size where that is not an int's.
func enumMode(size uint32) string {
	mode := map[uint32]string{1: "QI", 2: "HI", 8: "DI"}[size]
	if mode == "" {
		return ""
	}
	return " __attribute__((mode(" + mode + ")))"
}
