package usdt

import (
	"strconv"
	"strings"
)

// Numbers of arm64's registers: x0 to x30 are 1 to 31.
const (
	arm64SP Register = 32 + iota
	arm64PC
	arm64Zero
)

// arm64Register knows a register by its name.
func arm64Register(name string) (r Register, width int8, known bool) {
	switch name {
	case "sp":
		return arm64SP, 8, true
	case "wsp":
		return arm64SP, 4, true
	case "xzr":
		return arm64Zero, 8, true
	case "wzr":
		return arm64Zero, 4, true
	case "fp":
		return 30, 8, true
	case "lr":
		return 31, 8, true
	}
	if len(name) < 2 || len(name) > 3 || name[0] != 'x' && name[0] != 'w' {
		return 0, 0, false
	}
	n, err := strconv.ParseUint(name[1:], 10, 8)
	if err != nil || n > 30 {
		return 0, 0, false
	}
	width = 8
	if name[0] == 'w' {
		width = 4
	}
	return Register(n + 1), width, true
}

// arm64 reads an operand: x0, w1, [sp], [sp, 12], [x0, x1, lsl 3],
// [x0, w1, sxtw 2], [x0, :lo12:buf], 5, #5.
func (o *operandParser) arm64() (reason string) {
	if inside, isMemory := strings.CutPrefix(o.text, "["); isMemory {
		inside, ended := strings.CutSuffix(inside, "]")
		if !ended {
			return "the address does not end in a bracket"
		}
		return o.arm64Memory(inside)
	}
	if r, width, known := arm64Register(o.text); known {
		o.width = width
		o.out = Operand{Kind: InRegister, Base: r}
		if r == arm64Zero {
			o.out = Operand{Kind: Constant}
		}
		return ""
	}
	if isSIMD(o.text) {
		return "vector and floating-point registers cannot be read"
	}
	n, symbol, reason := sum(strings.TrimPrefix(o.text, "#"))
	switch {
	case reason != "":
		return reason
	case symbol != "":
		return "there is no register " + strconv.Quote(symbol)
	}
	o.out = Operand{Kind: Constant, Disp: n}
	return ""
}

// isSIMD tells d0, v31.4s and the like.
func isSIMD(name string) bool {
	name, _, _ = strings.Cut(name, ".")
	if len(name) < 2 || len(name) > 3 || !strings.Contains("bhsdqv", name[:1]) {
		return false
	}
	n, err := strconv.ParseUint(name[1:], 10, 8)
	return err == nil && n <= 31
}

// arm64Memory reads what is in the brackets: a base, and maybe a number or an
// index that is widened or shifted.
func (o *operandParser) arm64Memory(inside string) (reason string) {
	parts := strings.Split(inside, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	base, width, known := arm64Register(parts[0])
	if !known || width != 8 || base == arm64Zero {
		return strconv.Quote(parts[0]) + " cannot be the base of an address"
	}
	o.out = Operand{Kind: Memory, Base: base}
	if len(parts) == 1 {
		return ""
	}
	if index, width, known := arm64Register(parts[1]); known && index != arm64SP {
		return o.arm64Index(index, width, parts[2:])
	}
	if len(parts) > 2 {
		return "an address has one number, and no more"
	}
	number := strings.TrimPrefix(parts[1], "#")
	if symbol, low := strings.CutPrefix(number, ":lo12:"); low {
		return o.arm64Low(symbol)
	}
	n, symbol, reason := sum(number)
	if reason == "" && symbol != "" {
		reason = "cannot make sense of " + strconv.Quote(parts[1])
	}
	o.out.Disp = n
	return reason
}

// arm64Low adds the low 12 bits of a symbol's address: files are loaded at
// multiples of 4096, so that the symbol table has these already.
func (o *operandParser) arm64Low(text string) (reason string) {
	n, symbol, reason := sum(text)
	if reason != "" || symbol == "" {
		return "cannot make sense of " + strconv.Quote(text)
	}
	addr, reason := o.image.symbol(symbol)
	o.out.Disp = int64((addr + uint64(n)) & 0xfff)
	return reason
}

func (o *operandParser) arm64Index(index Register, width int8, rest []string) (reason string) {
	if index != arm64Zero {
		o.out.Index = index
	}
	if len(rest) == 0 {
		if width != 8 {
			return "a w register is an index only with sxtw or uxtw"
		}
		return ""
	}
	if len(rest) > 1 {
		return "an index has one extension, and no more"
	}
	how, amount, has := strings.Cut(rest[0], " ")
	if has {
		n, err := strconv.ParseUint(strings.TrimPrefix(strings.TrimSpace(amount), "#"), 10, 8)
		if err != nil || n > 4 {
			return "the shift " + strconv.Quote(amount) + " is none of 0 to 4"
		}
		o.out.Shift = uint8(n)
	}
	switch {
	case width == 8 && (how == "lsl" || how == "sxtx"):
	case width == 4 && how == "sxtw":
		o.out.Extend = LowSigned
	case width == 4 && how == "uxtw":
		o.out.Extend = LowUnsigned
	default:
		return "the extension " + strconv.Quote(rest[0]) + " does not fit the index"
	}
	return ""
}
