package layout

// slot is a stretch of a C struct that Go code reads through one field: a
// member, or a run of bitfields that share bytes.
type slot struct {
	path   string   // dotted C name, for messages
	member Member   // the member, or the first bitfield
	bits   []Member // every bitfield of the run; nil for a plain member
	off    int      // offset in the struct that is being matched
	size   int      // in bytes
	floor  int      // end of the slot before: bytes up to off are padding
	limit  int      // start of the slot after: bytes up to it are padding
}

func (s slot) end() int { return s.off + s.size }

// firstPath is the path of the first named thing in s.
func (s slot) firstPath() string {
	path, m := s.path, s.member
	for m.anonymous() && len(m.Type.Members) > 0 {
		m = m.Type.Members[0]
		path = join(path, m.Name)
	}
	return path
}

// slotsOf lists the slots of a struct whose first byte lies at base, with
// prefix before every path.
func slotsOf(t *Type, base int, prefix string) []slot {
	var out []slot
	for _, m := range t.Members {
		if last := len(out) - 1; last >= 0 && joins(out[last], m, base) {
			out[last].add(m, base)
			continue
		}
		s := slot{path: join(prefix, m.Name), member: m, off: base + m.Offset, size: m.size()}
		if m.BitSize > 0 {
			s.bits = []Member{m}
		}
		out = append(out, s)
	}
	setBounds(out, base, base+t.Size)
	return out
}

// joins reports whether bitfield m continues the run of s without a byte
// between them.
func joins(s slot, m Member, base int) bool {
	return m.BitSize > 0 && s.bits != nil && base+m.Offset <= s.end()
}

func (s *slot) add(m Member, base int) {
	s.bits = append(s.bits, m)
	s.size = max(s.size, base+m.end()-s.off)
}

func setBounds(slots []slot, start, end int) {
	for i := range slots {
		slots[i].floor, slots[i].limit = start, end
		if i > 0 {
			slots[i].floor = slots[i-1].end()
		}
		if i < len(slots)-1 {
			slots[i].limit = slots[i+1].off
		}
	}
}

// join builds a dotted path; anonymous parts leave no trace in it.
func join(prefix, name string) string {
	if prefix == "" || name == "" {
		return prefix + name
	}
	return prefix + "." + name
}

// names collects the C names a Go field at this level may carry, those of
// anonymous members included, in the form compared by fold.
func names(t *Type, into map[string]bool) map[string]bool {
	for _, m := range t.Members {
		if m.anonymous() {
			names(m.Type, into)
		} else if m.Name != "" {
			into[fold(m.Name)] = true
		}
	}
	return into
}
