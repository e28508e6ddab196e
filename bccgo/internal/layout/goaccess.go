package layout

import (
	"fmt"
	"strings"
)

// accessor is a pair of methods that read and set what no Go field is.
type accessor struct {
	name string // of the method that reads
	typ  string // the Go type
	get  string // an expression
	set  string // a statement that stores v
	note string // the C member
}

// methods writes accessors of a type under names that are free.
func (g *generator) methods(name string, list []accessor, used map[string]bool) string {
	var b strings.Builder
	for _, a := range list {
		method := a.name
		for i := 2; used[method] || used["Set"+method]; i++ {
			method = fmt.Sprintf("%s%d", a.name, i)
		}
		used[method], used["Set"+method] = true, true
		b.WriteString("\n")
		if g.file {
			fmt.Fprintf(&b, "// %s is %s.\n", method, a.note)
		}
		fmt.Fprintf(&b, "func (x *%s) %s() %s { return %s }\n", name, method, a.typ, a.get)
		if g.file {
			fmt.Fprintf(&b, "\n// Set%s sets %s.\n", method, a.note)
		}
		fmt.Fprintf(&b, "func (x *%s) Set%s(v %s) { %s }\n", name, method, a.typ, a.set)
	}
	return b.String()
}

// declareUnion writes the declaration of a union: its bytes, with methods for
// its members.
func (g *generator) declareUnion(t *Type, name string) {
	at := len(g.decls)
	g.decls = append(g.decls, "")
	list := g.memberAccessors(t, 0, "x[:]", name)
	g.decls[at] = g.doc(t, name) + fmt.Sprintf("type %s [%d]byte\n", name, t.Size) + g.methods(name, list, map[string]bool{})
}

// memberAccessors are those of the members of t, which lies at offset base of
// some bytes. What has no name has its members in its place.
func (g *generator) memberAccessors(t *Type, base int, array, hint string) []accessor {
	var list []accessor
	for _, m := range t.Members {
		off := base + m.Offset
		switch {
		case m.anonymous():
			list = append(list, g.memberAccessors(m.Type, off, array, hint)...)
		case m.BitSize > 0:
			list = g.appendBits(list, m, 8*off+m.BitOffset, bitStorage{expr: array}, hint)
		case m.Type.Size > 0:
			typ, _ := g.natural(m.Type, 0, maxAlign, hint+GoName(m.Name))
			list = append(list, g.partAccessor(m, typ, array, off))
		}
	}
	return list
}

// partAccessor is that of a whole member at an offset of some bytes.
func (g *generator) partAccessor(m Member, typ, array string, off int) accessor {
	g.imports[libraryPath] = true
	a := accessor{
		name: GoName(m.Name), typ: typ, note: comment(m.declaration()),
		get: fmt.Sprintf("bccgo.Part[%s](%s, %d)", typ, array, off),
		set: fmt.Sprintf("bccgo.SetPart(%s, %d, v)", array, off),
	}
	if typ == "bool" { // other members may leave anything there
		a.get = fmt.Sprintf("bccgo.Part[uint8](%s, %d) != 0", array, off)
	}
	return a
}

// bitStorage is where bitfields are: an integer, or bytes.
type bitStorage struct {
	expr string
	word bool
}

// appendBits adds the accessor of a bitfield that begins with bit first. Those of
// more than 64 bits have none.
func (g *generator) appendBits(list []accessor, m Member, first int, st bitStorage, hint string) []accessor {
	if m.BitSize > 64 {
		return list
	}
	g.imports[libraryPath] = true
	last := first + m.BitSize - 1
	typ, _ := g.natural(m.Type, 0, maxAlign, hint+GoName(m.Name))
	suffix, target := "In", st.expr
	if st.word {
		suffix, target = "", "&"+st.expr
	} else if !strings.HasSuffix(target, "[:]") {
		target += "[:]"
		st.expr = target
	}
	kind, number := "Bits", "uint64"
	if m.Type.Signed && m.Type.Kind != Char || m.Type.looksSigned() {
		kind, number = "SignedBits", "int64"
	}
	a := accessor{
		name: GoName(m.Name), typ: typ, note: comment(m.declaration()) + ", " + bitsText(first, last),
		get: fmt.Sprintf("bccgo.%s%s(%s, %d, %d)", kind, suffix, st.expr, first, last),
		set: fmt.Sprintf("bccgo.SetBits%s(%s, %d, %d, uint64(v))", suffix, target, first, last),
	}
	switch typ {
	case number:
	case "bool":
		a.get += " != 0"
		a.set = fmt.Sprintf("\nvar n uint64\nif v {\nn = 1\n}\n%s\n", strings.Replace(a.set, "uint64(v)", "n", 1))
	default:
		a.get = typ + "(" + a.get + ")"
	}
	if typ == "uint64" {
		a.set = strings.Replace(a.set, "uint64(v)", "v", 1)
	}
	return append(list, a)
}

func bitsText(first, last int) string {
	if first == last {
		return fmt.Sprintf("bit %d", first)
	}
	return fmt.Sprintf("bits %d to %d", first, last)
}
