package gocode

// x86Table is one of the maps of opcodes.
type x86Table uint8

const (
	oneByte   x86Table = iota
	twoByte            // behind 0F
	threeByte          // behind 0F 38: none has an immediate value
	immByte            // behind 0F 3A: each has an immediate byte
	wideByte           // the others of EVEX: none has an immediate value
)

const (
	rexW = 8
	rexX = 2
)

// x86Instruction is as much of an instruction as its size and jumps need.
type x86Instruction struct {
	table      x86Table
	op         byte
	rex        byte // its four bits
	operand16  bool // prefix 66
	address32  bool // prefix 67
	modRM, sib byte
	vector     bool // encoded by VEX or EVEX
	// value is the immediate value of jumps.
	value int64
	size  int
}

func (in *x86Instruction) mod() byte { return in.modRM >> 6 }
func (in *x86Instruction) reg() byte { return in.modRM >> 3 & 7 }
func (in *x86Instruction) rm() byte  { return in.modRM & 7 }

// maxX86 is the longest instruction's size.
const maxX86 = 15

// decodeX86 reads the first instruction of code for 64-bit mode; ok is false for
// one that is not known, or cut off.
func decodeX86(code []byte) (in x86Instruction, ok bool) {
	d := x86Reader{code: code[:min(len(code), maxX86)], ok: true}
	d.prefixes()
	d.opcode()
	kind := d.in.kind()
	if kind == bad {
		return x86Instruction{}, false
	}
	if kind&withModRM != 0 {
		d.operand()
	}
	d.immediate(d.in.immediateSize(kind))
	d.in.size = d.at
	return d.in, d.ok
}

// x86Reader reads bytes of an instruction. Beyond the end it gives 0 and is not
// ok.
type x86Reader struct {
	code []byte
	at   int
	ok   bool
	in   x86Instruction
}

func (d *x86Reader) peek() byte {
	if d.at >= len(d.code) {
		d.ok = false
		return 0
	}
	return d.code[d.at]
}

func (d *x86Reader) next() byte {
	b := d.peek()
	d.at++
	return b
}

// prefixes reads those in front of the opcode. REX counts as the last one only.
func (d *x86Reader) prefixes() {
	for d.ok {
		switch b := d.peek(); {
		case b == 0x66:
			d.in.operand16, d.in.rex = true, 0
		case b == 0x67:
			d.in.address32, d.in.rex = true, 0
		case b == 0xf0 || b == 0xf2 || b == 0xf3, b == 0x26 || b == 0x2e || b == 0x36 || b == 0x3e || b == 0x64 || b == 0x65:
			d.in.rex = 0
		case b&0xf0 == 0x40:
			d.in.rex = b & 0xf
		default:
			return
		}
		d.at++
	}
}

func (d *x86Reader) opcode() {
	d.in.op = d.next()
	switch d.in.op {
	case 0x0f:
		d.escape()
	case 0xc5:
		d.next()
		d.vex(1)
	case 0xc4:
		table := d.next() & 0x1f
		d.next()
		d.vex(table)
	case 0x62:
		table := d.next() & 7
		d.next()
		d.next()
		d.vex(table)
	}
}

func (d *x86Reader) escape() {
	d.in.table, d.in.op = twoByte, d.next()
	switch d.in.op {
	case 0x38:
		d.in.table, d.in.op = threeByte, d.next()
	case 0x3a:
		d.in.table, d.in.op = immByte, d.next()
	}
}

// vex reads the opcode behind a VEX or EVEX prefix.
func (d *x86Reader) vex(table byte) {
	tables := map[byte]x86Table{1: twoByte, 2: threeByte, 3: immByte, 5: wideByte, 6: wideByte}
	known := false
	d.in.table, known = tables[table]
	d.in.vector = true
	d.in.op = d.next()
	d.ok = d.ok && known
}

// operand reads ModRM and what it asks for: SIB and displacement.
func (d *x86Reader) operand() {
	d.in.modRM = d.next()
	mod, rm := d.in.mod(), d.in.rm()
	if mod == 3 {
		return
	}
	if rm == 4 {
		d.in.sib = d.next()
		rm = d.in.sib & 7
	}
	switch {
	case mod == 1:
		d.at++
	case mod == 2, mod == 0 && rm == 5:
		d.at += 4
	}
}

// immediate reads a value of up to 8 bytes, signed.
func (d *x86Reader) immediate(size int) {
	if d.at+size > len(d.code) {
		d.ok = false
		return
	}
	var value uint64
	for i := range size {
		value |= uint64(d.code[d.at+i]) << (8 * i)
	}
	if size > 0 {
		shift := 64 - 8*size
		d.in.value = int64(value<<shift) >> shift
	}
	d.at += size
}
