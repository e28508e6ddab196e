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

// assigned is the name by which the text knows a type.
func (e *emitter) assigned(t btf.Type) (string, error) { return e.names.of(t) }
