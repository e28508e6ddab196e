package stackuse

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/asm"
)

const hash = 7 // a table with keys of 16 bytes

func keySize(table int32) int {
	if table == hash {
		return 16
	}
	return 0
}

// tableIn loads a table's number.
func tableIn(r asm.Register, id int32) asm.Instruction {
	ins := asm.LoadImm(r, int64(id), asm.DWord)
	ins.Src = asm.PseudoMapFD
	return ins
}

// send calls bpf_perf_event_output with size bytes at an offset of the frame.
func send(off, size int32) asm.Instructions {
	return asm.Instructions{
		tableIn(asm.R2, 3), asm.Mov.Imm(asm.R3, -1), asm.Mov.Reg(asm.R4, asm.R10), asm.Add.Imm(asm.R4, off),
		asm.Mov.Imm(asm.R5, size), asm.FnPerfEventOutput.Call(), asm.Mov.Imm(asm.R0, 0), asm.Return(),
	}
}

func TestFind(t *testing.T) {
	tests := map[string]struct {
		insns asm.Instructions
		want  string
	}{
		"padding":  {slices.Concat(asm.Instructions{asm.StoreMem(asm.R10, -16, asm.R1, asm.Word), asm.StoreMem(asm.R10, -8, asm.R1, asm.DWord)}, send(-16, 16)), "3 size 16: 4 5 6 7"},
		"complete": {slices.Concat(asm.Instructions{asm.StoreImm(asm.R10, -16, 0, asm.Word), asm.StoreMem(asm.R10, -12, asm.R1, asm.Word), asm.StoreMem(asm.R10, -8, asm.R1, asm.DWord)}, send(-16, 16)), ""},
		"nothing":  {send(-16, 16), ""}, // more likely a mistake here than there
		"filled": {slices.Concat(asm.Instructions{
			asm.Mov.Reg(asm.R1, asm.R10), asm.Add.Imm(asm.R1, -16), asm.Mov.Imm(asm.R2, 12), asm.FnGetCurrentComm.Call()}, send(-16, 16)), "3 size 16: 12 13 14 15"},
		"filled with who knows what": {slices.Concat(asm.Instructions{
			asm.Mov.Reg(asm.R2, asm.R10), asm.Add.Imm(asm.R2, -12), asm.FnMapPopElem.Call()}, send(-16, 16)), "3 size 16: 0 1 2 3"},
		"one branch writes": {slices.Concat(asm.Instructions{
			asm.StoreMem(asm.R10, -16, asm.R1, asm.Word),
			{OpCode: asm.OpCode(asm.JumpClass).SetJumpOp(asm.JEq).SetSource(asm.ImmSource), Dst: asm.R1, Offset: 1},
			asm.StoreMem(asm.R10, -12, asm.R1, asm.Word)}, send(-16, 8)), ""},
		"through a copy": {slices.Concat(asm.Instructions{
			asm.Mov.Reg(asm.R6, asm.R10), asm.Add.Imm(asm.R6, -32), asm.StoreMem(asm.R6, 16, asm.R1, asm.Word)}, send(-16, 8)), "3 size 8: 4 5 6 7"},
		"through an index": {slices.Concat(asm.Instructions{
			asm.StoreMem(asm.R10, -16, asm.R1, asm.Word), asm.Mov.Reg(asm.R6, asm.R10), asm.Add.Reg(asm.R6, asm.R7), asm.StoreMem(asm.R6, 0, asm.R1, asm.Byte)}, send(-16, 8)), ""},
		"an address kept": {slices.Concat(asm.Instructions{
			asm.StoreMem(asm.R10, -16, asm.R1, asm.Word), asm.Mov.Reg(asm.R6, asm.R10), asm.StoreMem(asm.R10, -24, asm.R6, asm.DWord)}, send(-16, 8)), ""},
		"key": {asm.Instructions{
			asm.StoreMem(asm.R10, -16, asm.R1, asm.Word), asm.StoreMem(asm.R10, -8, asm.R1, asm.DWord), tableIn(asm.R1, hash),
			asm.Mov.Reg(asm.R2, asm.R10), asm.Add.Imm(asm.R2, -16), asm.FnMapLookupElem.Call(), asm.Return()}, "7 key size 16: 4 5 6 7"},
		"unknown size": {slices.Concat(asm.Instructions{asm.StoreMem(asm.R10, -16, asm.R1, asm.Word)}, asm.Instructions{
			tableIn(asm.R2, 3), asm.Mov.Reg(asm.R4, asm.R10), asm.Add.Imm(asm.R4, -16), asm.Mov.Reg(asm.R5, asm.R6), asm.FnPerfEventOutput.Call(), asm.Return()}), ""},
		"no end": {asm.Instructions{asm.FnMapLookupElem.Call()}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, u := range Find(tt.insns, keySize) {
				key := ""
				if u.Key {
					key = " key"
				}
				got = append(got, fmt.Sprintf("%d%s size %d: %s", u.Table, key, u.Size, strings.Trim(fmt.Sprint(u.Unset), "[]")))
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzFind wants an end, whatever the instructions.
func FuzzFind(f *testing.F) {
	f.Add([]byte{0xbf, 0xa1, 0, 0, 0, 0, 0, 0, 0x85, 0, 0, 0, 1, 0, 0, 0})
	f.Fuzz(func(_ *testing.T, data []byte) {
		var insns asm.Instructions
		for ; len(data) >= 8; data = data[8:] {
			insns = append(insns, asm.Instruction{OpCode: asm.OpCode(data[0]), Dst: asm.Register(data[1] % 11), Src: asm.Register(data[2] % 11),
				Offset: int16(int8(data[3])), Constant: int64(int8(data[4]))})
		}
		Find(insns, keySize)
	})
}
