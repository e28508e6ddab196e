package usdt

import (
	"debug/elf"
	"slices"
	"strings"
	"testing"
)

// pcAt is where specsOf puts the probe, bufFrom how far symbol buf is from it.
const (
	pcAt    = codeAddr + 0x10
	bufFrom = dataAddr + 0x28 - pcAt
)

func register(name string) Register {
	return Register(slices.Index(x86Fields, name))
}

func TestX86(t *testing.T) {
	ax, bx, bp, sp, r8 := register("ax"), register("bx"), register("bp"), register("sp"), register("r8")
	for spec, want := range map[string]Argument{
		"-4@%eax":               {Size: 4, Signed: true, Operand: Operand{Kind: InRegister, Width: 4, Base: ax}},
		"8@%rax":                {Size: 8, Operand: Operand{Kind: InRegister, Width: 8, Base: ax}},
		"-1@%ah":                {Size: 1, Signed: true, Operand: Operand{Kind: InRegister, Width: 1, High: true, Base: ax}},
		"1@%bpl":                {Size: 1, Operand: Operand{Kind: InRegister, Width: 1, Base: bp}},
		"-4@%r8d":               {Size: 4, Signed: true, Operand: Operand{Kind: InRegister, Width: 4, Base: r8}},
		"2@%r8w":                {Size: 2, Operand: Operand{Kind: InRegister, Width: 2, Base: r8}},
		"1@%r8b":                {Size: 1, Operand: Operand{Kind: InRegister, Width: 1, Base: r8}},
		"-4@%r8":                {Size: 4, Signed: true, Operand: Operand{Kind: InRegister, Width: 4, Base: r8}},
		"-8@%eax":               {Size: 8, Signed: true, Operand: Operand{Kind: InRegister, Width: 4, Base: ax}},
		"%ax":                   {Size: 2, Operand: Operand{Kind: InRegister, Width: 2, Base: ax}},
		"%rsp":                  {Size: 8, Operand: Operand{Kind: InRegister, Width: 8, Base: sp}},
		"-4@$-9":                {Size: 4, Signed: true, Operand: Operand{Kind: Constant, Disp: -9}},
		"8@$0xffffffffffffffff": {Size: 8, Operand: Operand{Kind: Constant, Disp: -1}},
		"$5":                    {Size: 8, Operand: Operand{Kind: Constant, Disp: 5}},
		"+4@$+5":                {Size: 4, Operand: Operand{Kind: Constant, Disp: 5}},
		"-4@-1204(%rbp)":        {Size: 4, Signed: true, Operand: Operand{Kind: Memory, Base: bp, Disp: -1204}},
		"8@(%rsp)":              {Size: 8, Operand: Operand{Kind: Memory, Base: sp}},
		"8@8+24(%rsp)":          {Size: 8, Operand: Operand{Kind: Memory, Base: sp, Disp: 32}},
		"4@0x10(%rax,%rbx,4)":   {Size: 4, Operand: Operand{Kind: Memory, Base: ax, Index: bx, Shift: 2, Disp: 16}},
		"4@(%rax,%rbx)":         {Size: 4, Operand: Operand{Kind: Memory, Base: ax, Index: bx}},
		"4@-4(,%rbx,8)":         {Size: 4, Operand: Operand{Kind: Memory, Index: bx, Shift: 3, Disp: -4}},
		"8@buf(%rip)":           {Size: 8, Operand: Operand{Kind: Memory, Base: x86IP, Disp: bufFrom}},
		"-4@4+buf(%rip)":        {Size: 4, Signed: true, Operand: Operand{Kind: Memory, Base: x86IP, Disp: bufFrom + 4}},
		"-4@counter.0-4(%rip)":  {Size: 4, Signed: true, Operand: Operand{Kind: Memory, Base: x86IP, Disp: bufFrom + 4}},
		"8@buf":                 {Size: 8, Operand: Operand{Kind: Memory, Base: x86IP, Disp: bufFrom}},
		"buf+8":                 {Size: 8, Operand: Operand{Kind: Memory, Base: x86IP, Disp: bufFrom + 8}},
		"8@$buf":                {Size: 8, Operand: Operand{Kind: Address, Base: x86IP, Disp: bufFrom}},
		"8@$buf+8":              {Size: 8, Operand: Operand{Kind: Address, Base: x86IP, Disp: bufFrom + 8}},
		"4@buf(,%rbx,4)":        {Size: 4, Operand: Operand{Kind: Memory, Base: x86IP, Index: bx, Shift: 2, Disp: bufFrom}},
		"4@buf+4(%rbx)":         {Size: 4, Operand: Operand{Kind: Memory, Base: x86IP, Index: bx, Disp: bufFrom + 4}},
	} {
		checkSpec(t, elf.EM_X86_64, spec, want)
	}
}

