package layout

import "strings"

// Find returns the member at a dotted path, with its offset from the start of
// t. Names match as Go fields do: case and underscores do not count, except
// where a member has the very name. Members of anonymous structs and unions
// belong to the enclosing type.
func (t *Type) Find(path string) (Member, bool) {
	name, rest, more := strings.Cut(path, ".")
	m, ok := t.find(func(c string) bool { return c == name })
	if !ok {
		m, ok = t.find(func(c string) bool { return fold(c) == fold(name) })
	}
	if !ok || !more {
		return m, ok
	}
	part, ok := m.Type.Find(rest)
	part.Offset += m.Offset
	return part, ok
}

func (t *Type) find(match func(cName string) bool) (Member, bool) {
	for _, m := range t.Members {
		if m.anonymous() {
			if part, ok := m.Type.find(match); ok {
				part.Offset += m.Offset
				return part, true
			}
			continue
		}
		if m.Name != "" && match(m.Name) {
			return m, true
		}
	}
	return Member{}, false
}
