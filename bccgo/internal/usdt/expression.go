package usdt

import (
	"strconv"
	"strings"
)

// sum reads a sum of numbers and at most one symbol: "-20", "8+buf", "buf-4".
func sum(text string) (number int64, symbol, reason string) {
	if text == "" {
		return 0, "", "a number is missing"
	}
	for rest := text; rest != ""; {
		negative := rest[0] == '-'
		if negative || rest[0] == '+' {
			rest = rest[1:]
		} else if len(rest) != len(text) {
			return 0, "", "it has something else than a sum in it"
		}
		end := strings.IndexAny(rest, "+-")
		if end < 0 {
			end = len(rest)
		}
		term := rest[:end]
		rest = rest[end:]
		n, isNumber := integer(term)
		switch {
		case isNumber && negative:
			number -= n
		case isNumber:
			number += n
		case !isSymbol(term) || negative || symbol != "":
			return 0, "", "cannot make sense of " + strconv.Quote(text)
		default:
			symbol = term
		}
	}
	return number, symbol, ""
}

// integer reads a number as assemblers write it; large ones wrap around.
func integer(text string) (int64, bool) {
	n, err := strconv.ParseUint(text, 0, 64)
	return int64(n), err == nil && text[0] >= '0' && text[0] <= '9' && !strings.Contains(text, "_")
}

func isSymbol(text string) bool {
	for i, c := range []byte(text) {
		letter := c == '_' || c == '.' || c == '$' || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0x80
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return text != ""
}

// relative makes the operand what is at a symbol, or the symbol's address
// itself: as far from the probe as it is in the file, wherever that is loaded.
func (o *operandParser) relative(kind Kind, ip Register, symbol string, plus int64) (reason string) {
	addr, reason := o.image.symbol(symbol)
	if reason != "" {
		return reason
	}
	o.out = Operand{Kind: kind, Base: ip, Disp: int64(addr-o.pc) + plus}
	return ""
}
