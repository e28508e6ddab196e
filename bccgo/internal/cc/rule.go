package cc

import "strings"

// parseRule lists the prerequisites of a rule as compilers write them for make:
// "target: file file \", going on in the next line. Blanks and number signs in
// names have a backslash before them, and dollar signs are doubled.
func parseRule(rule string) []string {
	_, rest, ok := strings.Cut(rule, ":")
	if !ok {
		return nil
	}
	var files []string
	var name strings.Builder
	end := func() {
		if name.Len() > 0 {
			files = append(files, name.String())
			name.Reset()
		}
	}
	for i := 0; i < len(rest); i++ {
		next := byte(0)
		if i+1 < len(rest) {
			next = rest[i+1]
		}
		switch c := rest[i]; {
		case c == '\\' && (next == '\n' || next == '\r'):
			end()
		case c == '\\' && (next == ' ' || next == '#'), c == '$' && next == '$':
			name.WriteByte(next)
			i++
		case c == ' ', c == '\n', c == '\r', c == '\t':
			end()
		default:
			name.WriteByte(c)
		}
	}
	end()
	return files
}
