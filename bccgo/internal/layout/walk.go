package layout

import (
	"fmt"
	"reflect"
	"strings"
)

// walk matches the slots of one C struct with the fields of one Go struct.
type walk struct {
	*cursor
	names map[string]bool // folded C names at this level
}

func (w *walk) slots(slots []slot) *diff {
	for _, s := range slots {
		if d := w.slot(s); d != nil {
			return d
		}
	}
	return nil
}

func (w *walk) slot(s slot) *diff {
	if s.bits != nil {
		return w.bits(s)
	}
	covered, d := w.blanks(s)
	if covered || d != nil {
		return d
	}
	if s.size == 0 {
		return w.empty(s)
	}
	f, ok := w.peek()
	if !ok {
		return missing(s)
	}
	if !s.member.anonymous() {
		return w.member(s, f)
	}
	if w.whole(s, f) {
		w.next++
		return fits(s.member.Type, f.typ, s.path, f.path)
	}
	if s.member.Type.Kind == Struct {
		return w.slots(slotsOf(s.member.Type, s.off, s.path))
	}
	return w.union(s, f)
}

// member matches a named C member with the next Go field.
func (w *walk) member(s slot, f goField) *diff {
	w.next++
	d := fits(s.member.Type, f.typ, s.path, f.path)
	if d == nil || f.off != s.off && f.size() == s.size {
		d = place(s, f)
	}
	if f.matches(s.member.Name) {
		return d
	}
	switch {
	case f.blank() || d != nil && f.among(w.names):
		if later, ok := w.find(s.member.Name); ok {
			return &diff{s.path, f.path, fmt.Sprintf("C has %s (%s) at offset %d, Go has %s there and %s at offset %d: order the fields as C does",
				s.member.Name, s.member.Type.Name, s.off, f.shown(), later.shown(), later.off)}
		}
		return missing(s)
	case f.among(w.names):
		return &diff{s.path, f.path, fmt.Sprintf("C has %s here, Go has %s, which C has elsewhere", s.member.Name, f.shown())}
	case d == nil:
		return &diff{s.path, f.path, fmt.Sprintf("names differ: C has %s, Go has %s; rename it or tag it `bcc:%q`",
			s.member.Name, f.shown(), s.member.Name)}
	}
	return &diff{s.path, f.path, fmt.Sprintf("C has %s (%s) at offset %d, Go has %s (%s) at offset %d",
		s.member.Name, s.member.Type.Name, s.off, f.shown(), f.typ, f.off)}
}

// shown is the name of f for messages.
func (f goField) shown() string {
	if f.tag != "" {
		return fmt.Sprintf("%s (tagged %s)", f.name, f.tag)
	}
	return f.name
}

// place compares offsets.
func place(s slot, f goField) *diff {
	switch {
	case f.off < s.off:
		return &diff{s.path, f.path, fmt.Sprintf("C has it at offset %d, Go at %d: put _ [%d]byte before it",
			s.off, f.off, s.off-f.off)}
	case f.off > s.off:
		return &diff{s.path, f.path, fmt.Sprintf("C has it at offset %d, Go at %d; where Go aligns more than C, use [%d]byte",
			s.off, f.off, s.size)}
	}
	return nil
}

func missing(s slot) *diff {
	what := fmt.Sprintf("%s (%s)", s.member.Name, s.member.Type.Name)
	switch {
	case s.bits != nil:
		what = "bitfields from " + s.member.Name
	case s.member.Name == "":
		what = s.member.Type.spelling()
	}
	return &diff{cPath: s.firstPath(), reason: fmt.Sprintf("Go has no field for C %s at offset %d", what, s.off)}
}

// empty lets Go leave out arrays without elements.
func (w *walk) empty(s slot) *diff {
	if f, ok := w.peek(); ok && f.size() == 0 && f.matches(s.member.Name) {
		return w.member(s, f)
	}
	return nil
}

// blanks takes blank Go fields up to slot s. It reports whether one of them
// rightly covers s, and complains about one that wrongly does.
func (w *walk) blanks(s slot) (covered bool, d *diff) {
	for {
		f, ok := w.peek()
		if !ok || !f.blank() || f.off >= s.end() {
			return false, nil
		}
		if f.end() <= s.off && f.tag == "" {
			w.next++
			continue
		}
		if !f.skips(s) {
			return false, &diff{s.firstPath(), f.path, blankReason(s, f)}
		}
		w.next++
		return true, nil
	}
}

func blankReason(s slot, f goField) string {
	if f.tag != "" {
		return fmt.Sprintf("blank Go field tagged %s is not at the place and of the size of C %s", f.tag, f.tag)
	}
	if s.member.Name == "" {
		return fmt.Sprintf("a blank Go field covers C %s", s.member.Type.spelling())
	}
	return fmt.Sprintf("a blank Go field covers C %s; to skip it on purpose, use _ [%d]byte tagged `bcc:%q`",
		s.member.Name, s.size, s.member.Name)
}

// skips reports whether blank field f stands for all of s and nothing else.
func (f goField) skips(s slot) bool {
	if f.off != s.off || f.size() != s.size || s.member.Name == "" {
		return false
	}
	return f.tag == s.member.Name || f.tag == "" && looksLikePadding(s.member.Name)
}

