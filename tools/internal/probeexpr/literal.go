package probeexpr

import (
	"errors"
	"strconv"
	"strings"
)

// Literal returns the bytes that a string literal means, without the NUL at its
// end.
func (t Text) Literal() (string, error) {
	s := scanner{Text: t}
	if !s.next() || s.token.kind != text || s.token.Text != t.Trim() {
		return "", t.Fault(errors.New(`want a text in quotes, "like this"`))
	}
	var b strings.Builder
	for inside := (Text{t.Spec, s.token.Start + 1, s.token.End - 1}); inside.Start < inside.End; {
		c, size, err := inside.literalByte()
		if err != nil {
			return "", err
		}
		b.WriteByte(c)
		inside.Start += size
	}
	return b.String(), nil
}

const escapes, escaped = `abefnrtv\'"?`, "\a\b\x1b\f\n\r\t\v\\'\"?"

// literalByte is the first byte of a literal, and how many bytes say so.
func (t Text) literalByte() (c byte, size int, err error) {
	s := t.String()
	if s[0] != '\\' {
		return s[0], 1, nil
	}
	if i := strings.IndexByte(escapes, s[1]); i >= 0 {
		return escaped[i], 2, nil
	}
	digits, base := s[1:1+span(s[1:min(4, len(s))], isOctal)], 8
	size = 1 + len(digits)
	if s[1] == 'x' {
		digits, base = s[2:2+span(s[2:], isHex)], 16
		size = 2 + len(digits)
	}
	n, err := strconv.ParseUint(digits, base, 8)
	if err != nil {
		return 0, 0, t.upTo(t.Start + max(2, size)).Faultf("this is no character's escape")
	}
	return byte(n), size, nil
}

func isOctal(c byte) bool { return '0' <= c && c <= '7' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
