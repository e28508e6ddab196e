package layout

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// Mismatch is the error of [Check]: a Go type that cannot read a C type.
type Mismatch struct {
	// C and Go are the types compared.
	C  *Type
	Go *GoType
	// Field is the first difference: the dotted name of the C member, or of
	// the Go field where C has none. It is empty when the types differ as a
	// whole.
	Field string
	// Reason says what differs and what to do.
	Reason string
	// Rows are both layouts side by side.
	Rows []Row
	// Suggestion is Go code that declares a type which fits, or is its name. It
	// keeps the names and the types of Go that are right.
	Suggestion string
}

// Row is what C and Go have at one offset. Either side may be nil.
type Row struct {
	C, Go *Cell
	// First marks the first difference. What differs is on one row even where C
	// and Go have it at different offsets.
	First bool
}

func newMismatch(t *Type, g *GoType, d *diff) *Mismatch {
	m := &Mismatch{C: t, Go: g, Field: d.cPath, Reason: d.reason}
	if m.Field == "" {
		m.Field = d.goPath
	}
	m.Suggestion = suggest(t, g)
	m.Rows = rowsAround(cCells(t, around(d.cPath)), goCells(g, around(d.goPath)), d)
	m.Rows = append(m.Rows, Row{
		C:  &Cell{Name: "(total)", Size: t.Size},
		Go: &Cell{Name: "(total)", Size: g.Size},
	})
	markFirst(m.Rows, d)
	return m
}

// suggest returns Go source for what fits t: a declaration under the name of g, if
// it has one, or just the type if neither side needs a declaration.
func suggest(t *Type, g *GoType) string {
	named := g.PkgPath != "" && !strings.ContainsAny(g.Name, "[.·")
	switch {
	case t.Kind == Opaque:
		return ""
	case named:
		return goStructLike(t, g.Name, g)
	case t.Kind != Struct && t.Kind != Union:
		expr, _ := newGenerator(map[*Type]int{}, false).natural(t, 0, maxAlign, "event")
		return expr + "\n"
	case t.GoName() != "":
		return goStructLike(t, t.GoName(), g)
	}
	return goStructLike(t, "event", g)
}

// around expands only what leads to the difference, so that the table stays
// short.
func around(path string) expander {
	return func(p string) bool {
		return strings.HasPrefix(path, p+".") || strings.HasPrefix(path, p+"[]")
	}
}

// rowsAround puts what differs on one row, wherever it lies, and cells of equal
// offset on one row before and after that.
func rowsAround(c, g []Cell, d *diff) []Row {
	i, j := cellAt(c, d.cPath), cellAt(g, d.goPath)
	if i < 0 || j < 0 {
		return mergeCells(c, g)
	}
	rows := append(mergeCells(c[:i], g[:j]), Row{C: &c[i], Go: &g[j]})
	return append(rows, mergeCells(c[i+1:], g[j+1:])...)
}

// cellAt is the index of the cell of a path, -1 if there is none.
func cellAt(cells []Cell, path string) int {
	return slices.IndexFunc(cells, func(c Cell) bool { return path != "" && c.Name == path })
}

// mergeCells puts cells of equal offset on one row.
func mergeCells(c, g []Cell) []Row {
	var rows []Row
	for len(c) > 0 || len(g) > 0 {
		var r Row
		takeC := len(g) == 0 || len(c) > 0 && c[0].Offset <= g[0].Offset
		takeGo := len(c) == 0 || len(g) > 0 && g[0].Offset <= c[0].Offset
		if takeC {
			r.C, c = &c[0], c[1:]
		}
		if takeGo {
			r.Go, g = &g[0], g[1:]
		}
		rows = append(rows, r)
	}
	return rows
}

// markFirst marks the row of the difference; a difference of the whole types
// shows in the totals, which are the last row.
func markFirst(rows []Row, d *diff) {
	for i, r := range rows {
		if r.C != nil && d.cPath != "" && r.C.Name == d.cPath || r.Go != nil && d.goPath != "" && r.Go.Name == d.goPath {
			rows[i].First = true
			return
		}
	}
	rows[len(rows)-1].First = true
}

// Error returns the first difference, both layouts side by side with that
// difference marked by ">", and a Go declaration that fits.
func (m *Mismatch) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Go type %s does not fit C %s: ", m.Go, m.C.Name)
	if m.Field != "" {
		fmt.Fprintf(&b, "%s: ", m.Field)
	}
	fmt.Fprintf(&b, "%s\n", m.Reason)
	m.table(&b)
	switch {
	case strings.HasPrefix(m.Suggestion, "type "):
		fmt.Fprintf(&b, "a Go type that fits%s:\n\n%s", where(m.Suggestion), m.Suggestion)
	case m.Suggestion != "":
		fmt.Fprintf(&b, "a Go type that fits: %s", m.Suggestion)
	}
	return b.String()
}

// where tells that types with methods cannot be declared in a function.
func where(declarations string) string {
	if strings.Contains(declarations, "\nfunc ") {
		return ", outside of functions for it has methods"
	}
	return ""
}

func (m *Mismatch) table(b *strings.Builder) {
	var aligned strings.Builder
	w := tabwriter.NewWriter(&aligned, 0, 8, 1, ' ', 0)
	fmt.Fprintf(w, "  \tC name\ttype\toffset\tsize\t| Go name\ttype\toffset\tsize\n")
	for _, r := range m.Rows {
		mark := "  "
		if r.First {
			mark = "> "
		}
		fmt.Fprintf(w, "%s\t%s\t| %s\n", mark, r.C.columns(), r.Go.columns())
	}
	w.Flush()
	for line := range strings.Lines(aligned.String()) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}

// columns returns name, type, offset and size between tabs; nothing for nil.
func (c *Cell) columns() string {
	switch {
	case c == nil:
		return "\t\t\t"
	case c.Type == "":
		return fmt.Sprintf("%s\t\t\t%d", c.Name, c.Size)
	}
	return fmt.Sprintf("%s\t%s\t%d\t%d", c.Name, c.Type, c.Offset, c.Size)
}
