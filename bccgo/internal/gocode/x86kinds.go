package gocode

import "strings"

// x86Kind is what follows an opcode.
type x86Kind uint8

const (
	withModRM x86Kind = 1 << iota
	imm8
	imm16
	imm32   // 2 bytes with prefix 66
	imm64   // 8 bytes with REX.W, else imm32
	rel32   // always 4 bytes
	address // 8 bytes, 4 with prefix 67
	bad
	plain x86Kind = 0
)

// Each letter is an opcode, each line 16 of them: "." nothing follows, "m" ModRM,
// "b" a byte, "w" two, "z" imm32, "v" imm64, "r" rel32, "a" an address, "M" ModRM
// and a byte, "Z" ModRM and imm32, "e" two and one, "-" not there in 64-bit mode,
// or a prefix.
const (
	oneByteKinds = `mmmmbz--mmmmbz--
mmmmbz--mmmmbz--
mmmmbz--mmmmbz--
mmmmbz--mmmmbz--
----------------
................
---m----zZbM....
bbbbbbbbbbbbbbbb
MZ-Mmmmmmmmmmmmm
..........-.....
aaaa....bz......
bbbbbbbbvvvvvvvv
MMw.--MZe.w..b-.
mmmm---.mmmmmmmm
bbbbbbbbrr-b....
-.--..mm......mm`
	twoByteKinds = `mmmm-.....-.-m.M
mmmmmmmmmmmmmmmm
mmmm----mmmmmmmm
......-.--------
mmmmmmmmmmmmmmmm
mmmmmmmmmmmmmmmm
mmmmmmmmmmmmmmmm
MMMMmmm.mm--mmmm
rrrrrrrrrrrrrrrr
mmmmmmmmmmmmmmmm
...mMm--...mMmmm
mmmmmmmmmmMmmmmm
mmMmMMMm........
mmmmmmmmmmmmmmmm
mmmmmmmmmmmmmmmm
mmmmmmmmmmmmmmmm`
)

var kindLetters = map[byte]x86Kind{
	'.': plain, 'm': withModRM, 'b': imm8, 'w': imm16, 'z': imm32, 'v': imm64, 'r': rel32, 'a': address,
	'M': withModRM | imm8, 'Z': withModRM | imm32, 'e': imm16 | imm8, '-': bad,
}

var oneByteTable, twoByteTable = kindsOf(oneByteKinds), kindsOf(twoByteKinds)

func kindsOf(letters string) (table [256]x86Kind) {
	for i, letter := range []byte(strings.ReplaceAll(letters, "\n", "")) {
		table[i] = kindLetters[letter]
	}
	return table
}

// kind tells what follows the opcode.
func (in *x86Instruction) kind() x86Kind {
	switch in.table {
	case oneByte:
		return oneByteTable[in.op]
	case twoByte:
		if in.vector && in.op != 0x77 { // VZEROUPPER has no operand
			return withModRM | twoByteTable[in.op]&imm8
		}
		return twoByteTable[in.op]
	case immByte:
		return withModRM | imm8
	}
	return withModRM
}

// immediateSize is how many bytes of immediate values there are.
func (in *x86Instruction) immediateSize(kind x86Kind) int {
	size := 0
	if kind&imm8 != 0 {
		size++
	}
	if kind&imm16 != 0 {
		size += 2
	}
	switch {
	case kind&rel32 != 0:
		size += 4
	case kind&imm64 != 0 && in.rex&rexW != 0, kind&address != 0 && !in.address32:
		size += 8
	case kind&(imm32|imm64) != 0, kind&address != 0, in.isTest() && in.op == 0xf7:
		size += in.wordSize()
	case in.isTest():
		size++
	}
	return size
}

// isTest tells a TEST with an immediate value, whose opcode others share that
// have none.
func (in *x86Instruction) isTest() bool {
	return in.table == oneByte && (in.op == 0xf6 || in.op == 0xf7) && in.reg() < 2
}

// wordSize is the size of an immediate value that depends on the operand's.
func (in *x86Instruction) wordSize() int {
	if in.operand16 && in.rex&rexW == 0 {
		return 2
	}
	return 4
}
