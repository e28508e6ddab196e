package layout

import (
	"fmt"
	"strconv"
	"strings"
)

// hasBitTag reports whether f's tag names bitfields with their bits in it, as
// in `bcc:"low:0-2,high:3"`, and not a C member.
func (f goField) hasBitTag() bool { return strings.Contains(f.tag, ":") }

// taggedBits is one bitfield that a tag names.
type taggedBits struct {
	name        string
	first, last int
}

// bitTag takes f's tag apart.
func (f goField) bitTag() ([]taggedBits, error) {
	var out []taggedBits
	for part := range strings.SplitSeq(f.tag, ",") {
		name, places, _ := strings.Cut(part, ":")
		from, to, isRange := strings.Cut(places, "-")
		if !isRange {
			to = from
		}
		first, err := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err != nil || err2 != nil || name == "" {
			return nil, fmt.Errorf("tag `bcc:%q` is not of the form name:first-last,…", f.tag)
		}
		out = append(out, taggedBits{name, first, last})
	}
	return out, nil
}

// checkBitTag compares the bits that f's tag names with those in C.
func (s slot) checkBitTag(f goField) *diff {
	tagged, err := f.bitTag()
	if err != nil {
		return &diff{s.path, f.path, err.Error()}
	}
	for _, tag := range tagged {
		if reason := s.checkBits(f, tag); reason != "" {
			return &diff{s.path, f.path, reason}
		}
	}
	return nil
}

func (s slot) checkBits(f goField, tag taggedBits) string {
	reason := fmt.Sprintf("C has no bitfield %s in %s", tag.name, bytesFrom(s.off, s.end()))
	for _, m := range s.bits {
		if m.Name != tag.name {
			continue
		}
		first, last := s.bitsIn(m, f.off)
		if tag.first == first && tag.last == last {
			return ""
		}
		reason = fmt.Sprintf("C has %s in bits %d-%d of %s, its tag says %d-%d", m.Name, first, last, f.name, tag.first, tag.last)
	}
	return reason
}

// bitsIn are the bits that bitfield m of the run takes in what begins at byte
// off.
func (s slot) bitsIn(m Member, off int) (first, last int) {
	first = 8*(s.off-s.member.Offset+m.Offset-off) + m.BitOffset
	return first, first + m.BitSize - 1
}

// bitTagOf writes the tag for storage at byte off.
func (s slot) bitTagOf(off int) string {
	var parts []string
	for _, m := range s.bits {
		first, last := s.bitsIn(m, off)
		part := fmt.Sprintf("%s:%d-%d", m.Name, first, last)
		if first == last {
			part = fmt.Sprintf("%s:%d", m.Name, first)
		}
		parts = append(parts, part)
	}
	return fmt.Sprintf("`%s:%q`", tagKey, strings.Join(parts, ","))
}
