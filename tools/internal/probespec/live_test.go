package probespec

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// counted is how a program counts what ran: by the index of the text, the place
// and a value.
const counted = `
#include <uapi/linux/ptrace.h>

struct key {
	u64 text;
	u64 place;
	u64 value;
};

BPF_HASH(counts, struct key, u64);

static inline int count(u64 text, u64 place, u64 value)
{
	struct key key = {.text = text, .place = place, .value = value};

	counts.increment(key);
	return 0;
}
`

// key is the program's struct key.
type key struct{ Text, Place, Value uint64 }

// write writes the functions of a text, with a C expression for the value.
func write(p *Places, text int, value string) string {
	var b strings.Builder
	for _, program := range p.Programs() {
		context := program.Context
		if g := p.spec.Signature; g != nil {
			for _, param := range g.Params {
				context += ", " + param.Text
			}
		}
		fmt.Fprintf(&b, "\nint %s(%s)\n{\n%s\tint arg = 0;\n\n", program.Function, context, program.Prologue)
		if len(program.Args) > 0 {
			fmt.Fprintf(&b, "\tbpf_usdt_readarg(1, ctx, &arg);\n")
		}
		fmt.Fprintf(&b, "\treturn count(%d, %s, %s);\n}\n", text, program.Place, value)
	}
	return b.String()
}

// Texts of all kinds, some about the same place, are traced by one program.
func TestLiveSeveral(t *testing.T) {
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedProgram(t, "gcc")
	testenv.NeedSDT(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getpgid")
	path := tooltest.BuildCallee(t)
	c := tooltest.StartCallee(t, path, testenv.StartCmd)
	address := addressOf(t, path, "nap")
	tests := []struct {
		text, value string
		want        map[string]int // by place and value
	}{
		{"p:" + path + ":alpha(int x)", "x", map[string]int{"alpha 1": 4}},
		{path + ":a*a", "PT_REGS_PARM1(ctx)", map[string]int{"alpha 1": 4}},
		{"r:" + path + ":nap", "PT_REGS_RC(ctx)", map[string]int{"nap 1": 2}},
		{"r:" + path + ":*a*p*", "6", map[string]int{"nap 6": 2, "alpha 6": 4}},
		{fmt.Sprintf("%s:%#x", path, address), "7", map[string]int{fmt.Sprintf("%#x 7", address): 2}},
		{"t:syscalls:sys_enter_getpgid", "args->pid + 5", map[string]int{"syscalls:sys_enter_getpgid 5": 3}},
		{"t:syscalls:sys_*_getpgid", "1", map[string]int{"syscalls:sys_enter_getpgid 1": 3, "syscalls:sys_exit_getpgid 1": 3}},
		{"u:" + path + ":callee:one", "arg * 0 + 3", map[string]int{"callee:one 3": 5}},
		{"u:" + path + ":callee:*", "4", map[string]int{"callee:one 4": 5, "callee:two 4": 6}},
		{"u::*o*", "9", map[string]int{"callee:one 9": 5, "two 9": 6}},
	}
	text := counted
	var set Set
	for i, test := range tests {
		s, err := Syntax{Kinds: "prtu"}.ParseHead(test.text, false)
		if err != nil {
			t.Fatal(err)
		}
		p, err := set.Find(s, c.Pid())
		if err != nil {
			t.Fatal(err)
		}
		text += write(p, i, test.value)
	}
	m, err := bccgo.Load(text, set.Options())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, p := range set.Places() {
		if _, err := p.Attach(m); err != nil {
			t.Fatal(err)
		}
	}
	for name, times := range map[string]int{"alpha": 4, "nap": 2, "call": 3, "one": 5, "two": 6} {
		c.Call(name, times)
	}
	counts, err := bccgo.Map[key, uint64](m, "counts")
	if err != nil {
		t.Fatal(err)
	}
	got := make([]map[string]int, len(tests))
	for k, n := range counts.All() {
		if got[k.Text] == nil {
			got[k.Text] = make(map[string]int)
		}
		got[k.Text][fmt.Sprint(set.Places()[k.Text].Name(k.Place), " ", int64(k.Value))] = int(n)
	}
	for i, test := range tests {
		if !maps.Equal(got[i], test.want) {
			t.Errorf("%s: got %v, want %v", test.text, got[i], test.want)
		}
	}
}

func addressOf(t *testing.T, path, function string) uint64 {
	t.Helper()
	found, err := bccgo.UserFunctions(path, function)
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	return found[0].Address
}