func TestArm64(t *testing.T) {
	const x0, x1, x29, x30 = 1, 2, 30, 31
	for spec, want := range map[string]Argument{
		"8@x0":                {Size: 8, Operand: Operand{Kind: InRegister, Width: 8, Base: x0}},
		"-4@w1":               {Size: 4, Signed: true, Operand: Operand{Kind: InRegister, Width: 4, Base: x1}},
		"-4@x1":               {Size: 4, Signed: true, Operand: Operand{Kind: InRegister, Width: 4, Base: x1}},
		"-1@w0":               {Size: 1, Signed: true, Operand: Operand{Kind: InRegister, Width: 1, Base: x0}},
		"w1":                  {Size: 4, Operand: Operand{Kind: InRegister, Width: 4, Base: x1}},
		"8@lr":                {Size: 8, Operand: Operand{Kind: InRegister, Width: 8, Base: x30}},
		"8@sp":                {Size: 8, Operand: Operand{Kind: InRegister, Width: 8, Base: arm64SP}},
		"-4@wzr":              {Size: 4, Signed: true, Operand: Operand{Kind: Constant}},
		"-4@-5":               {Size: 4, Signed: true, Operand: Operand{Kind: Constant, Disp: -5}},
		"8@#5":                {Size: 8, Operand: Operand{Kind: Constant, Disp: 5}},
		"-4@[sp, 12]":         {Size: 4, Signed: true, Operand: Operand{Kind: Memory, Base: arm64SP, Disp: 12}},
		"-4@[sp,#12]":         {Size: 4, Signed: true, Operand: Operand{Kind: Memory, Base: arm64SP, Disp: 12}},
		"-4@[x29, -4]":        {Size: 4, Signed: true, Operand: Operand{Kind: Memory, Base: x29, Disp: -4}},
		"8@[x0]":              {Size: 8, Operand: Operand{Kind: Memory, Base: x0}},
		"8@[x0, x1]":          {Size: 8, Operand: Operand{Kind: Memory, Base: x0, Index: x1}},
		"8@[x0, x1, lsl 3]":   {Size: 8, Operand: Operand{Kind: Memory, Base: x0, Index: x1, Shift: 3}},
		"8@[x0, w1, sxtw #3]": {Size: 8, Operand: Operand{Kind: Memory, Base: x0, Index: x1, Shift: 3, Extend: LowSigned}},
		"8@[x0, w1, uxtw]":    {Size: 8, Operand: Operand{Kind: Memory, Base: x0, Index: x1, Extend: LowUnsigned}},
		"8@[x0, xzr]":         {Size: 8, Operand: Operand{Kind: Memory, Base: x0}},
		"8@[x0, #:lo12:buf]":  {Size: 8, Operand: Operand{Kind: Memory, Base: x0, Disp: 0x28}},
		"4@[x0, :lo12:buf+4]": {Size: 4, Operand: Operand{Kind: Memory, Base: x0, Disp: 0x2c}},
	} {
		checkSpec(t, elf.EM_AARCH64, spec, want)
	}
}

func checkSpec(t *testing.T, machine elf.Machine, spec string, want Argument) {
	t.Helper()
	want.Spec = spec
	got := specsOf(t, machine, spec)
	if len(got) != 1 || got[0] != want {
		t.Errorf("%s:\n got %+v\nwant %+v", spec, got, want)
	}
	if len(got) == 1 && got[0].Err != nil {
		t.Error(got[0].Err)
	}
}

