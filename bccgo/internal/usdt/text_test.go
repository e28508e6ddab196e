package usdt

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// formsOf makes forms of locations given as specs, all at pcAt.
func formsOf(t testing.TB, machine elf.Machine, locations ...string) (*Forms, [][]Argument) {
	t.Helper()
	var lists [][]Argument
	for _, specs := range locations {
		lists = append(lists, specsOf(t, machine, specs))
	}
	return NewForms(machine, "bpf_probe_read_user", lists), lists
}

func TestForms(t *testing.T) {
	locations := []string{"-4@%eax 8@%rbx", "-4@%ecx 8@%rbx 8@$1", "-4@%rax 8@%rbx", "8f@%xmm0 8@%rbx"}
	f, lists := formsOf(t, elf.EM_X86_64, locations...)
	other, _ := formsOf(t, elf.EM_X86_64, locations[3], locations[2], locations[1])
	if f.Len() != 3 || f.Of(lists[0]) != f.Of(lists[2]) || f.Of(lists[0]) == f.Of(lists[1]) || f.Of(lists[3]) < 0 {
		t.Errorf("%d forms: %d %d %d %d", f.Len(), f.Of(lists[0]), f.Of(lists[1]), f.Of(lists[2]), f.Of(lists[3]))
	}
	for _, list := range lists {
		if f.Of(list) != other.Of(list) {
			t.Error("the order of locations changes the forms' numbers")
		}
	}
	if f.Of(specsOf(t, elf.EM_X86_64, "8@%rdi")) != -1 {
		t.Error("an unknown form has a number")
	}
	for n, want := range []bool{false, true, true, true, false} {
		if f.Readable(n) != want {
			t.Errorf("argument %d: %v", n, !want)
		}
	}
}

func TestTextGolden(t *testing.T) {
	f, _ := formsOf(t, elf.EM_X86_64, "-4@%eax 8@-8(%rbp) 4@$-1", "-4@$-9 8@-8(%rbp)")
	g, _ := formsOf(t, elf.EM_X86_64, "-1@%ah")
	none, _ := formsOf(t, elf.EM_X86_64, "8f@%xmm0", "")
	got := Text([]string{"on_close", "on_none", "on_sale"}, map[string]*Forms{"on_sale": f, "on_close": g, "on_none": none})
	const golden = "testdata/readers.golden"
	if os.Getenv("BCCGO_UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || got != string(want) {
		t.Errorf("%v:\n%s", err, got)
	}
	if text := Text([]string{"on_none"}, map[string]*Forms{"on_none": none}); text != "" {
		t.Errorf("readers of nothing: %s", text)
	}
}

// machineText is a machine that the readers run on: registers with numbers that
// tell them apart, and memory in which each 8 bytes have their own address.
const machineText = `
#include <stdint.h>
#include <stdio.h>
#include <string.h>
typedef uint64_t u64; typedef uint32_t u32; typedef uint16_t u16; typedef uint8_t u8;
typedef int64_t s64; typedef int32_t s32; typedef int16_t s16; typedef int8_t s8;
#define __always_inline inline __attribute__((always_inline))
struct pt_regs {
	unsigned long ax, bx, cx, dx, si, di, bp, sp, r8, r9, r10, r11, r12, r13, r14, r15, ip;
	unsigned long regs[31], pc;
};
static u64 cookie(void *ctx) { return 0; }
static int bpf_probe_read_user(void *dest, u32 size, const void *from)
{
	u64 bytes[2], at = (u64)from;

	if (at < 0x1000)
		return -14;
	bytes[0] = at & ~7ULL;
	bytes[1] = bytes[0] + 8;
	memcpy(dest, (char *)bytes + (at & 7), size);
	return 0;
}
`

