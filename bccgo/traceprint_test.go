package bccgo

import "testing"

func TestUsesTracePrint(t *testing.T) {
	foreignHeaders(t)
	for text, want := range map[string]bool{
		"int f(void *ctx) { return 0; }":                                                          false,
		"int f(void *ctx) { bpf_get_current_pid_tgid(); return 0; }":                              false,
		"int f(void *ctx) { return 0; }\nint g(void *ctx) { bpf_trace_printk(\"x\"); return 0; }": true,
	} {
		b, err := Compile(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := b.UsesTracePrint(); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
}

func TestUsesTracePrintOfDamagedCode(t *testing.T) {
	foreignHeaders(t)
	b, err := Compile("int f(void *ctx) { return 0; }", nil)
	if err != nil {
		t.Fatal(err)
	}
	b.data.Functions[0].Insns = b.data.Functions[0].Insns[:5]
	if _, err := b.UsesTracePrint(); err == nil {
		t.Error("half an instruction was no error")
	}
}
