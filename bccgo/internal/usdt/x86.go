package usdt

import (
	"strconv"
	"strings"
)

// x86Fields are the fields of x86-64's struct pt_regs by Register.
var x86Fields = []string{"", "ax", "bx", "cx", "dx", "si", "di", "bp", "sp",
	"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "ip"}

// x86IP is the instruction's address.
const x86IP Register = 17

// x86Part is a register by one of its names.
type x86Part struct {
	reg   Register
	width int8
	high  bool
}

var x86Parts = func() map[string]x86Part {
	parts := make(map[string]x86Part)
	for i, field := range x86Fields[1:x86IP] {
		r := Register(i + 1)
		name := field
		if field[0] == 'r' {
			parts[name+"d"], parts[name+"w"], parts[name+"b"] = x86Part{r, 4, false}, x86Part{r, 2, false}, x86Part{r, 1, false}
			parts[name] = x86Part{r, 8, false}
			continue
		}
		parts["r"+name], parts["e"+name], parts[name] = x86Part{r, 8, false}, x86Part{r, 4, false}, x86Part{r, 2, false}
		if letter, ok := strings.CutSuffix(name, "x"); ok {
			parts[letter+"l"], parts[letter+"h"] = x86Part{r, 1, false}, x86Part{r, 1, true}
		} else {
			parts[name+"l"] = x86Part{r, 1, false}
		}
	}
	parts["rip"] = x86Part{x86IP, 8, false}
	return parts
}()

// x86 reads an operand in AT&T's syntax: $1, %eax, -20(%rbp), 8(%rax,%rbx,4),
// 4+buf(%rip), buf, $buf.
func (o *operandParser) x86() (reason string) {
	switch {
	case strings.HasPrefix(o.text, "$"):
		return o.x86Immediate(o.text[1:])
	case strings.HasPrefix(o.text, "%"):
		return o.x86Register(o.text[1:])
	}
	disp, inside, isMemory := strings.Cut(o.text, "(")
	if isMemory {
		inside, ended := strings.CutSuffix(inside, ")")
		if !ended {
			return "a parenthesis is not closed"
		}
		return o.x86Memory(disp, inside)
	}
	n, symbol, reason := sum(disp)
	switch {
	case reason != "":
		return reason
	case symbol == "":
		return "a bare number is no place"
	}
	return o.relative(Memory, x86IP, symbol, n)
}

func (o *operandParser) x86Immediate(text string) (reason string) {
	n, symbol, reason := sum(text)
	if reason != "" {
		return reason
	}
	if symbol != "" {
		return o.relative(Address, x86IP, symbol, n)
	}
	o.out = Operand{Kind: Constant, Disp: n}
	return ""
}

func (o *operandParser) x86Register(name string) (reason string) {
	p, known := x86Parts[name]
	switch {
	case strings.Contains(name, ":"):
		return "a segment's base cannot be read: thread-local variables have no place here"
	case isVector(name):
		return "vector and floating-point registers cannot be read"
	case !known:
		return "there is no register " + strconv.Quote("%"+name)
	}
	o.width = p.width
	o.out = Operand{Kind: InRegister, Base: p.reg, High: p.high}
	return ""
}

func isVector(name string) bool {
	for _, prefix := range []string{"xmm", "ymm", "zmm", "mm", "st", "k"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// x86Memory reads DISP(BASE,INDEX,SCALE), of which anything may be missing.
func (o *operandParser) x86Memory(disp, inside string) (reason string) {
	var n int64
	var symbol string
	if disp != "" {
		if n, symbol, reason = sum(disp); reason != "" {
			return reason
		}
	}
	parts := strings.Split(inside, ",")
	if len(parts) > 3 {
		return "an address has a base, an index and a scale, and no more"
	}
	var names [3]string
	for i, p := range parts {
		names[i] = strings.TrimSpace(p)
	}
	m := Operand{Kind: Memory, Disp: n}
	if m.Base, reason = x86Whole(names[0]); reason != "" {
		return reason
	}
	if m.Index, reason = x86Whole(names[1]); reason != "" {
		return reason
	}
	if m.Shift, reason = x86Scale(names[2]); reason != "" {
		return reason
	}
	return o.x86Address(m, symbol)
}

// x86Address checks what goes together.
func (o *operandParser) x86Address(m Operand, symbol string) (reason string) {
	switch {
	case m.Base == 0 && m.Index == 0:
		return "an address without registers"
	case m.Index == x86IP || m.Base == x86IP && m.Index != 0:
		return "%rip goes with no other register"
	case m.Base == x86IP && symbol == "":
		return "%rip without a symbol"
	case m.Base == x86IP:
		return o.relative(Memory, x86IP, symbol, m.Disp)
	case symbol != "" && m.Index != 0 && m.Base != 0:
		return "a symbol with two registers"
	case symbol != "":
		// A table at a fixed address: the symbol's own takes the free place.
		return o.x86Table(m, symbol)
	}
	o.out = m
	return ""
}

// x86Table reads SYMBOL(REGISTER) or SYMBOL(,REGISTER,SCALE).
func (o *operandParser) x86Table(m Operand, symbol string) (reason string) {
	if m.Index == 0 {
		m.Index, m.Shift = m.Base, 0
	}
	index, shift := m.Index, m.Shift
	if reason := o.relative(Memory, x86IP, symbol, m.Disp); reason != "" {
		return reason
	}
	o.out.Index, o.out.Shift = index, shift
	return ""
}

// x86Whole is a register that can be part of an address; none is 0.
func x86Whole(name string) (Register, string) {
	if name == "" {
		return 0, ""
	}
	p, known := x86Parts[strings.TrimPrefix(name, "%")]
	if !known || name[0] != '%' || p.width != 8 {
		return 0, strconv.Quote(name) + " cannot be part of an address"
	}
	return p.reg, ""
}

func x86Scale(text string) (uint8, string) {
	switch text {
	case "", "1":
		return 0, ""
	case "2":
		return 1, ""
	case "4":
		return 2, ""
	case "8":
		return 3, ""
	}
	return 0, "the scale " + strconv.Quote(text) + " is none of 1, 2, 4 and 8"
}
