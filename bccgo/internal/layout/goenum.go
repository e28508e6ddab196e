package layout

import (
	"fmt"
	"strconv"
	"strings"
)

// enumExpr returns the Go type for an enumeration: in files one of its own, else
// an integer.
func (g *generator) enumExpr(t *Type, hint string) (string, int) {
	expr, align := integerExpr(t.Size, t.Signed || t.looksSigned())
	if !g.file || len(t.Values) == 0 || expr[0] == '[' {
		return expr, align
	}
	id := identity(t, hint)
	name, ok := g.names[id]
	if !ok {
		name = g.name(t, hint)
		g.names[id] = name
		g.declareEnum(t, name)
	}
	return name, align
}

// declareEnum writes an enumeration's type, constants and String.
func (g *generator) declareEnum(t *Type, name string) {
	g.imports["strconv"] = true
	signed := t.Signed || t.looksSigned()
	expr, _ := integerExpr(t.Size, signed)
	base := t.word()
	if base == "" {
		base = name
	}
	var constants, cases strings.Builder
	seen := map[uint64]bool{}
	for _, v := range t.Values {
		constant := g.free(constName(base, v.Name))
		fmt.Fprintf(&constants, "%s %s = %s // %s\n", constant, name, valueText(v.Value, t.Size, signed), comment(v.Name))
		if !seen[v.Value] {
			seen[v.Value] = true
			fmt.Fprintf(&cases, "case %s:\nreturn %q\n", constant, v.Name)
		}
	}
	number := "strconv.FormatUint(uint64(x), 10)"
	if signed {
		number = "strconv.FormatInt(int64(x), 10)"
	}
	g.decls = append(g.decls, fmt.Sprintf("%stype %s %s\n\n// Values of %s.\nconst (\n%s)\n\n"+
		"// String returns the C name, or the number where there is none.\nfunc (x %s) String() string {\nswitch x {\n%s}\nreturn %s\n}\n",
		g.doc(t, name), name, expr, name, constants.String(), name, cases.String(), number))
}

// looksSigned tells an enumeration with negative values whose type information
// does not say so, as that of older compilers: a number this close to the
// greatest is one of these, not a flag.
func (t *Type) looksSigned() bool {
	const close = 1 << 12
	signed := false
	for _, v := range t.Values {
		n := v.Value & (^uint64(0) >> (64 - 8*t.Size))
		greatest := ^uint64(0) >> (64 - 8*t.Size)
		switch {
		case greatest-n < close:
			signed = true
		case n > greatest/2:
			return false
		}
	}
	return signed
}

// valueText is an enumeration's value as its Go type has it.
func valueText(v uint64, size int, signed bool) string {
	unused := 64 - 8*size
	if signed {
		return strconv.FormatInt(int64(v<<unused)>>unused, 10)
	}
	return strconv.FormatUint(v<<unused>>unused, 10)
}

// constName is the Go name of a value of an enumeration: the name of the type
// and what of the value's name does not repeat it. TASK_IDLE of task_state_t
// becomes TaskStateIdle.
func constName(base, value string) string {
	words := strings.Split(strings.TrimSuffix(base, "_t"), "_")
	rest := strings.Split(value, "_")
	for _, w := range words {
		if len(rest) < 2 || !strings.EqualFold(w, rest[0]) {
			break
		}
		rest = rest[1:]
	}
	value = strings.Join(rest, "_")
	if value == strings.ToUpper(value) {
		value = strings.ToLower(value)
	}
	return GoName(strings.Join(words, "_")) + strings.TrimPrefix(GoName("a_"+value), "A")
}
