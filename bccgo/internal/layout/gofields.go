package layout

import (
	"fmt"
	"strings"
	"unicode"
)

// slots declares one Go field or more for each slot.
func (s *structWriter) slots(slots []slot) {
	for _, sl := range slots {
		switch {
		case sl.bits != nil:
			s.bits(sl)
		case sl.size == 0:
			s.lines = append(s.lines, fmt.Sprintf("\t// C has %s here.\n", comment(sl.member.declaration())))
		case !sl.member.anonymous():
			s.field(sl.member.Name, sl.member.Type, sl.off, fieldComment(sl.member.Type))
		case sl.member.Type.Kind == Struct:
			s.slots(slotsOf(sl.member.Type, sl.off, ""))
		default:
			s.union(sl)
		}
	}
}

// field declares a member at an offset.
func (s *structWriter) field(cName string, t *Type, off int, note string) {
	s.pad(off)
	name := s.unique(goName(cName))
	expr, align := s.g.expr(t, off, s.limit, s.name+name)
	s.add(name, expr, tagFor(name, cName), note)
	s.align = max(s.align, align)
	s.at = off + t.Size
}

// union declares an anonymous union as its first member that fills it, or as
// bytes.
func (s *structWriter) union(sl slot) {
	t := sl.member.Type
	note := comment(t.String())
	for _, m := range t.Members {
		if m.Name != "" && m.BitSize == 0 && m.Type.Size == t.Size {
			s.field(m.Name, m.Type, sl.off, note)
			return
		}
	}
	s.raw(fmt.Sprintf("Union%d", sl.off), fmt.Sprintf("[%d]byte", sl.size), sl.off, sl.size, "", note)
}

// bits declares the storage of a run of bitfields: the declared unit where
// it lies free, else just the bytes used. A tag tells which bits are whose.
func (s *structWriter) bits(sl slot) {
	off, size := s.storage(sl)
	expr, align := integerExpr(size, false)
	if align > s.limit || off%align != 0 {
		expr, align = fmt.Sprintf("[%d]byte", size), 1
	}
	s.raw(fmt.Sprintf("Bits%d", sl.off), expr, off, size, sl.bitTagOf(off), "")
	s.align = max(s.align, align)
}

// storage chooses the bytes to read a run of bitfields from.
func (s *structWriter) storage(sl slot) (off, size int) {
	for _, m := range sl.bits {
		unit := m.Type.Size
		start := sl.off / unit * unit
		if unit <= 8 && start >= max(sl.floor, s.at) && start+unit >= sl.end() && start+unit <= sl.limit {
			return start, unit
		}
	}
	return sl.off, sl.size
}

// raw declares a field that stands for several C members or for none, so its
// name must not be that of another one.
func (s *structWriter) raw(name, expr string, off, size int, tag, note string) {
	s.pad(off)
	free := name
	for i := 2; s.used[free] || s.cNames[fold(free)]; i++ {
		free = fmt.Sprintf("%sX%d", name, i)
	}
	s.used[free] = true
	s.add(free, expr, tag, note)
	s.at = off + size
}

func (s *structWriter) add(name, expr, tag, note string) {
	line := "\t" + name + "\v" + expr
	if tag != "" {
		line += "\v" + tag
	}
	if note != "" {
		if tag == "" {
			line += "\v"
		}
		line += "\v// " + note
	}
	s.lines = append(s.lines, line+"\n")
}

// unique numbers a name that is taken.
func (s *structWriter) unique(name string) string {
	out := name
	for i := 2; s.used[out]; i++ {
		out = fmt.Sprintf("%s%d", name, i)
	}
	s.used[out] = true
	return out
}

// tagFor returns the tag a field needs if its name alone does not match.
func tagFor(name, cName string) string {
	if fold(name) == fold(cName) {
		return ""
	}
	return fmt.Sprintf("`%s:%q`", tagKey, cName)
}

// goName turns a C name into an exported Go name: task_comm becomes TaskComm.
func goName(cName string) string {
	var b strings.Builder
	upper := true
	for _, r := range cName {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			upper = true
			continue
		}
		if upper {
			r = unicode.ToUpper(r)
		}
		b.WriteRune(r)
		upper = false
	}
	name := b.String()
	if name == "" || !unicode.IsUpper([]rune(name)[0]) {
		return "X" + name
	}
	return name
}

// fieldComment tells what the Go type does not show.
func fieldComment(t *Type) string {
	switch t.Kind {
	case Pointer, Union, Enum:
		if t.Name != "enum" {
			return comment(t.spelling())
		}
	}
	return ""
}

// comment keeps a C declaration on one line of bounded length.
func comment(text string) string {
	const most = 120
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "..."
	}
	return strings.TrimSpace(text)
}