// Readers are compiled for this machine and run: what they give is what the
// operand means.
func TestReadersRun(t *testing.T) {
	testenv.NeedProgram(t, "gcc")
	const ip = 0x7f0000001010
	x86 := []struct {
		spec string
		want int64
	}{
		{"8@%rax", -0x0123456789abcdf0}, {"-4@%eax", 0x76543210}, {"4@%ebx", 0xffffff85}, {"-4@%ebx", -123}, {"-1@%bl", -123}, {"1@%bl", 133},
		{"-2@%bx", -123}, {"2@%bx", 0xff85}, {"1@%ah", 0x32}, {"-1@%bh", -1}, {"-4@%rbx", -123}, {"-8@%ebx", -123}, {"8@%ebx", 0xffffff85},
		{"-4@$-9", -9}, {"4@$-9", 0xfffffff7}, {"-1@$200", -56}, {"8@$-1", -1}, {"8@$0xffffffffffffffff", -1},
		{"8@8(%rsp)", 0x20008}, {"8@-8(%rsp)", 0x1fff8}, {"4@(%rsp,%rcx,4)", 0x20008}, {"4@0x10(%rsp,%rcx)", 0x2}, {"8@0x8000(,%rcx,8)", 0x8010},
		{"2@8(%rsp)", 8}, {"-1@0x88(%rsp)", -0x78}, {"8@buf(%rip)", ip + bufFrom}, {"8@$buf", ip + bufFrom}, {"8@$buf-8", ip + bufFrom - 8},
		{"8@buf+8(,%rcx,8)", ip + bufFrom + 24 - (ip+bufFrom+24)%8},
	}
	arm64 := []struct {
		spec string
		want int64
	}{
		{"8@x3", 0x8000}, {"-4@w1", -2}, {"4@w1", 0xfffffffe}, {"8@x30", 0x30303030}, {"8@sp", 0x20000}, {"-4@wzr", 0}, {"-4@-5", -5},
		{"8@[sp, 8]", 0x20008}, {"8@[sp, -8]", 0x1fff8}, {"8@[sp]", 0x20000}, {"8@[x3, x2, lsl 3]", 0x8010}, {"8@[x3, w1, sxtw 3]", 0x7ff0},
		{"8@[sp, w2, uxtw 2]", 0x20008}, {"8@[x3, x2, lsl 2]", 0x8008}, {"4@[x3, :lo12:buf]", 0x8028},
	}
	text := machineText + strings.TrimPrefix(preamble, "#include <uapi/linux/ptrace.h>\n")
	body := ""
	add := func(name string, machine elf.Machine, spec string, want int64) {
		f, _ := formsOf(t, machine, spec)
		if !f.Readable(1) {
			t.Errorf("%s cannot be read", spec)
			return
		}
		text += strings.TrimPrefix(Text([]string{name}, map[string]*Forms{name: f}), preamble)
		body += fmt.Sprintf("\tvalue = 1;\n\tif (_bpf_readarg_%s_1(&%s, &value, 8) || (s64)value != %dLL)\n\t\tprintf(\"%s: %%#llx, not %#x\\n\", (long long)value);\n",
			name, machine, want, strings.ReplaceAll(spec, "%", "%%"), uint64(want))
	}
	for i, c := range x86 {
		// Memory here has each 8 bytes' own address in it.
		add(fmt.Sprintf("x86_%d", i), elf.EM_X86_64, c.spec, aligned(c.spec, c.want))
	}
	for i, c := range arm64 {
		add(fmt.Sprintf("arm64_%d", i), elf.EM_AARCH64, c.spec, c.want)
	}
	text += fmt.Sprintf(`
int main(void)
{
	struct pt_regs EM_X86_64 = {.ax = 0xfedcba9876543210, .bx = -123, .cx = 2, .sp = 0x20000, .ip = %#x};
	struct pt_regs EM_AARCH64 = {.regs = {[1] = 0xabcdfffffffe, 2, 0x8000, [30] = 0x30303030}, .sp = 0x20000};
	u64 value;

%s	return 0;
}
`, uint64(ip), body)
	if out := runC(t, text); out != "" {
		t.Error(out)
	}
}