// What cannot be followed says so, naming the spec, and its neighbours stay.
func TestRefusedSpecs(t *testing.T) {
	for spec, reason := range map[string]string{
		"8f@%xmm0": "floating-point", "-4f@-8(%rbp)": "floating-point", "8@%xmm0": "vector", "8@%st(0)": "vector",
		"3@%eax": "none of 1, 2, 4 and 8", "16@%rax": "none of", "-0@%rax": "none of", "999@%rax": "none of",
		"8@%foo": `no register "%foo"`, "8@%": "no register", "8@": "a number is missing",
		"4@%fs:0xfffffffffffffffc": "thread-local", "4@%fs:x@tpoff": "thread-local",
		"8@foo@GOTPCREL(%rip)": "cannot make sense", "8@unknown(%rip)": "do not have unknown", "8@8(%rip)": "without a symbol",
		"8@(%rip,%rax,2)": "no other register", "8@(%eax)": "cannot be part of an address", "8@(%rax,%rbx,3)": "the scale",
		"8@(%rax,%rbx,4,5)": "no more", "8@(%rax": "not closed", "8@()": "without registers", "8@buf(%rax,%rbx)": "two registers",
		"8@123": "bare number", "8@$": "a number is missing", "8@$1+": "cannot make sense", "8@$-buf": "cannot make sense",
		"8@$1 2@x y": "", "8@buf+buf(%rip)": "cannot make sense",
	} {
		if reason != "" {
			checkRefused(t, elf.EM_X86_64, spec, reason)
		}
	}
	for spec, reason := range map[string]string{
		"8f@d0": "floating-point", "8@d0": "vector", "8@v1.2d": "vector", "8@x31": "no register", "8@%rax": "cannot make sense",
		"8@[x0": "bracket", "8@[x0]!": "bracket", "8@[w0]": "base", "8@[x0, w1]": "sxtw", "8@[x0, 1, 2]": "no more",
		"8@[x0, x1, lsl 9]": "the shift", "8@[x0, x1, sxtw]": "does not fit", "8@[x0, x1, lsl 1, 2]": "no more",
		"8@[x0, :lo12:none]": "do not have none", "8@[x0, :lo12:]": "cannot make sense", "8@[x0, buf]": "cannot make sense", "8@[]": "base",
	} {
		checkRefused(t, elf.EM_AARCH64, spec, reason)
	}
	checkRefused(t, elf.EM_RISCV, "8@a0", "EM_RISCV")
}

func checkRefused(t *testing.T, machine elf.Machine, spec, reason string) {
	t.Helper()
	neighbour := "-4@$1"
	if machine == elf.EM_AARCH64 {
		neighbour = "-4@1"
	}
	got := specsOf(t, machine, neighbour+" "+spec)
	if len(got) != 2 {
		t.Errorf("%s: %+v", spec, got)
		return
	}
	if (got[0].Err == nil) != (operandParsers[machine] != nil) {
		t.Errorf("beside %s: %v", spec, got[0].Err)
	}
	if got[1].Err == nil || !strings.Contains(got[1].Err.Error(), reason) || got[1].Err.Spec != spec || got[1].CType() != "" {
		t.Errorf("%s: %v, want %q", spec, got[1].Err, reason)
	}
}

// A name that two symbols have is no place.
func TestAmbiguousSymbol(t *testing.T) {
	m := &image{symbols: map[string]uint64{"twice": ambiguous}}
	if _, reason := m.symbol("twice"); !strings.Contains(reason, "several") {
		t.Error(reason)
	}
}

func TestSplitSpecs(t *testing.T) {
	for list, want := range map[string][]string{
		"":                             nil,
		"  ":                           nil,
		"-4@%eax 8@$1":                 {"-4@%eax", "8@$1"},
		" -4@[sp, 12]  8@[x0, x1] w0 ": {"-4@[sp, 12]", "8@[x0, x1]", "w0"},
		"8@8(%rax, %rbx)\t1@$1":        {"8@8(%rax, %rbx)", "1@$1"},
		"8@[x0 1@$1":                   {"8@[x0 1@$1"},
		"8@x0] 1@$1":                   {"8@x0]", "1@$1"},
	} {
		if got := splitSpecs(list); !slices.Equal(got, want) {
			t.Errorf("%q: %q", list, got)
		}
	}
	if n := len(splitSpecs(strings.Repeat("1@$1 ", 1000))); n != maxArguments {
		t.Errorf("%d arguments", n)
	}
}

func TestCType(t *testing.T) {
	for spec, want := range map[string]string{"-4@$1": "int32_t", "8@$1": "uint64_t", "-1@$1": "int8_t", "2@$1": "uint16_t"} {
		if got := specsOf(t, elf.EM_X86_64, spec)[0].CType(); got != want {
			t.Errorf("%s: %s", spec, got)
		}
	}
}
