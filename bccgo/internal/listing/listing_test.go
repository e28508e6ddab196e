package listing

import (
	"strings"
	"testing"

	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/internal/testenv"
)

func names(id int32) string {
	return map[int32]string{3: "counts"}[id]
}

func TestInstruction(t *testing.T) {
	jumpTo := func(ins asm.Instruction, distance int16) asm.Instruction {
		ins.Offset = distance
		return ins
	}
	long := asm.LongJump("")
	long.Constant = -8
	for want, ins := range map[string]asm.Instruction{
		"r1 = r2":                       asm.Mov.Reg(asm.R1, asm.R2),
		"w1 = w2":                       asm.Mov.Reg32(asm.R1, asm.R2),
		"r1 = -7":                       asm.Mov.Imm(asm.R1, -7),
		"r1 = (s8)r2":                   asm.MovSX8.Reg(asm.R1, asm.R2),
		"w1 = (s16)w2":                  asm.MovSX16.Reg32(asm.R1, asm.R2),
		"r3 += 5":                       asm.Add.Imm(asm.R3, 5),
		"r3 -= r4":                      asm.Sub.Reg(asm.R3, asm.R4),
		"r3 s>>= 5":                     asm.ArSh.Imm(asm.R3, 5),
		"r3 s/= r4":                     asm.SDiv.Reg(asm.R3, asm.R4),
		"w3 s%= 9":                      asm.SMod.Imm32(asm.R3, 9),
		"w3 = -w3":                      asm.Neg.Imm32(asm.R3, 0),
		"r2 = be16(r2)":                 asm.HostTo(asm.BE, asm.R2, asm.Half),
		"r2 = le32(r2)":                 asm.HostTo(asm.LE, asm.R2, asm.Word),
		"r2 = bswap64(r2)":              asm.BSwap(asm.R2, asm.DWord),
		"r1 = *(u32 *)(r2 + 8)":         asm.LoadMem(asm.R1, asm.R2, 8, asm.Word),
		"r1 = *(u8 *)(r2)":              asm.LoadMem(asm.R1, asm.R2, 0, asm.Byte),
		"r1 = *(s16 *)(r2 - 2)":         asm.LoadMemSX(asm.R1, asm.R2, -2, asm.Half),
		"*(u64 *)(r10 - 8) = r1":        asm.StoreMem(asm.R10, -8, asm.R1, asm.DWord),
		"*(u16 *)(r10 - 8) = w1":        asm.StoreMem(asm.R10, -8, asm.R1, asm.Half),
		"*(u32 *)(r10 - 4) = 6":         asm.StoreImm(asm.R10, -4, 6, asm.Word),
		"atomic *(u64 *)(r1 + 8) += r2": asm.AddAtomic.Mem(asm.R1, asm.R2, asm.DWord, 8),
		"atomic *(u32 *)(r1) |= w2":     asm.OrAtomic.Mem(asm.R1, asm.R2, asm.Word, 0),
		"atomic *(u64 *)(r1) ^= r2, old value in r2":                       asm.FetchXor.Mem(asm.R1, asm.R2, asm.DWord, 0),
		"atomic exchange *(u64 *)(r1) and r2":                              asm.Xchg.Mem(asm.R1, asm.R2, asm.DWord, 0),
		"atomic if *(u64 *)(r1) == r0: *(u64 *)(r1) = r2; old value in r0": asm.CmpXchg.Mem(asm.R1, asm.R2, asm.DWord, 0),
		"r1 = 0x1122334455667788":                                          asm.LoadImm(asm.R1, 0x1122334455667788, asm.DWord),
		"r1 = table counts":                                                asm.LoadMapPtr(asm.R1, 3),
		"r1 = table number 4":                                              asm.LoadMapPtr(asm.R1, 4),
		"r0 = *(u16 *)packet[12]":                                          asm.LoadAbs(12, asm.Half),
		"r0 = *(u8 *)packet[r7 + 4]":                                       asm.LoadInd(asm.R0, asm.R7, 4, asm.Byte),
		"goto 14":                                                          jumpTo(asm.Ja.Label(""), 3),
		"goto 3":                                                           long,
		"if r1 == 7 goto 16":                                               jumpTo(asm.JEq.Imm(asm.R1, 7, ""), 5),
		"if w1 s< w2 goto 9":                                               jumpTo(asm.JSLT.Reg32(asm.R1, asm.R2, ""), -2),
		"if r1 & 8 goto 12":                                                jumpTo(asm.JSet.Imm(asm.R1, 8, ""), 1),
		"call bpf_ktime_get_ns":                                            asm.FnKtimeGetNs.Call(),
		"call bpf_skc_to_tcp6_sock":                                        asm.FnSkcToTcp6Sock.Call(),
		"call helper number 9999":                                          asm.BuiltinFunc(9999).Call(),
		"call kernel function number 77":                                   {OpCode: asm.OpCode(asm.JumpClass).SetJumpOp(asm.Call), Src: asm.PseudoKfuncCall, Constant: 77},
		"call 16":                                                          {OpCode: asm.OpCode(asm.JumpClass).SetJumpOp(asm.Call), Src: asm.PseudoCall, Constant: 5},
		"exit":                                                             asm.Return(),
		"unknown instruction (code 0xe5, dst r1, src r0, offset 2, immediate 0x3)": {
			OpCode: asm.OpCode(asm.JumpClass).SetJumpOp(asm.JCOND), Dst: asm.R1, Offset: 2, Constant: 3},
	} {
		if got := instruction(&ins, 10, Names{Table: names}); got != want {
			t.Errorf("%v: got %q, want %q", ins, got, want)
		}
	}
}

