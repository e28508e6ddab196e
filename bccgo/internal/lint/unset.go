package lint

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/layout"
	"github.com/bccgo/bcc/bccgo/internal/source"
	"github.com/bccgo/bcc/bccgo/internal/stackuse"
)

// unsetBytes finds structs that are sent, or that keys are made of, with bytes
// that nothing ever writes.
func (in *Input) unsetBytes() []Finding {
	types := in.types()
	if types == nil {
		return nil
	}
	var list []Finding
	for i := range in.Bundle.Functions {
		f := &in.Bundle.Functions[i]
		for _, use := range stackuse.Find(decode(f), in.keySize) {
			if found, ok := in.unset(types, f, use); ok && !slices.Contains(list, found) {
				list = append(list, found)
			}
		}
	}
	return list
}

func (in *Input) types() *btf.Spec {
	if len(in.Bundle.BTF) == 0 {
		return nil
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(in.Bundle.BTF))
	if err != nil {
		return nil
	}
	return spec
}

func (in *Input) keySize(table int32) int {
	if m := in.Bundle.MapByID(table); m != nil && m.KeyType != 0 {
		return int(m.KeySize)
	}
	return 0
}

// unset describes a use of bytes that are not written.
func (in *Input) unset(types *btf.Spec, f *bundle.Function, use stackuse.Use) (Finding, bool) {
	table := in.Bundle.MapByID(use.Table)
	if table == nil {
		return Finding{}, false
	}
	t := in.used(types, table, use)
	l, ok := place(f, use.Slot)
	if t == nil || !ok {
		return Finding{}, false
	}
	line, ok := in.TextLine(l.File, int(l.Line))
	if !ok {
		return Finding{}, false
	}
	spot := in.callOf(table.Name, line)
	name := "&" + cmp.Or(spot.data, "variable")
	what := describe(t, use.Unset)
	if use.Key {
		return at(spot.at, fmt.Sprintf("the key of %s is used with %s never set: lookups compare every byte, so they miss, and entries come twice; "+
			"clear it before its members are set: __builtin_memset(%s, 0, sizeof(%s))", table.Name, what, name, strings.TrimPrefix(name, "&"))), true
	}
	return at(spot.at, fmt.Sprintf("%s is sent with %s never set: they carry what was on the kernel's stack, and kernels before 6.3 may refuse the program; "+
		"clear it before its members are set: __builtin_memset(%s, 0, sizeof(%s))", t.Name, what, name, strings.TrimPrefix(name, "&"))), true
}

// used is the type of what a call reads, nil where it is not known for sure.
func (in *Input) used(types *btf.Spec, table *bundle.Map, use stackuse.Use) *layout.Type {
	var ids []uint32
	if use.Key {
		ids = []uint32{table.KeyType}
	} else {
		for _, e := range in.Bundle.EventsOf(table.Name) {
			ids = append(ids, e.Type)
		}
	}
	var found *layout.Type
	for _, id := range ids {
		t, err := types.TypeByID(btf.TypeID(id))
		if err != nil || id == 0 {
			continue
		}
		l, err := layout.FromBTF(t)
		if err != nil || l.Size != use.Size {
			continue
		}
		if found != nil && found.Name != l.Name {
			return nil
		}
		found = l
	}
	return found
}

// describe names bytes of a type: its members, and the padding between them.
func describe(t *layout.Type, unset []int) string {
	padding := make(map[int]bool)
	for _, s := range t.Padding() {
		for n := range s.Len {
			padding[s.Offset+n] = true
		}
	}
	var parts []string
	for len(unset) > 0 {
		n := 1
		for n < len(unset) && unset[n] == unset[0]+n && padding[unset[n]] == padding[unset[0]] && memberAt(t, unset[n]) == memberAt(t, unset[0]) {
			n++
		}
		if padding[unset[0]] {
			parts = append(parts, fmt.Sprintf("%s of padding at offset %d%s", count(n), unset[0], after(t, unset[0])))
		} else if name := memberAt(t, unset[0]); name != "" {
			parts = append(parts, fmt.Sprintf("%s of its member %s (offset %d)", count(n), name, unset[0]))
		} else {
			parts = append(parts, fmt.Sprintf("%s at offset %d", count(n), unset[0]))
		}
		unset = unset[n:]
	}
	return strings.Join(parts, " and ")
}

func count(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

// after says which member is before an offset.
func after(t *layout.Type, off int) string {
	for n := off - 1; n >= 0; n-- {
		if name := memberAt(t, n); name != "" {
			return " (after " + name + ")"
		}
	}
	return ""
}

// memberAt is the dotted name of the member that has the byte at an offset, ""
// for padding.
func memberAt(t *layout.Type, off int) string {
	for i := len(t.Members) - 1; i >= 0; i-- {
		m := t.Members[i]
		if off < m.Offset || off >= m.Offset+max(m.Type.Size, 1) {
			continue
		}
		if m.Type.Kind != layout.Struct {
			return m.Name
		}
		inner := memberAt(m.Type, off-m.Offset)
		switch {
		case inner == "" || m.Name == "":
			return inner
		}
		return m.Name + "." + inner
	}
	return ""
}

// spot is a call in the text: where, and the variable whose address it gets.
type spot struct {
	at   source.Token
	data string
}

// callOf finds the call of a table's method on a line.
func (in *Input) callOf(table string, line int) spot {
	first := source.Token{Line: line, Col: 1}
	for i, t := range in.code {
		if t.Line < line {
			continue
		}
		if t.Line > line {
			break
		}
		if first.Text == "" {
			first = t
		}
		if t.Is(table) && i+3 < len(in.code) && in.code[i+1].Is(".") && in.code[i+3].Is("(") {
			return spot{t, in.addressed(i + 3)}
		}
	}
	return spot{at: first}
}

// addressed is the variable whose address comes first among a call's arguments.
func (in *Input) addressed(open int) string {
	for _, arg := range source.Arguments(in.code, open, source.Closing(in.code, open)) {
		if len(arg) == 2 && arg[0].Is("&") && arg[1].Kind == source.Ident {
			return arg[1].Text
		}
	}
	return ""
}
