package bccgo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/cilium/ebpf/asm"

	"github.com/bccgo/bcc/internal/testenv"
)

// A text that names nothing of Go's is compiled as it is.
func TestGoTextIsAskedFor(t *testing.T) {
	target := &Target{Machine: "s390x", Release: "6.1.0"}
	for _, text := range []string{callText, "/* PT_GO_PARM1(ctx) */\n" + callText} {
		front, err := goText(text, target)
		p := &prepared{goText: front, usdt: &usdtPlan{}}
		if err != nil || p.before(text) != text {
			t.Errorf("%v: in front of the text is %q", err, front)
		}
	}
	var unsupported *UnsupportedError
	if _, err := goText("u64 n = PT_GO_PARM1(ctx);", target); !errors.As(err, &unsupported) || !strings.Contains(err.Error(), "s390x") {
		t.Errorf("for a machine whose registers are not known: %v", err)
	}
}

// Mistakes are told in the text's own lines.
func TestLiveGoTextDiagnostics(t *testing.T) {
	liveHere(t)
	for text, want := range map[string]string{
		"int f(struct pt_regs *ctx)\n{\n\treturn PT_GO_PARM1(ctx) + lost;\n}\n": "t.c:3:28: error: use of undeclared identifier 'lost'",
		"int f(struct pt_regs *ctx)\n{\n\treturn PT_GO_PARM99(ctx);\n}\n":       "t.c:3:9: error:",
	} {
		_, err := Compile(text, &Options{Cache: CacheOff, FileName: "t.c"})
		var refusal *CompileError
		if !errors.As(err, &refusal) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// For arm64 the registers are its own.
func TestGoTextOtherMachine(t *testing.T) {
	testenv.Live(t)
	t.Setenv("BCCGO_COMPILE_SPOOL", "") // whoever serves it has other files
	target := &Target{Release: "6.1.0-arm64", Machine: "aarch64", PossibleCPUs: 4, OnlineCPUs: 4, BTF: arm64Types(t), EventsDir: t.TempDir()}
	b, err := Compile(`
int f(struct pt_regs *ctx)
{
	return PT_GO_PARM2(ctx) + PT_GO_G(ctx) + PT_GO_STACK(ctx);
}`, &Options{Target: target, Headers: "btf", Cache: CacheOff, FileName: "t.c"})
	if err != nil {
		t.Fatal(err)
	}
	insns, err := asm.AppendInstructions(nil, bytes.NewReader(b.data.Functions[0].Insns), binary.LittleEndian, "linux")
	if err != nil {
		t.Fatal(err)
	}
	loaded := make(map[int16]bool)
	for _, in := range insns {
		if in.OpCode.Class() == asm.LdXClass {
			loaded[in.Offset] = true
		}
	}
	const second, goroutine, stack = 8, 28 * 8, 248
	if !loaded[second] || !loaded[goroutine] || !loaded[stack] {
		t.Errorf("not read from regs[1], regs[28] and sp:\n%v", insns)
	}
}

// The verifier of each kernel follows the lengths of strings.
func TestLiveGoTextVerifies(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, goReader, &Options{Defines: map[string]string{"GOID": "152"}})
	for _, function := range []string{"on_entry", "on_return", "on_texts", "on_text", "on_goid"} {
		if err := m.LoadFunc(function, Kprobe); err != nil {
			t.Error(err)
		}
	}
}
