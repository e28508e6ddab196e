package layout

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
)

type color uint32

type octet byte

var cColor = &btf.Enum{Name: "color", Size: 4, Signed: true, Values: []btf.EnumValue{
	{Name: "RED", Value: 0}, {Name: "GREEN", Value: 7}, {Name: "NONE", Value: math.MaxUint64}}}

// cKey is a struct with padding after low.
var cKey = &btf.Struct{Name: "key", Size: 32, Members: []btf.Member{
	at("pid", 0, cU32), at("comm", 4, array(8, cChar)), bitsAt("low", 96, 3, cU8), at("when", 16, cU64), at("grid", 24, array(4, cU16))}}

func TestEncodeScalars(t *testing.T) {
	five := int8(5)
	for _, tc := range []struct {
		c    btf.Type
		in   any
		want string
	}{
		{cU8, 255, "255"},
		{cU8, uint64(7), "7"},
		{cU8, true, "1"},
		{cU8, &five, "5"},
		{cS32, -5, "-5"},
		{cS32, int64(math.MinInt32), "-2147483648"},
		{cU64, uint64(math.MaxUint64), "18446744073709551615"},
		{cBool, true, "true"},
		{cBool, 0, "false"},
		{cChar, byte('x'), "'x'"},
		{cChar, rune('y'), "'y'"},
		{cChar, -1, "-1"},
		{cChar, 255, "-1"},
		{cColor, "GREEN", "GREEN"},
		{cColor, "NONE", "NONE"},
		{cColor, -1, "NONE"},
		{cColor, color(7), "GREEN"},
		{&btf.Pointer{Target: &btf.Void{}}, uintptr(0xfeed), "0xfeed"},
		{cFloat, 2.5, "2.5"},
		{cFloat, 3, "3"},
		{cFloat, uint8(4), "4"},
		{&btf.Float{Name: "float", Size: 4}, float32(0.5), "0.5"},
		{intType("unsigned __int128", 16, btf.Unsigned), 9, "9"},
		{intType("__int128", 16, btf.Signed), -9, "-9"},
		{array(4, cChar), "abc", "abc"},
		{array(4, cChar), "abcd", "abcd"},
		{array(4, cChar), []byte("ab"), "ab"},
		{array(3, cU8), []octet{1, 2, 3}, "[1 2 3]"},
		{array(2, cU16), []int{1, 2}, "[1 2]"},
		{array(2, cU16), [2]any{1, uint16(2)}, "[1 2]"},
		{cU32, binary.NativeEndian.AppendUint32(nil, 6), "6"},
	} {
		v, err := fromBTF(t, tc.c).Encode(tc.in)
		if err != nil || v.String() != tc.want {
			t.Errorf("%v of %T %v: got %v, %v", tc.c, tc.in, tc.in, v, err)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	var none *int
	for _, tc := range []struct {
		c    btf.Type
		in   any
		want string
	}{
		{cU8, 256, "256 does not fit unsigned 8 bits"},
		{cU8, -1, "-1 does not fit unsigned 8 bits"},
		{cS32, uint32(1 << 31), "2147483648 does not fit signed 32 bits"},
		{cU64, -1, "unsigned 64 bits"},
		{cBool, 2, "2 does not fit"},
		{cChar, 256, "256 does not fit"},
		{cU32, "7", "parse it"},
		{cU32, 1.5, "Go float64 does not fit"},
		{cU32, nil, "nil"},
		{cU32, none, "nil *int"},
		{cU32, []byte{1, 2, 3}, "3 bytes given, it has 4"},
		{cU32, struct{}{}, "C u32"},
		{cU32, func() {}, "Go func() does not fit"},
		{cU32, []int{1}, "Go []int does not fit"},
		{cU32, map[string]int{}, "does not fit"},
		{cU32, Value{}, "zero Value"},
		{cColor, "BLUE", "none of its names"},
		{array(4, cChar), "abcde", "5 bytes, it holds 4"},
		{array(4, cChar), [3]byte{}, "3 bytes given"},
		{array(2, cU16), []int{1}, "1 values given, it has 2"},
		{array(2, cU16), []int{1, 70000}, "C [1] (u16): 70000 does not fit"},
		{array(2, cU16), 3, "Go int does not fit"},
		{array(2, cU16), true, "Go bool does not fit"},
		{&btf.Float{Name: "long double", Size: 16}, 1.5, "no float of 16 bytes"},
		{cKey, []any{1, "a", 8, 0, []int{1, 2, 3, 4}}, "C low (u8): 8 does not fit unsigned 3 bits"},
		{cKey, []any{1, "a"}, "2 values given, it has 5"},
		{cKey, map[string]any{"pidd": 1}, `no member "pidd"`},
		{cKey, map[string]any{"grid": []int{1, 2, 3, -4}}, "C grid[3] (u16): -4"},
		{cKey, struct{ PID uint32 }{}, "no field for C comm"},
	} {
		_, err := fromBTF(t, tc.c).Encode(tc.in)
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(tc.want)) {
			t.Errorf("%v of %T: got %v, want %q in it", tc.c, tc.in, err, tc.want)
		}
		var ve *ValueError
		var mm *Mismatch
		if !errors.As(err, &ve) && !errors.As(err, &mm) {
			t.Errorf("%v of %T: error of type %T", tc.c, tc.in, err)
		}
	}
}

func TestEncodeStructs(t *testing.T) {
	type key struct {
		PID  uint32
		Comm [8]byte
		Low  uint8
		_    [3]byte
		When uint64
		Grid [4]uint16
	}
	ct := fromBTF(t, cKey)
	const want = "pid=7 comm=sh low=5 when=9 grid=[1 2 3 4]"
	asStruct := key{PID: 7, Comm: [8]byte{'s', 'h'}, Low: 5, When: 9, Grid: [4]uint16{1, 2, 3, 4}}
	for name, in := range map[string]any{
		"struct":   asStruct,
		"pointer":  &asStruct,
		"list":     []any{7, "sh", 5, 9, []int{1, 2, 3, 4}},
		"map":      map[string]any{"pid": 7, "comm": "sh", "low": 5, "when": 9, "grid": [4]uint16{1, 2, 3, 4}},
		"its text": mustParse(t, ct, want),
	} {
		v, err := ct.Encode(in)
		if err != nil || v.String() != want {
			t.Errorf("%s: got %v, %v", name, v, err)
		}
		if !bytes.Equal(v.Bytes(), mustParse(t, ct, want).Bytes()) {
			t.Errorf("%s: bytes % x", name, v.Bytes())
		}
	}
	if v, err := ct.Encode(map[string]any{"when": 1}); err != nil || v.String() != "pid=0 comm= low=0 when=1 grid=[0 0 0 0]" {
		t.Errorf("got %v, %v", v, err)
	}
}

// A Value converts to a type of another width if it is an integer in range.
func TestEncodeValue(t *testing.T) {
	small := mustParse(t, fromBTF(t, cU8), "200")
	if v, err := fromBTF(t, cU64).Encode(small); err != nil || v.String() != "200" {
		t.Errorf("got %v, %v", v, err)
	}
	low, _ := mustParse(t, fromBTF(t, cKey), "{.low = 6}").Field("low")
	if v, err := fromBTF(t, cS32).Encode(low); err != nil || v.String() != "6" {
		t.Errorf("got %v, %v", v, err)
	}
	if _, err := fromBTF(t, cU8).Encode(mustParse(t, fromBTF(t, cU64), "256")); err == nil {
		t.Error("256 fits u8")
	}
	if _, err := fromBTF(t, cU8).Encode(mustParse(t, fromBTF(t, cKey), ".pid = 1")); err == nil {
		t.Error("a struct fits u8")
	}
}

func TestStoreIsLoadsInverse(t *testing.T) {
	n := word{hi: 0xfedcba9876543210, lo: 0x0123456789abcdef}
	for _, big := range []bool{false, true} {
		for off := range 8 {
			for size := 1; size <= 128; size++ {
				raw := bytes.Repeat([]byte{0xa5}, 18)
				store(raw, off, size, big, n)
				if got := load(raw, off, size, big); got != n.truncate(size) {
					t.Fatalf("big %v bits %d+%d: got %v, want %v", big, off, size, got, n.truncate(size))
				}
				store(raw, off, size, big, load(bytes.Repeat([]byte{0xa5}, 18), off, size, big))
				if !bytes.Equal(raw, bytes.Repeat([]byte{0xa5}, 18)) {
					t.Fatalf("big %v bits %d+%d: other bits were changed: % x", big, off, size, raw)
				}
			}
		}
	}
}