// aligned is what 8 bytes of memory hold where they do not begin at a multiple
// of 8: only symbols lead there.
func aligned(spec string, want int64) int64 {
	if strings.Contains(spec, "buf") && !strings.Contains(spec, "$") {
		return want &^ 7
	}
	return want
}

func runC(t *testing.T, text string) string {
	t.Helper()
	text = strings.ReplaceAll(text, cookieCall, "cookie(ctx)")
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/t.c", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", "-O2", "-o", dir+"/t", dir+"/t.c").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, text)
	}
	out, err := exec.Command(dir + "/t").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Each form has its own way to read, errors give 0, and what is stored has the
// size of where it goes.
func TestReadersChoose(t *testing.T) {
	testenv.NeedProgram(t, "gcc")
	f, lists := formsOf(t, elf.EM_X86_64, "-4@%eax 8@%rcx", "-4@$-9", "-4@(%rdx)", "8f@%xmm0 8@%rcx")
	text := strings.Replace(machineText, "return 0; }", "return which; }", 1)
	text = strings.Replace(text, "static u64 cookie", "static u64 which;\nstatic u64 cookie", 1) +
		strings.TrimPrefix(Text([]string{"f"}, map[string]*Forms{"f": f}), "#include <uapi/linux/ptrace.h>\n") + `
int main(void)
{
	struct pt_regs regs = {.ax = -5, .cx = 0x1122334455667788};
	struct { u64 before, value, after; } v;
	int err;
`
	show := func(form, argument, size int) {
		text += fmt.Sprintf("\tv.before = v.value = v.after = -1; which = %d; err = _bpf_readarg_f_%d(&regs, &v.value, %d);\n"+
			"\tprintf(\"%%d %%llx%%s\\n\", err, (long long)v.value, v.before + v.after == -2 ? \"\" : \"!\");\n", form, argument, size)
	}
	var want strings.Builder
	for _, c := range []struct {
		form, argument, size int
		want                 string
	}{
		{f.Of(lists[0]), 1, 8, "0 fffffffffffffffb"}, {f.Of(lists[0]), 1, 4, "0 fffffffffffffffb"}, {f.Of(lists[1]), 1, 8, "0 fffffffffffffff7"},
		{f.Of(lists[2]), 1, 8, "-14 0"}, {f.Of(lists[3]), 1, 8, "-2 0"}, {9, 1, 8, "-2 0"}, {f.Of(lists[1]), 2, 8, "-2 0"},
		{f.Of(lists[0]), 2, 8, "0 1122334455667788"}, {f.Of(lists[3]), 2, 4, "0 ffffffff55667788"}, {f.Of(lists[3]), 2, 2, "0 ffffffffffff7788"},
		{f.Of(lists[3]), 2, 1, "0 ffffffffffffff88"}, {f.Of(lists[3]), 2, 3, "-22 ffffffffffffffff"}, {f.Of(lists[3]), 2, 16, "-22 ffffffffffffffff"},
	} {
		show(c.form, c.argument, c.size)
		want.WriteString(c.want + "\n")
	}
	if out := runC(t, text+"\treturn 0;\n}\n"); out != want.String() {
		t.Errorf("got\n%swant\n%s", out, want.String())
	}
}

func TestPlace(t *testing.T) {
	for spec, want := range map[string]string{"-4@%eax": "ax", "1@%ah": "second byte of ax", "-4@$-9": "$-9", "8@-8(%rbp)": "[bp-8]",
		"8@8(%rax,%rbx,4)": "[ax+bx*4+8]", "8@%xmm0": "?", "8@(,%rbx,8)": "[bx*8]"} {
		a := specsOf(t, elf.EM_X86_64, spec)[0]
		if got := a.Place(elf.EM_X86_64); got != want {
			t.Errorf("%s: %s", spec, got)
		}
	}
	if a := specsOf(t, elf.EM_AARCH64, "8@[x0, w1, sxtw 3]")[0]; a.Place(elf.EM_AARCH64) != "[regs[0]+regs[1]*8]" {
		t.Error(a.Place(elf.EM_AARCH64))
	}
}
