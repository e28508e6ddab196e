package layout

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// String returns t on one line, as C would declare it:
//
//	struct data_t { u32 pid; u8 a:3; char comm[16]; }
//
// Types that are no struct or union are returned by name.
func (t *Type) String() string {
	if t.Kind != Struct && t.Kind != Union {
		return t.Name
	}
	var b strings.Builder
	b.WriteString(t.Name)
	b.WriteString(" { ")
	for _, m := range t.Members {
		b.WriteString(m.declaration())
		b.WriteString("; ")
	}
	b.WriteString("}")
	return b.String()
}

// declaration returns m as a C declaration without the semicolon.
func (m Member) declaration() string {
	base, dims := splitDims(m.Type.spelling())
	if m.Name != "" && !strings.HasSuffix(base, "*") {
		base += " "
	}
	text := base + m.Name + dims
	if m.BitSize > 0 {
		text += fmt.Sprintf(":%d", m.BitSize)
	}
	return text
}

// spelling is the name, or the whole declaration of a type that has none.
func (t *Type) spelling() string {
	if t.Name == "struct" || t.Name == "union" {
		return t.String()
	}
	return t.Name
}

// typeText returns the type as layout tables show it: bitfields with their
// width and place.
func (m Member) typeText() string {
	if m.BitSize > 0 {
		return fmt.Sprintf("%s:%d at bit %d", m.Type.Name, m.BitSize, m.BitOffset)
	}
	return m.Type.Name
}

// Table returns the layout of t, one line a member, with offsets and sizes in
// bytes. Members of nested structs and unions follow with a dotted name, and
// bytes no member uses are shown as padding.
func (t *Type) Table() string {
	var b strings.Builder
	fmt.Fprintln(&b, t.Heading())
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "  offset\tsize\tname\ttype")
	for _, c := range cCells(t, nil) {
		fmt.Fprintf(w, "  %d\t%d\t%s\t%s\n", c.Offset, c.Size, c.Name, c.Type)
	}
	w.Flush()
	return b.String()
}

// Heading returns the name and the size of t: "u64, 8 bytes".
func (t *Type) Heading() string { return t.Name + ", " + bytesText(t.Size) }

func bytesText(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}
