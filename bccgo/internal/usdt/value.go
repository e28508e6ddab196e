package usdt

import (
	"debug/elf"
	"fmt"
	"strconv"
	"strings"
)

// field is the C expression for a register that is kept in struct pt_regs. It is
// volatile so that the compiler does not join the reads of several registers to
// one at a computed place, which the kernel's verifier refuses.
func field(machine elf.Machine, r Register) string {
	return "*(volatile unsigned long *)&ctx->" + registerName(machine, r)
}

// registerName is the name of a register in struct pt_regs.
func registerName(machine elf.Machine, r Register) string {
	if machine == elf.EM_X86_64 {
		return x86Fields[r]
	}
	switch r {
	case arm64SP:
		return "sp"
	case arm64PC:
		return "pc"
	}
	return "regs[" + strconv.Itoa(int(r)-1) + "]"
}

// ctypeOf is the kernel's name for an integer type.
func ctypeOf(size int, signed bool) string {
	letter := "u"
	if signed {
		letter = "s"
	}
	return letter + strconv.Itoa(8*size)
}

// statements are the C statements that put the argument into the variable value,
// or something into err. read is the function that reads user memory.
func (a *Argument) statements(machine elf.Machine, read string) []string {
	o := a.Operand
	switch o.Kind {
	case Constant:
		return []string{fmt.Sprintf("value = %#xULL;", a.extend(uint64(o.Disp)))}
	case InRegister:
		from := field(machine, o.Base)
		if o.High {
			from = "(" + from + " >> 8)"
		}
		return []string{fmt.Sprintf("value = (%s)%s;", ctypeOf(int(o.Width), a.Signed), from)}
	case Address:
		return []string{fmt.Sprintf("value = (%s)(%s);", ctypeOf(int(a.Size), a.Signed), o.address(machine))}
	}
	t := ctypeOf(int(a.Size), a.Signed)
	return []string{
		t + " there = 0;",
		"",
		fmt.Sprintf("err = %s(&there, sizeof(there), (void *)(%s));", read, o.address(machine)),
		"value = there;",
	}
}

// extend cuts a number to the argument's size and widens it again.
func (a *Argument) extend(n uint64) uint64 {
	shift := 64 - 8*uint(a.Size)
	if a.Signed {
		return uint64(int64(n<<shift) >> shift)
	}
	return n << shift >> shift
}

// address is the C expression for the sum that an address is.
func (o *Operand) address(machine elf.Machine) string {
	var terms []string
	if o.Base != 0 {
		terms = append(terms, field(machine, o.Base))
	}
	if o.Index != 0 {
		index := field(machine, o.Index)
		switch o.Extend {
		case LowSigned:
			index = "(u64)(s32)" + index
		case LowUnsigned:
			index = "(u64)(u32)" + index
		}
		terms = append(terms, fmt.Sprintf("((%s) << %d)", index, o.Shift))
	}
	if o.Disp != 0 {
		terms = append(terms, fmt.Sprintf("%#xULL", uint64(o.Disp)))
	}
	return strings.Join(terms, " + ")
}

// Place says in a few characters where the argument is: a register, a constant
// after $, or an address in brackets.
func (a *Argument) Place(machine elf.Machine) string {
	o := a.Operand
	switch {
	case a.Err != nil:
		return "?"
	case o.Kind == Constant:
		return "$" + strconv.FormatInt(int64(a.extend(uint64(o.Disp))), 10)
	case o.Kind == InRegister && o.High:
		return "second byte of " + registerName(machine, o.Base)
	case o.Kind == InRegister:
		return registerName(machine, o.Base)
	}
	var terms []string
	if o.Base != 0 {
		terms = append(terms, registerName(machine, o.Base))
	}
	if o.Index != 0 {
		terms = append(terms, registerName(machine, o.Index)+"*"+strconv.Itoa(1<<o.Shift))
	}
	sum := strings.Join(terms, "+")
	if o.Disp != 0 {
		sum += fmt.Sprintf("%+d", o.Disp)
	}
	if o.Kind == Address {
		return sum
	}
	return "[" + sum + "]"
}
