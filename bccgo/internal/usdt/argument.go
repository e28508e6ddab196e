package usdt

import (
	"debug/elf"
	"strconv"
	"strings"
)

// Argument says where an argument of a probe is at a location.
type Argument struct {
	// Spec is the text that says so.
	Spec string
	// Size is in bytes: 1, 2, 4 or 8.
	Size    int8
	Signed  bool
	Operand Operand
	// Err is a *SpecError where the argument cannot be read.
	Err *SpecError
}

// Kind is the way to get at an argument's value.
type Kind uint8

// The kinds of operands. All but Constant are computed from registers: the value
// is in Base, it is the sum that an address is, or it is in memory there.
const (
	Constant Kind = iota
	InRegister
	Address
	Memory
)

// Operand is what an argument's spec means.
type Operand struct {
	Kind Kind
	// Width is how many bytes of Base count, for InRegister.
	Width uint8
	// High takes the second byte of Base: %ah.
	High bool
	// Base, Index and Disp make up an address: Base + Index<<Shift + Disp.
	Base, Index Register
	Extend      Extend
	Shift       uint8
	// Disp is the value of a Constant.
	Disp int64
}

// Register is one that a BPF program finds in struct pt_regs, by a number that
// depends on the machine; 0 is none.
type Register uint8

// Extend is how arm64 widens an index.
type Extend uint8

// The ways to widen.
const (
	Whole Extend = iota
	LowUnsigned
	LowSigned
)

// maxArguments is more than any probe has; sys/sdt.h ends at 12.
const maxArguments = 64

// arguments reads the specs of the location at pc.
func (m *image) arguments(pc uint64, list string) []Argument {
	specs := splitSpecs(list)
	if len(specs) == 0 {
		return nil
	}
	arguments := make([]Argument, len(specs))
	for i, spec := range specs {
		arguments[i] = m.argument(pc, spec)
	}
	return arguments
}

// splitSpecs cuts at blanks, except for those in brackets.
func splitSpecs(list string) []string {
	var specs []string
	depth, start := 0, 0
	for i := 0; i <= len(list); i++ {
		end := i == len(list)
		switch {
		case end || depth == 0 && (list[i] == ' ' || list[i] == '\t'):
			if i > start {
				specs = append(specs, list[start:i])
			}
			if start = i + 1; len(specs) == maxArguments {
				return specs
			}
		case list[i] == '[' || list[i] == '(':
			depth++
		case (list[i] == ']' || list[i] == ')') && depth > 0:
			depth--
		}
	}
	return specs
}

// operandParsers read what follows the size, by machine. They return what is
// wrong with it.
var operandParsers = map[elf.Machine]func(o *operandParser) (reason string){
	elf.EM_X86_64:  (*operandParser).x86,
	elf.EM_AARCH64: (*operandParser).arm64,
}

// operandParser reads one spec.
type operandParser struct {
	image *image
	pc    uint64
	text  string // the operand
	out   Operand
	// width is that of a register, for specs without a size.
	width int8
}

func (m *image) argument(pc uint64, spec string) Argument {
	a := Argument{Spec: spec}
	fail := func(reason string) Argument {
		return Argument{Spec: spec, Err: &SpecError{Spec: spec, Reason: reason}}
	}
	size, operand, reason := cutSize(spec)
	if reason != "" {
		return fail(reason)
	}
	parse := operandParsers[m.machine]
	if parse == nil || !m.wide {
		return fail("arguments of programs for " + m.machine.String() + " are not known here")
	}
	o := operandParser{image: m, pc: pc, text: operand, width: 8}
	if reason := parse(&o); reason != "" {
		return fail(reason)
	}
	if size == 0 {
		size = o.width
	}
	a.Signed, a.Size = size < 0, max(size, -size)
	a.Operand = o.out
	if a.Operand.Kind == InRegister {
		a.Operand.Width = uint8(min(a.Size, o.width))
	}
	return a
}

// cutSize takes the size off a spec: "-4@" in front means four bytes that are
// signed. 0 means that the spec has none.
func cutSize(spec string) (size int8, operand, reason string) {
	number, operand, has := strings.Cut(spec, "@")
	digits := strings.TrimLeft(number, "+-")
	if !has || digits == "" || digits[0] < '0' || digits[0] > '9' {
		return 0, spec, ""
	}
	if strings.HasSuffix(digits, "f") {
		return 0, "", "floating-point arguments cannot be read: BPF has neither such registers nor such numbers"
	}
	n, err := strconv.ParseInt(number, 10, 8)
	switch n {
	case 1, 2, 4, 8, -1, -2, -4, -8:
		if err == nil {
			return int8(n), operand, ""
		}
	}
	return 0, "", "the size " + number + " is none of 1, 2, 4 and 8 bytes"
}

// CType is the C type that holds the argument, "" where it cannot be read.
func (a *Argument) CType() string {
	if a.Err != nil {
		return ""
	}
	return ctype(int(a.Size), a.Signed)
}

func ctype(size int, signed bool) string {
	name := "int" + strconv.Itoa(8*size) + "_t"
	if !signed {
		name = "u" + name
	}
	return name
}
