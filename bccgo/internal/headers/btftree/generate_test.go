package btftree

import (
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
)

// small is a kernel with a few types that refer to each other.
func small(t testing.TB) *Kernel {
	inode := &btf.Struct{Name: "inode", Size: 8, Members: []btf.Member{{Name: "i_ino", Type: tLong}}}
	other := &btf.Struct{Name: "other", Size: 4, Members: []btf.Member{{Name: "o", Type: tU32}}}
	pair := &btf.Typedef{Name: "pair_t", Type: &btf.Struct{Size: 4, Members: []btf.Member{{Name: "counter", Type: tInt}}}}
	state := &btf.Enum{Name: "state", Size: 4, Values: []btf.EnumValue{{Name: "OPEN", Value: 1}, {Name: "CLOSED", Value: 2}}}
	more := &btf.Enum{Name: "more", Size: 4, Values: []btf.EnumValue{{Name: "OPEN", Value: 7}}}
	narrow := &btf.Enum{Name: "narrow", Size: 1, Values: []btf.EnumValue{{Name: "SLIM", Value: 1}}}
	call := &btf.FuncProto{Return: tInt, Params: []btf.FuncParam{{Name: "i", Type: &btf.Pointer{Target: inode}}}}
	file := &btf.Struct{Name: "file", Size: 56, Members: []btf.Member{
		{Name: "f_inode", Type: &btf.Pointer{Target: inode}},
		{Name: "f_other", Type: &btf.Pointer{Target: other}, Offset: bytesAt(8)},
		{Name: "f_pair", Type: pair, Offset: bytesAt(16)},
		{Name: "f_state", Type: state, Offset: bytesAt(20)},
		{Name: "f_call", Type: &btf.Pointer{Target: call}, Offset: bytesAt(24)},
		{Name: "asm", Type: &btf.Const{Type: tInt}, Offset: bytesAt(32)},
		{Name: "f_names", Type: &btf.Array{Index: tInt, Type: &btf.Const{Type: &btf.Pointer{Target: &btf.Const{Type: tChar}}}, Nelems: 2}, Offset: bytesAt(40)},
	}}
	size := &btf.Typedef{Name: "size_t", Type: tLong}
	return kernelOf(t, file, more, narrow, size)
}

func generate(t *testing.T, k *Kernel, r *Request) (*Header, string) {
	t.Helper()
	h, err := Generate(k, r)
	if err != nil {
		t.Fatal(err)
	}
	return h, h.Text
}

func has(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
}

func hasNot(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q in\n%s", part, text)
		}
	}
}

func TestPruning(t *testing.T) {
	k := small(t)
	_, text := generate(t, k, &Request{Text: "int f(struct file *f) { return f->f_inode != 0; }"})
	has(t, text, "struct inode {\n\tlong unsigned int i_ino;\n};", "struct inode *f_inode;", "struct other *f_other;",
		"typedef struct {\n\tint counter;\n} pair_t;", "enum state {\n\tOPEN = 1,", "void *f_call;", "const int asm_;", "const char *const f_names[2];")
	hasNot(t, text, "struct other {", "enum narrow")

	_, text = generate(t, k, &Request{Text: "int f(void *p) { return 0; }"})
	hasNot(t, text, "struct file {", "struct inode {")

	_, text = generate(t, k, &Request{Text: "int f(struct file *f) { return f->f_call == 0; }"})
	has(t, text, "int (*f_call)(struct inode *);")

	_, text = generate(t, k, &Request{Text: "int f(void *p) { return SLIM; }"})
	has(t, text, "enum narrow {\n\tSLIM = 1,\n} __attribute__((mode(QI)));")

	_, text = generate(t, k, &Request{Text: "int f(void *p) { return 0; }", More: []string{"struct inode"}})
	has(t, text, "struct inode {")

	_, text = generate(t, k, &Request{Text: "int f(struct CONTEXT *p) { return 0; }", Cflags: []string{"-DCONTEXT=inode"}})
	has(t, text, "struct inode {")

	_, text = generate(t, k, &Request{Text: "int f(void *p) { return 0; }", Formats: []string{"\tfield:enum narrow x;\toffset:8;"}})
	has(t, text, "enum narrow {")
}