func looksLikePadding(cName string) bool {
	name := fold(cName)
	return strings.HasPrefix(name, "pad") || strings.HasPrefix(name, "reserved") || strings.HasPrefix(name, "unused")
}

// whole reports whether f stands for the whole anonymous struct or union s
// instead of one of its members.
func (w *walk) whole(s slot, f goField) bool {
	if f.off != s.off || f.size() != s.size {
		return false
	}
	if f.embed {
		return true
	}
	return f.tag == "" && (f.typ.Kind == reflect.Struct || isBytes(f.typ, s.size)) && !f.among(w.names)
}

// union reads an anonymous union through the member the Go field is named
// after; what is left of the union counts as padding.
func (w *walk) union(s slot, f goField) *diff {
	for _, m := range s.member.Type.Members {
		alt := &Type{Kind: Struct, Size: s.size, Members: []Member{m}}
		if f.among(names(alt, map[string]bool{})) {
			return w.slots(slotsOf(alt, s.off, s.path))
		}
	}
	return &diff{s.firstPath(), f.path, fmt.Sprintf("no member of the C union at offset %d is called %s; name one of them, or use [%d]byte for all",
		s.off, f.shown(), s.size)}
}

// bits matches a run of bitfields with integers or byte arrays that cover it.
func (w *walk) bits(s slot) *diff {
	at := s.floor
	for at < s.end() {
		f, ok := w.peek()
		if !ok {
			return uncovered(s, at)
		}
		w.next++
		if f.blank() && f.end() <= s.off {
			continue
		}
		if d := w.storage(s, f, at); d != nil {
			return d
		}
		at = f.end()
	}
	return w.afterBits(s)
}

// afterBits complains about Go fields for bitfields that the Go fields before hold
// already.
func (w *walk) afterBits(s slot) *diff {
	f, ok := w.peek()
	if !ok || f.blank() || f.hasBitTag() || f.off >= s.limit {
		return nil
	}
	for _, m := range s.bits {
		if f.matches(m.Name) {
			path := strings.TrimSuffix(s.path, s.member.Name) + m.Name
			return &diff{path, f.path, fmt.Sprintf("C has bitfields in %s, which the Go fields before %s hold already: one integer holds them all, tagged `bcc:\"name:first-last,…\"`",
				bytesFrom(s.off, s.end()), f.shown())}
		}
	}
	return nil
}

// storage checks one Go field that holds bitfields of s from byte at on.
func (w *walk) storage(s slot, f goField, at int) *diff {
	differ := func(format string, args ...any) *diff {
		return &diff{s.path, f.path, fmt.Sprintf(format, args...)}
	}
	switch {
	case f.off < at || f.off > max(at, s.off) || f.end() <= s.off || f.end() > s.limit:
		return differ("C has bitfields in %s, Go has %s in %s", bytesFrom(s.off, s.end()), f.shown(), bytesFrom(f.off, f.end()))
	case f.blank():
		return differ("a blank Go field covers C bitfields")
	case !isInteger(f.typ.Kind) && !isBytes(f.typ, f.size()):
		return differ("C bitfields need an integer or a byte array, not Go %s", f.typ)
	case f.hasBitTag():
		return s.checkBitTag(f)
	case !f.amongBits(s.bits) && (f.tag != "" || f.among(w.names)):
		return uncovered(s, at)
	}
	return s.alone(f)
}

// alone complains about a Go integer that is named after one bitfield and holds
// others as well, or that one not from its first bit on: its value would be none
// that the name promises.
func (s slot) alone(f goField) *diff {
	held, misnamed := 0, false
	for _, m := range s.bits {
		first, last := s.bitsIn(m, f.off)
		if last < 0 || first >= 8*f.size() {
			continue
		}
		held++
		misnamed = misnamed || f.matches(m.Name) && first != 0
	}
	if !isInteger(f.typ.Kind) || !misnamed && (held < 2 || !f.amongBits(s.bits)) {
		return nil
	}
	return &diff{s.path, f.path, fmt.Sprintf("%s is one of the C bitfields that Go has there in an integer: name that otherwise, tag it %s, and read them with bccgo.Bits",
		f.shown(), s.bitTagOf(f.off))}
}

// uncovered complains about bitfields of s at and after byte at.
func uncovered(s slot, at int) *diff {
	if at <= s.off {
		return missing(s)
	}
	return &diff{cPath: s.path, reason: fmt.Sprintf("C has bitfields in %s, Go has integers only up to byte %d",
		bytesFrom(s.off, s.end()), at-1)}
}

func (f goField) amongBits(bits []Member) bool {
	for _, m := range bits {
		if f.matches(m.Name) {
			return true
		}
	}
	return false
}

// rest allows nothing but padding after the last slot.
func (w *walk) rest(t *Type, cPath string) *diff {
	f, ok := w.named()
	if !ok {
		return nil
	}
	return &diff{cPath, f.path, fmt.Sprintf("C %s has no member for Go field %s at offset %d", t.Name, f.shown(), f.off)}
}

// bytesFrom names the bytes from one offset up to another.
func bytesFrom(from, to int) string {
	if to == from+1 {
		return fmt.Sprintf("byte %d", from)
	}
	return fmt.Sprintf("bytes %d to %d", from, to-1)
}
