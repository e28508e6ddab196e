package goregs

import (
	"debug/elf"
	"strings"
	"testing"
)

// Only a text that uses a name gets what is behind it.
func TestUsed(t *testing.T) {
	for text, want := range map[string]bool{
		"":                                          false,
		"int f(void *ctx) { return 0; }":            false,
		"/* PT_GO_PARM1 */ int x;":                  false,
		"// bpf_go_goid(ctx, 1)\nint x;":            false,
		`char *s = "PT_GO_PARM1";`:                  false,
		"u64 n = PT_GO_PARM1(ctx);":                 true,
		"bpf_go_read_string(d, 4, a, b);":           true,
		"#define FIRST(ctx) PT_GO_PARM1(ctx)\n":     true,
		"u64 n = MY_PT_GO_PARM1(ctx);":              true,
		"#ifdef A\nu64 g = PT_GO_G(ctx);\n#endif\n": true,
	} {
		if got := Used(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestText(t *testing.T) {
	for m, want := range map[elf.Machine][]string{
		elf.EM_X86_64:  {"PT_GO_PARM1(ctx) ((ctx)->ax)", "PT_GO_PARM9(ctx) ((ctx)->r11)", "PT_GO_RC2(ctx) ((ctx)->bx)", "PT_GO_G(ctx) ((ctx)->r14)"},
		elf.EM_AARCH64: {"PT_GO_PARM1(ctx) ((ctx)->regs[0])", "PT_GO_PARM16(ctx) ((ctx)->regs[15])", "PT_GO_G(ctx) ((ctx)->regs[28])"},
	} {
		text := Text(m, "bpf_probe_read")
		for _, one := range append(want, "bpf_probe_read(dest, len,") {
			if !strings.Contains(text, one) {
				t.Errorf("%v: no %q in\n%s", m, one, text)
			}
		}
	}
	if text := Text(elf.EM_S390, "bpf_probe_read"); text != "" {
		t.Errorf("of a machine that is not known: %s", text)
	}
}
