package source

import "strings"

// Tokenize cuts text into C tokens. White space and backslash-newlines
// between tokens are left out. Unterminated literals end at the end of their
// line and an unterminated comment at the end of the text, so that any bytes
// have tokens.
func Tokenize(text string) []Token {
	l := lexer{text: text, line: 1, lineStart: true}
	for l.skipSpace(); l.pos < len(l.text); l.skipSpace() {
		l.next()
	}
	return l.tokens
}

type lexer struct {
	text      string
	pos       int
	line      int
	bol       int  // offset of the current line's first byte
	lineStart bool // nothing but white space and comments so far on this line
	tokens    []Token
}

// skipSpace moves to the next token.
func (l *lexer) skipSpace() {
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; {
		case c == '\n':
			l.advance(1)
			l.lineStart = true
		case isSpace(c):
			l.pos++
		default:
			n := continuation(l.text[l.pos:])
			if n == 0 {
				return
			}
			l.advance(n)
		}
	}
}

// advance moves over n bytes and counts the lines in them.
func (l *lexer) advance(n int) {
	for end := l.pos + n; l.pos < end; l.pos++ {
		if l.text[l.pos] == '\n' {
			l.line++
			l.bol = l.pos + 1
		}
	}
}

func (l *lexer) next() {
	kind, n := l.classify()
	l.tokens = append(l.tokens, Token{
		Kind: kind, Text: l.text[l.pos : l.pos+n],
		Offset: l.pos, Line: l.line, Col: l.pos - l.bol + 1,
	})
	if kind != Comment {
		l.lineStart = false
	}
	l.advance(n)
}

// classify says what stands at the current place and how long it is.
func (l *lexer) classify() (Kind, int) {
	rest := l.text[l.pos:]
	switch c := rest[0]; {
	case strings.HasPrefix(rest, "//"):
		return Comment, lineLen(rest)
	case strings.HasPrefix(rest, "/*"):
		return Comment, blockCommentLen(rest)
	case c == '#' && l.lineStart:
		return Directive, directiveLen(rest)
	case c == '"':
		return String, quotedLen(rest)
	case c == '\'':
		return Char, quotedLen(rest)
	case isDigit(c) || c == '.' && len(rest) > 1 && isDigit(rest[1]):
		return Number, numberLen(rest)
	case isIdent(c):
		return wordAt(rest)
	}
	if n := punctLen(rest); n > 0 {
		return Punct, n
	}
	return Other, 1
}

// wordAt measures an identifier, or the literal it is the encoding prefix of.
func wordAt(s string) (Kind, int) {
	n := 1
	for n < len(s) && isIdent(s[n]) {
		n++
	}
	if n == len(s) || s[n] != '"' && s[n] != '\'' {
		return Ident, n
	}
	switch s[:n] {
	case "L", "u", "U", "u8":
		kind := String
		if s[n] == '\'' {
			kind = Char
		}
		return kind, n + quotedLen(s[n:])
	}
	return Ident, n
}

// continuation is the length of a backslash-newline at the start of s, or 0.
// Like clang it allows white space between the two.
func continuation(s string) int {
	if s == "" || s[0] != '\\' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		if s[i] == '\n' {
			return i + 1
		}
		if !isSpace(s[i]) {
			return 0
		}
	}
	return 0
}

// lineLen measures up to the end of the logical line.
func lineLen(s string) int {
	for i := 0; i < len(s); i++ {
		if n := continuation(s[i:]); n > 0 {
			i += n - 1
		} else if s[i] == '\n' {
			return i
		}
	}
	return len(s)
}

func blockCommentLen(s string) int {
	if end := strings.Index(s[2:], "*/"); end >= 0 {
		return end + 4
	}
	return len(s)
}

// quotedLen measures a literal whose quote is s[0].
func quotedLen(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return i + 1
		case s[i] == '\n':
			return i
		case s[i] == '\\':
			if n := continuation(s[i:]); n > 0 {
				i += n - 1
			} else if i+1 < len(s) && s[i+1] != '\n' {
				i++
			}
		}
	}
	return len(s)
}

// directiveLen measures a directive: to the end of its logical line, where a
// block comment does not end the line.
func directiveLen(s string) int {
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\n':
			return i
		case strings.HasPrefix(s[i:], "//"):
			return i + lineLen(s[i:])
		case strings.HasPrefix(s[i:], "/*"):
			i += blockCommentLen(s[i:])
		case s[i] == '"' || s[i] == '\'':
			i += quotedLen(s[i:])
		case continuation(s[i:]) > 0:
			i += continuation(s[i:])
		default:
			i++
		}
	}
	return len(s)
}

func numberLen(s string) int {
	n := 1
	for n < len(s) {
		sign := (s[n] == '+' || s[n] == '-') && strings.IndexByte("eEpP", s[n-1]) >= 0
		if !sign && s[n] != '.' && !isIdent(s[n]) {
			break
		}
		n++
	}
	return n
}

// operators of more than one byte, longest first.
var operators = []string{
	"...", "<<=", ">>=",
	"->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||",
	"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "##",
}

func punctLen(s string) int {
	for _, op := range operators {
		if strings.HasPrefix(s, op) {
			return len(op)
		}
	}
	if strings.IndexByte("[](){}.&*+-~!/%<>^|?:;=,#", s[0]) >= 0 {
		return 1
	}
	return 0
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' && c != '\n' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isIdent also accepts every byte of a UTF-8 sequence, as clang does for the
// letters among them.
func isIdent(c byte) bool {
	return c == '_' || c == '$' || isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0x80
}