// TestClashes: what a text defines is the text's, and the kernel's gets another
// name.
func TestClashes(t *testing.T) {
	k := small(t)
	_, text := generate(t, k, &Request{Text: `
struct inode { int mine; };
typedef struct inode pair_t;
enum mine { OPEN, CLOSED };
int f(struct file *f) { return f->f_inode != 0; }`})
	has(t, text, "struct inode___2 {", "struct inode___2 *f_inode;", "} pair_t___2;", "OPEN___2 = 1,")
	hasNot(t, text, "struct inode {", " pair_t;", "\tOPEN = ")

	h, text := generate(t, k, &Request{Text: "int f(void *p) { return OPEN; }"})
	if len(h.Ambiguous) != 1 || h.Ambiguous[0] != "OPEN" {
		t.Errorf("two enums have OPEN, told: %v\n%s", h.Ambiguous, text)
	}

	_, text = generate(t, k, &Request{Text: "int f(struct file *f) { return 0; }", Cflags: []string{"-Df_inode=5", "-D", "OPEN", "-DF(x)=x", "-O2"}})
	has(t, text, "#pragma push_macro(\"f_inode\")\n#undef f_inode\n", "#undef OPEN\n", "#undef F\n", "#pragma pop_macro(\"f_inode\")\n")
}

func TestConstants(t *testing.T) {
	config := Config{"CONFIG_A": "y", "CONFIG_B": "m", "CONFIG_N": "64", "CONFIG_S": `"x"`, "CONFIG_UNUSED": "y"}
	const text = "#if CONFIG_A && CONFIG_B_MODULE && CONFIG_N && CONFIG_S && CONFIG_OFF && CONFIG_B\n#endif\n"
	_, got := generate(t, small(t), &Request{Text: text, Config: config, Version: 0x060112})
	has(t, got, "#define CONFIG_A 1\n", "#define CONFIG_B_MODULE 1\n", "#define CONFIG_N 64\n", "#define CONFIG_S \"x\"\n", "#define LINUX_VERSION_CODE 393490\n")
	hasNot(t, got, "CONFIG_UNUSED", "CONFIG_OFF", "CONFIG_B 1")

	h, got := generate(t, small(t), &Request{Text: text})
	if !slices.Contains(h.Unknown, "CONFIG_A") || slices.Contains(h.Unknown, "CONFIG_BPF_SYSCALL") {
		t.Errorf("without a configuration unknown: %v", h.Unknown)
	}
	has(t, got, "#define CONFIG_BPF_SYSCALL 1\n")
}

// TestEnabled: the macros that ask for an option make names of pieces.
func TestEnabled(t *testing.T) {
	_, got := generate(t, small(t), &Request{Text: "#if IS_ENABLED(CONFIG_IPV6)\n#endif\n", Config: Config{"CONFIG_IPV6": "m"}})
	has(t, got, "#define __ARG_PLACEHOLDER_1 0,\n", "#define CONFIG_IPV6_MODULE 1\n", "#define IS_ENABLED(")

	_, got = generate(t, small(t), &Request{Text: "#define LEVEL(x) LOGLEVEL_NONE_##x\n#define S(x) SIGST##x\nint n = S(OP);\n"})
	has(t, got, "#define SIGSTOP ")
}

// TestDeclaredNames: a macro of the shims does not replace what the text declares
// by the same name.
func TestDeclaredNames(t *testing.T) {
	_, got := generate(t, small(t), &Request{Text: "struct ev { u16 sk_family, x; struct file *sk_prot; char *sk_state; };"})
	hasNot(t, got, "#define sk_family", "#define sk_prot", "#define sk_state")
	_, got = generate(t, small(t), &Request{Text: "int f(struct file *f) { return f->sk_family * HZ; }"})
	has(t, got, "#define sk_family", "#define HZ")

	names := declaredBy("struct a { u32 pid; char comm[16]; int b : 3, c; struct x *next; u64 **deep; }; int f(struct y *arg) { u64 t = 1; return other; goto out; n * count; }")
	for name, want := range map[string]bool{"pid": true, "comm": true, "b": true, "next": true, "deep": true, "arg": true, "t": true, "other": false, "out": false, "count": false} {
		if names[name] != want {
			t.Errorf("%s: declared %v", name, names[name])
		}
	}
}

