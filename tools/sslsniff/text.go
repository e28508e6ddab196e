package main

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hexDump is data in hexadecimal digits, 16 bytes a line, as BCC prints it.
func hexDump(data []byte) string {
	var lines []string
	for len(data) > 0 {
		n := min(len(data), 16)
		lines = append(lines, hex.EncodeToString(data[:n]))
		data = data[n:]
	}
	return strings.Join(lines, "\n")
}

// plainText is data as text for a terminal: ends of lines, with \r or without,
// and tabs are kept, other control characters become escapes.
func plainText(data []byte) string {
	var b strings.Builder
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == '\r' && len(data) > 1 && data[1] == '\n', r == '\n', r == '\t', !unicode.IsControl(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\x%02x`, r)
		}
		data = data[size:]
	}
	return b.String()
}

// validUTF8 is data with U+FFFD for each byte that is not UTF-8.
func validUTF8(data []byte) string {
	return string([]rune(string(data)))
}
