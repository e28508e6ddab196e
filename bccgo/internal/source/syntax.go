package source

// syntax follows brackets and statements token by token.
type syntax struct {
	open    []bracket
	prev    Token
	started bool // a statement or declaration has begun and not ended
	split   bool // parentheses over several lines in the current statement
}

type bracket struct {
	kind bracketKind
	line int
}

type bracketKind uint8

const (
	group     bracketKind = iota // ( or [
	block                        // statements
	aggregate                    // members of a struct, union or enum
	values                       // an initializer
)

// step takes the next token. It reports true when the token ends a statement
// whose parentheses spanned lines: the kind of statement libbcc's rewriting
// may shorten.
func (s *syntax) step(t Token) (ended bool) {
	before := s.prev
	s.prev = t
	if t.Kind != Punct {
		s.started = true
		return false
	}
	switch t.Text {
	case "(", "[":
		s.open = append(s.open, bracket{group, t.Line})
		s.started = true
	case "{":
		s.open = append(s.open, bracket{s.braceKind(before), t.Line})
		return s.end(s.open[len(s.open)-1].kind != values)
	case ")", "]":
		s.started = true
		if b, ok := s.pop(); ok && b.line != t.Line {
			s.split = true
		}
	case "}":
		b, ok := s.pop()
		return s.end(!ok || b.kind == block)
	case ";":
		return s.end(true)
	default:
		s.started = true
	}
	return false
}

// end notes the end of a statement where there is one.
func (s *syntax) end(ends bool) bool {
	if !ends || s.inExpression() {
		s.started = true
		return false
	}
	split := s.split
	s.started, s.split = false, false
	return split
}

// between reports whether the place after the last token lies between
// statements, members or declarations.
func (s *syntax) between() bool { return !s.started && !s.inExpression() }

func (s *syntax) inExpression() bool {
	for _, b := range s.open {
		if b.kind == group || b.kind == values {
			return true
		}
	}
	return false
}

func (s *syntax) pop() (bracket, bool) {
	if len(s.open) == 0 {
		return bracket{}, false
	}
	b := s.open[len(s.open)-1]
	s.open = s.open[:len(s.open)-1]
	return b, true
}

// braceKind tells what a brace after the given token opens.
func (s *syntax) braceKind(before Token) bracketKind {
	switch before.Text {
	case "=", ",", "return":
		return values
	case "", ")", ";", "{", "}", ":", "else", "do":
		return block
	}
	return aggregate
}
