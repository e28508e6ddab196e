package gocode

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"slices"
	"testing"
)

func words(list ...uint32) []byte {
	var code []byte
	for _, w := range list {
		code = binary.LittleEndian.AppendUint32(code, w)
	}
	return code
}

const (
	armReturn   = 0xd65f03c0
	armNop      = 0xd503201f
	armCompare  = 0xeb3063ff // CMP R16, RSP
	armGrow     = 0x54000109 // B.LS forward
	armCompare2 = 0xeb10023f // CMP R16, R17
	armOverflow = 0x540000a3 // B.LO forward
)

// functions are as Go's compiler writes them.
var functions = map[string]struct {
	machine elf.Machine
	code    []byte
	check   uint64
	returns []uint64
	err     error
}{
	"x86 leaf": {elf.EM_X86_64, []byte{0x48, 0x01, 0xd8, 0xc3}, 0, []uint64{3}, nil},
	"x86 two returns": {elf.EM_X86_64, []byte{
		0x49, 0x3b, 0x66, 0x10, // 0: CMPQ SP, 16(R14)
		0x76, 0x0c, // 4: JLS 18
		0x48, 0x85, 0xc0, // 6: TESTQ AX, AX
		0x74, 0x06, // 9: JEQ 17
		0xb8, 0xc3, 0xc3, 0, 0, // 11: MOVL $0xc3c3, AX
		0xc3,             // 16
		0xc3,             // 17
		0xe8, 0, 0, 0, 0, // 18: CALL
		0xeb, 0xe7, // 23: JMP 0
	}, 6, []uint64{16, 17}, nil},
	"x86 large frame": {elf.EM_X86_64, []byte{
		0x4c, 0x8d, 0xa4, 0x24, 0, 0xf0, 0xff, 0xff, // LEAQ -4096(SP), R12
		0x4d, 0x3b, 0x66, 0x10, // CMPQ R12, 16(R14)
		0x0f, 0x86, 0x01, 0, 0, 0, // JLS
		0xc3, 0xeb, 0xeb,
	}, 18, []uint64{18}, nil},
	"x86 tail call":     {elf.EM_X86_64, []byte{0x90, 0xe9, 0x00, 0x01, 0, 0}, 0, nil, &LeaveError{At: 1, To: 0x1106}},
	"x86 by register":   {elf.EM_X86_64, []byte{0xff, 0xe2, 0xc3}, 0, nil, &LeaveError{}},
	"x86 by memory":     {elf.EM_X86_64, []byte{0xff, 0x25, 0, 0, 0, 0}, 0, nil, &LeaveError{}},
	"x86 switch":        {elf.EM_X86_64, []byte{0xff, 0x24, 0xc8, 0xc3}, 0, []uint64{3}, nil},
	"x86 never returns": {elf.EM_X86_64, []byte{0xeb, 0xfe}, 0, nil, ErrNoReturn},
	"x86 cut off":       {elf.EM_X86_64, []byte{0x90, 0xe8, 0}, 0, nil, &CodeError{At: 1}},
	"x86 not there":     {elf.EM_X86_64, []byte{0x06, 0xc3}, 0, nil, &CodeError{}},
	"x86 compared only": {elf.EM_X86_64, []byte{0x49, 0x3b, 0x66, 0x10, 0xc3}, 0, []uint64{4}, nil},

	"arm64 leaf": {elf.EM_AARCH64, words(armNop, armReturn), 0, []uint64{4}, nil},
	"arm64 check": {elf.EM_AARCH64, words(loadGuard, armCompare, armGrow, armNop, armReturn, armNop, armReturn, 0x94000100, 0x17fffff8),
		12, []uint64{16, 24}, nil},
	"arm64 large frame": {elf.EM_AARCH64, words(loadGuard, armNop, armNop, armOverflow, armCompare2, armGrow, armReturn), 24, []uint64{24}, nil},
	"arm64 tail call":   {elf.EM_AARCH64, words(armNop, 0x14000040), 0, nil, &LeaveError{At: 4, To: 0x1104}},
	"arm64 back":        {elf.EM_AARCH64, words(armNop, 0x17fffffe, armReturn), 0, nil, &LeaveError{At: 4, To: 0xffc}},
	"arm64 loop":        {elf.EM_AARCH64, words(0x14000000), 0, nil, ErrNoReturn},
}

func TestFunction(t *testing.T) {
	for name, want := range functions {
		f := &Function{Machine: want.machine, Addr: 0x1000, Code: want.code}
		if got := f.AfterStackCheck(); got != want.check {
			t.Errorf("%s: the check ends at %d, want %d", name, got, want.check)
		}
		got, err := f.Returns()
		if !slices.Equal(got, want.returns) || !sameError(err, want.err) {
			t.Errorf("%s: returns at %v, %v; want %v, %v", name, got, err, want.returns, want.err)
		}
	}
}

func sameError(got, want error) bool {
	if got == nil || want == nil {
		return got == want
	}
	return errors.Is(got, want) || got.Error() == want.Error()
}

func FuzzFunction(f *testing.F) {
	for _, one := range functions {
		f.Add(one.code, one.machine == elf.EM_AARCH64)
	}
	f.Add([]byte{0x62, 0xf1, 0x7c, 0x48, 0x10, 0x44, 0x24, 0x01}, false)
	f.Fuzz(func(t *testing.T, code []byte, arm bool) {
		fn := &Function{Machine: elf.EM_X86_64, Addr: 1 << 40, Code: code}
		if arm {
			fn.Machine = elf.EM_AARCH64
		}
		if check := fn.AfterStackCheck(); check > uint64(len(code)) {
			t.Fatalf("the check ends at %d of %d", check, len(code))
		}
		found, err := fn.Returns()
		if (err == nil) != (len(found) > 0) {
			t.Fatalf("%v, %v", found, err)
		}
		for _, at := range found {
			if at >= uint64(len(code)) {
				t.Fatalf("a return at %d of %d", at, len(code))
			}
		}
	})
}