// TestHelperNumbers: a kernel that has fewer functions for programs than libbcc
// names gets the others' numbers.
func TestHelperNumbers(t *testing.T) {
	ids := &btf.Enum{Name: "bpf_func_id", Size: 4, Values: []btf.EnumValue{
		{Name: "BPF_FUNC_unspec"}, {Name: "BPF_FUNC_map_lookup_elem", Value: 1}}}
	_, text := generate(t, kernelOf(t, ids), &Request{})
	has(t, text, "\tBPF_FUNC_map_lookup_elem = 1,\n", "#define BPF_FUNC_map_update_elem 2\n", "#define BPF_FUNC_ringbuf_output 130\n")
	hasNot(t, text, "#define BPF_FUNC_map_lookup_elem ")
}

// A flag that the kernel has an enumerator for is that, or the bit that it counts.
func TestFlagsOfEnumerators(t *testing.T) {
	const text = "int f(u32 flags) { return flags & RQF_IO_STAT ? PF_VCPU : 0; }"
	bits := &btf.Enum{Name: "rqf_flags", Size: 4, Values: []btf.EnumValue{{Name: "__RQF_STARTED"}, {Name: "__RQF_IO_STAT", Value: 8}}}
	flags := &btf.Enum{Name: "flags", Size: 4, Values: []btf.EnumValue{{Name: "PF_VCPU", Value: 64}}}
	request := &btf.Typedef{Name: "req_flags_t", Type: tInt}
	_, header := generate(t, kernelOf(t, bits, flags, request), &Request{Text: text})
	has(t, header, "#define RQF_IO_STAT ((req_flags_t)(1 << __RQF_IO_STAT))\n", "\t__RQF_IO_STAT = 8,\n", "\tPF_VCPU = 64,\n")
	hasNot(t, header, "#define PF_VCPU")
	_, header = generate(t, kernelOf(t, request), &Request{Text: text})
	has(t, header, "#define RQF_IO_STAT ((req_flags_t)(1 << 13))\n", "#define PF_VCPU ")
}

func TestModules(t *testing.T) {
	base := small(t)
	read := 0
	base.OfferModule("first", func() ([]byte, error) { read++; return rawOf(t, tInt), nil })
	base.OfferModule("second", func() ([]byte, error) {
		read++
		return rawOf(t, &btf.Struct{Name: "in_module", Size: 4, Members: []btf.Member{{Name: "m", Type: tInt}}}), nil
	})
	generate(t, base, &Request{Text: "int f(struct file *f) { return 0; }"})
	if read != 0 {
		t.Errorf("%d modules' types were read for nothing", read)
	}
	if _, err := Generate(base, &Request{Text: "int f(struct in_module *m) { return 0; }"}); err == nil {
		t.Error("types that are not split from the kernel's were taken for a module's")
	}
	if read != 2 {
		t.Errorf("%d modules' types were read", read)
	}
}

func TestFindSources(t *testing.T) {
	s, err := FindSources("#include <linux/sched.h>\n#include \"net/sock.h\"\n#include <bcc/proto.h>\n#include <linux/sched.h>\n", nil)
	if err != nil || !slices.Equal(s.Includes, []string{"linux/sched.h", "net/sock.h"}) {
		t.Errorf("%v, %v", s, err)
	}
	for _, name := range []string{"../../etc/passwd", "linux/../../x.h", "./x.h", "linux//x.h"} {
		if _, err := FindSources("#include <"+name+">\n", nil); err == nil || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
