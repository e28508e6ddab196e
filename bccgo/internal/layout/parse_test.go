package layout

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
)

func mustParse(t testing.TB, ct *Type, text string) Value {
	t.Helper()
	v, err := ct.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

var (
	cPair  = &btf.Struct{Name: "pair", Size: 8, Members: []btf.Member{at("x", 0, cS32), at("c", 4, cColor)}}
	cUnion = &btf.Union{Size: 4, Members: []btf.Member{at("u", 0, cU32), at("w", 0, array(2, cU16))}}
	cOuter = &btf.Struct{Name: "outer", Size: 40, Members: []btf.Member{
		at("id", 0, cU32), at("name", 4, array(8, cChar)), at("", 12, cUnion), at("in", 16, cPair), at("list", 24, array(2, cPair))}}
)

func TestParse(t *testing.T) {
	const whole = "id=5 name=hi u=9 w=[9 0] in={x=-1 c=GREEN} list=[{x=1 c=RED} {x=2 c=NONE}]"
	for _, tc := range []struct {
		c        btf.Type
		in, want string
	}{
		{cU32, "42", "42"},
		{cU32, " 0x2a ", "42"},
		{cU32, "052", "42"},
		{cU32, "0b11", "3"},
		{cS32, "-7", "-7"},
		{cS32, "0xffffffff", "-1"},
		{cChar, "'x'", "'x'"},
		{cChar, `'\n'`, "10"},
		{cChar, "65", "'A'"},
		{cBool, "true", "true"},
		{cBool, "1", "true"},
		{cColor, "GREEN", "GREEN"},
		{cColor, "7", "GREEN"},
		{cFloat, "1.5e3", "1500"},
		{&btf.Pointer{Target: &btf.Void{}}, "0xffff8880", "0xffff8880"},
		{intType("unsigned __int128", 16, btf.Unsigned), "0xffffffffffffffffffffffffffffffff", "340282366920938463463374607431768211455"},
		{intType("__int128", 16, btf.Signed), "-170141183460469231731687303715884105728", "-170141183460469231731687303715884105728"},
		{array(8, cChar), "a b, c", "a b, c"},
		{array(8, cChar), `"a\tb"`, `"a\tb"`},
		{array(8, cChar), "", ""},
		{array(3, cU8), "1 2 3", "[1 2 3]"},
		{array(3, cU8), "{ 1, 2, 3, }", "[1 2 3]"},
		{array(3, cU8), "[ 0x1 0x2 0x3 ]", "[1 2 3]"},
		{cPair, "{ -1, GREEN }", "x=-1 c=GREEN"},
		{cPair, "-1 7", "x=-1 c=GREEN"},
		{cPair, "{ .c = GREEN }", "x=0 c=GREEN"},
		{cUnion, "9", "u=9 w=[9 0]"},
		{cUnion, "{ .w = { 1, 2 } }", "u=131073 w=[1 2]"},
		{cOuter, `{ 0x5, "hi", { 9 }, { -1, GREEN }, { { 1, RED }, { 2, NONE } } }`, whole},
		{cOuter, `{ 0x5 "hi" { 0x9 } { 0xffffffff 0x7 } [ { 0x1 0x0 } { 0x2 0xffffffff } ] }`, whole},
		{cOuter, `{5,hi,{.u=9},{-1,GREEN},[{1,RED},{2,NONE}]}`, whole},
		{cOuter, `.list = { {1, RED}, {2, NONE} }, .in = { .x = -1, .c = GREEN }, .u = 9, .name = "hi", .id = 5`, whole},
		{cOuter, `id=1 name= u=2`, "id=1 name= u=2 w=[2 0] in={x=0 c=RED} list=[{x=0 c=RED} {x=0 c=RED}]"},
		{cOuter, whole, whole},
	} {
		v, err := fromBTF(t, tc.c).Parse(tc.in)
		if err != nil || v.String() != tc.want {
			t.Errorf("%q: got %v, %v; want %s", tc.in, v, err, tc.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tc := range []struct {
		c        btf.Type
		in, want string
	}{
		{cU32, "", "no value"},
		{cU32, "x", `"x" is no number`},
		{cU32, "1 2", `"2" is left over`},
		{cU32, "4294967296", "does not fit unsigned 32 bits"},
		{cU32, "-1", "does not fit"},
		{cU32, "1.5", "no number"},
		{cU32, "{1}", "no value"},
		{cS32, "0x100000000", "does not fit"},
		{cChar, "'ab'", "does not end"},
		{cChar, "'", "does not end"},
		{cColor, "PINK", "none of its names"},
		{cFloat, "x", "no number"},
		{intType("__int128", 16, btf.Signed), "-170141183460469231731687303715884105729", "no number"},
		{intType("unsigned __int128", 16, btf.Unsigned), "0x1ffffffffffffffffffffffffffffffff", "no number"},
		{array(4, cChar), "abcde", "holds 4"},
		{array(4, cChar), `"a`, "does not end"},
		{array(4, cChar), `"\q"`, "does not end"},
		{array(3, cU8), "{1, 2}", "2 of its 3 elements"},
		{array(3, cU8), "{1, 2, 3, 4}", `no '}'`},
		{array(3, cU8), "{1, 2, 256}", "C [2] (u8): 256"},
		{cPair, "{ 1 }", "1 of its 2 members"},
		{cPair, "{ 1, 2, 3 }", "more than its 2 members"},
		{cPair, "{ 1, 2", `no '}'`},
		{cPair, "{ 1, 2 ]", `no '}'`},
		{cPair, "{ .y = 1 }", `no member "y"`},
		{cPair, "{ .x = 1, 2 }", "more than"},
		{cPair, "", "0 of its 2 members"},
		{cOuter, "{ 1, hi, 2, {1, 2}, {{1, 2}, {1, 2}} }", "no { or ["},
		{cOuter, "{ .in = { .x = 99999999999 } }", "C in.x (s32)"},
		{&btf.Void{}, "1", "size is not known"},
	} {
		_, err := fromBTF(t, tc.c).Parse(tc.in)
		if _, ok := err.(*ValueError); !ok || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q: got %v, want %q in it", tc.in, err, tc.want)
		}
	}
}

// FuzzParse looks for texts that panic, and for numbers whose own text is not
// read back.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"1 2", "{ 1, RED }", "{ .x = 0xff }", "x=-1 c=GREEN", "{{{", "\"", "'a'", "[1 2", ",,", "= =", ". .x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, bt := range []btf.Type{cOuter, cUnion, cFloat, array(4, cChar)} {
			_, _ = fromBTF(t, bt).Parse(text)
		}
		for _, bt := range []btf.Type{cPair, array(2, cPair), cU32, cChar} {
			v, err := fromBTF(t, bt).Parse(text)
			if err != nil {
				continue
			}
			again, err := fromBTF(t, bt).Parse(v.String())
			if err != nil || !bytes.Equal(again.Bytes(), v.Bytes()) {
				t.Errorf("%q: printed %q, read back as %v, %v", text, v, again, err)
			}
		}
	})
}
