package bccgo

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/internal/testenv"
)

// arm64Types are a file with the types of a kernel for arm64, as far as a small
// program needs them: this kernel's, save the registers.
func arm64Types(t *testing.T) string {
	t.Helper()
	spec, err := btf.LoadKernelSpec()
	if err != nil {
		t.Skip(err)
	}
	long := &btf.Int{Name: "long unsigned int", Size: 8}
	registers := &btf.Struct{Name: "pt_regs", Size: 272, Members: []btf.Member{
		{Name: "regs", Type: &btf.Array{Index: long, Type: long, Nelems: 31}},
		{Name: "sp", Type: long, Offset: 248 * 8}, {Name: "pc", Type: long, Offset: 256 * 8}, {Name: "pstate", Type: long, Offset: 264 * 8}}}
	types := []btf.Type{registers}
	for _, name := range strings.Fields(`u8 u16 u32 u64 s8 s16 s32 s64 __u8 __u16 __u32 __u64 __s8 __s16 __s32 __s64
		__be16 __be32 __be64 __wsum __sum16 bool size_t __sk_buff bpf_stack_build_id bpf_func_id bpf_raw_tracepoint_args`) {
		found, err := spec.AnyTypesByName(name)
		if err != nil {
			t.Fatal(err)
		}
		types = append(types, found[0])
	}
	builder, err := btf.NewBuilder(types, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := builder.Marshal(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "vmlinux.btf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestOtherMachine compiles for arm64: arguments come from its registers.
func TestOtherMachine(t *testing.T) {
	testenv.Live(t)
	t.Setenv("BCCGO_COMPILE_SPOOL", "") // whoever serves it has other files
	target := &Target{Release: "6.1.0-arm64", Machine: "aarch64", PossibleCPUs: 4, OnlineCPUs: 4, BTF: arm64Types(t), EventsDir: t.TempDir()}
	b, err := Compile(`
int kprobe__f(struct pt_regs *ctx, void *first, u64 second)
{
	return second == PT_REGS_IP(ctx);
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
	const second, counter = 8, 256
	if !loaded[second] || !loaded[counter] {
		t.Errorf("not read from regs[1] at %d and pc at %d:\n%v", second, counter, insns)
	}
}