func TestFormat(t *testing.T) {
	f := &bundle.Function{Name: "f", Insns: make([]byte, 32), Lines: []bundle.Line{
		{Insn: 0, File: "a.c", Line: 3, Text: "\tfirst();"},
		{Insn: 2, File: "/virtual/include/bcc/helpers.h", Line: 9, Text: "not the program's"},
		{Insn: 2, File: "a.c", Line: 0},
		{Insn: 2, File: "a.c", Line: 3, Text: "\tfirst();"},
		{Insn: 3, File: "a.c", Line: 4, Text: "}"},
	}}
	got := Format(f, asm.Instructions{asm.LoadMapPtr(asm.R1, 3), asm.Mov.Imm(asm.R0, 0), asm.Return()}, Names{Table: names})
	const want = "function f: 4 instructions of 8 bytes\n\na.c:3\tfirst();\n   0: r1 = table counts\n   2: r0 = 0\n\na.c:4\t}\n   3: exit\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNamesOfCalls(t *testing.T) {
	byName := Names{Table: names, Call: func(slot int) string { return map[int]string{7: "vfs_read"}[slot] }}
	fn := asm.FnKtimeGetNs.Call()
	for slot, want := range map[int]string{7: "call vfs_read", 8: "call bpf_ktime_get_ns"} {
		if got := instruction(&fn, slot, byName); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestLiveHelperNames compares with the names that the kernel has.
func TestLiveHelperNames(t *testing.T) {
	testenv.Live(t)
	spec, err := btf.LoadKernelSpec()
	if err != nil {
		t.Skip("the kernel has no type information: ", err)
	}
	var ids *btf.Enum
	if err := spec.TypeByName("bpf_func_id", &ids); err != nil {
		t.Fatal(err)
	}
	if len(ids.Values) < 100 {
		t.Errorf("the kernel has only %d helpers", len(ids.Values))
	}
	for _, v := range ids.Values {
		name, isHelper := strings.CutPrefix(v.Name, "BPF_FUNC_")
		f := asm.BuiltinFunc(v.Value)
		if got := helper(f); isHelper && name != "unspec" && got != "bpf_"+name {
			t.Errorf("helper %d is %s, want bpf_%s", v.Value, got, name)
		}
	}
}
