package layout

import (
	"fmt"
	"strings"
	"unicode"
)

// structWriter collects the fields of one Go struct.
type structWriter struct {
	g     *generator
	name  string
	like  likeness
	limit int // strictest alignment allowed
	align int // strictest alignment used
	at    int // bytes declared so far
	used  map[string]bool
	// cNames are the folded C names at this level.
	cNames    map[string]bool
	lines     []string
	accessors []accessor
}

// declaration returns the struct; formatting aligns its columns.
func (s *structWriter) declaration() string {
	if len(s.lines) == 0 {
		return fmt.Sprintf("type %s struct{}\n", s.name)
	}
	return fmt.Sprintf("type %s struct {\n%s}\n", s.name, strings.Join(s.lines, ""))
}

// pad declares padding up to offset off.
func (s *structWriter) pad(off int) {
	if off > s.at {
		s.add("_", fmt.Sprintf("[%d]byte", off-s.at), "", s.note("padding", "", s.at, off-s.at))
		s.at = off
	}
}

// slots declares one Go field or more for each slot.
func (s *structWriter) slots(slots []slot) {
	for _, sl := range slots {
		switch {
		case sl.bits != nil:
			s.bits(sl)
		case sl.size == 0:
			s.lines = append(s.lines, fmt.Sprintf("\t// C has %s here.\n", comment(sl.member.declaration())))
		case !sl.member.anonymous():
			s.field(sl.member, sl.off)
		case sl.member.Type.Kind == Struct:
			s.slots(slotsOf(sl.member.Type, sl.off, ""))
		default:
			s.union(sl)
		}
	}
}

// field declares a member at an offset. What Go would align otherwise becomes
// bytes with methods.
func (s *structWriter) field(m Member, off int) {
	t := m.Type
	note := s.note(m.declaration(), fieldComment(t), off, t.Size)
	name, hint := GoName(m.Name), s.name+GoName(m.Name)
	if like, ok := s.like.field(m.Name); ok {
		name = like.Name
		if s.kept(m, off, note) {
			return
		}
		s.g.resemble(t, hint, s.like.pkg, like.Type)
	}
	expr, align := s.g.expr(t, off, s.limit, hint)
	if free, _ := s.g.natural(t, 0, maxAlign, hint); free != expr {
		expr = fmt.Sprintf("[%d]byte", t.Size)
		field := s.raw("Raw"+GoName(m.Name), expr, off, t.Size, fmt.Sprintf("`%s:%q`", tagKey, m.Name), note)
		s.accessors = append(s.accessors, s.g.partAccessor(m, free, "x."+field+"[:]", 0))
		return
	}
	s.plain(m.Name, s.unique(name), expr, align, off, t.Size, note)
}

// kept declares a member as in the likeness, if that is right.
func (s *structWriter) kept(m Member, off int, note string) bool {
	like, ok := s.like.field(m.Name)
	if !ok {
		return false
	}
	expr, align := s.like.keep(like.Type, m.Type)
	if expr == "" || align > s.limit || off%align != 0 {
		return false
	}
	s.plain(m.Name, s.unique(like.Name), expr, align, off, m.Type.Size, note)
	return true
}

func (s *structWriter) plain(cName, name, expr string, align, off, size int, note string) {
	s.pad(off)
	s.add(name, expr, tagFor(name, cName), note)
	s.align = max(s.align, align)
	s.at = off + size
}

// union declares an anonymous union as bytes; its members become methods of the
// struct.
func (s *structWriter) union(sl slot) {
	t := sl.member.Type
	note := s.note(t.String(), comment(t.String()), sl.off, t.Size)
	for _, m := range t.Members {
		if m.Name != "" && m.BitSize == 0 && s.kept(m, sl.off, note) {
			return
		}
	}
	field := s.raw(fmt.Sprintf("Union%d", sl.off), fmt.Sprintf("[%d]byte", sl.size), sl.off, sl.size, "", note)
	s.accessors = append(s.accessors, s.g.memberAccessors(t, 0, "x."+field+"[:]", s.name)...)
}

// bits declares the storage of a run of bitfields: the declared unit where
// it lies free, else just the bytes used. A tag tells which bits are whose.
func (s *structWriter) bits(sl slot) {
	off, size := s.storage(sl)
	expr, align := integerExpr(size, false)
	if align > s.limit || off%align != 0 {
		expr, align = fmt.Sprintf("[%d]byte", size), 1
	}
	var members []string
	for _, m := range sl.bits {
		members = append(members, m.declaration())
	}
	note := s.note(strings.Join(members, "; "), "", off, size)
	s.align = max(s.align, align)
	if name, like := s.like.keepBits(sl, off, size); like != "" {
		s.raw(name, like, off, size, sl.bitTagOf(off), note)
		return
	}
	field := s.raw(fmt.Sprintf("Bits%d", sl.off), expr, off, size, sl.bitTagOf(off), note)
	st := bitStorage{expr: "x." + field, word: expr[0] != '['}
	for _, m := range sl.bits {
		first, _ := sl.bitsIn(m, off)
		s.accessors = s.g.appendBits(s.accessors, m, first, st, s.name)
	}
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

// raw declares a field that stands for several C members or for the bytes of
// one, so its name must not be that of another one. It returns the name.
func (s *structWriter) raw(name, expr string, off, size int, tag, note string) string {
	s.pad(off)
	free := name
	for i := 2; s.used[free] || s.cNames[fold(free)]; i++ {
		free = fmt.Sprintf("%sX%d", name, i)
	}
	s.used[free] = true
	s.add(free, expr, tag, note)
	s.at = off + size
	return free
}

func (s *structWriter) add(name, expr, tag, note string) {
	line := "\t" + name + " " + expr
	if tag != "" {
		line += " " + tag
	}
	if note != "" {
		line += " // " + note
	}
	s.lines = append(s.lines, line+"\n")
}

// note is the comment of a field: in files the C declaration with its place,
// in messages what the Go type does not show.
func (s *structWriter) note(declaration, short string, off, size int) string {
	if !s.g.file {
		return short
	}
	return fmt.Sprintf("%s; offset %d, size %d", comment(declaration), off, size)
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

// fieldComment tells what the Go type does not show.
func fieldComment(t *Type) string {
	switch {
	case t.Kind == Array && t.IsText() && t.Len != commLen:
		return "text, see bccgo.CString"
	case t.Kind != Pointer && t.Kind != Enum:
		return ""
	case t.Name == "enum":
		return ""
	}
	return comment(t.spelling())
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
