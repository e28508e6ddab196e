package inspect

import (
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
)

// Code of all machines is listed on each.
func TestMachineInstructions(t *testing.T) {
	for code, want := range map[string]string{
		"\x55":                         "push %rbp",
		"\xf3\x0f\x1e\xfa\x55":         "endbr64",
		"\x48\x89\xe5":                 "mov %rsp,%rbp",
		"\x0f\x1f\x44\x00\x00":         "nopl (%rax,%rax)",
		"\x06\x55":                     ".byte 06",
		"\x48\xc7\xc0\x05\x00\x00\x00": "mov $0x5,%rax",
	} {
		if text, size := x86Instruction([]byte(code), 0x1000); text != want || size < 1 || size > len(code) {
			t.Errorf("% x: %q of %d bytes, want %q", code, text, size, want)
		}
	}
	for code, want := range map[string]string{
		"\xc0\x03\x5f\xd6": "ret",
		"\x00\x00\x00\x00": ".byte 00 00 00 00",
		"\xc0\x03":         ".byte c0 03",
	} {
		if text, size := armInstruction([]byte(code)); text != want || size != 4 {
			t.Errorf("% x: %q of %d bytes, want %q", code, text, size, want)
		}
	}
}

// Each line stands once above all that follows from it.
func TestListMachine(t *testing.T) {
	line := bundle.Line{File: "a.c", Line: 3, Text: "\treturn 0;"}
	f := machineFunction{code: []byte("\x55\x55\x55")}
	if got, want := listMachine([]machineFunction{f, f}, nil), "function: 3 bytes of machine code\n    0: push %rbp\n    1: push %rbp\n    2: push %rbp\n"; got != want+"\n"+want {
		t.Errorf("got\n%s", got)
	}
	f.address = 0x1000
	got := listMachine([]machineFunction{f}, map[uint64]bundle.Line{0x1000: line, 0x1001: line, 0x1002: {File: "a.c", Line: 4, Text: "}"}})
	const want = ": 3 bytes of machine code\n\na.c:3\treturn 0;\n    0: push %rbp\n    1: push %rbp\n\na.c:4\t}\n    2: push %rbp\n"
	if len(got) < len(want) || got[len(got)-len(want):] != want {
		t.Errorf("got\n%s", got)
	}
}
