package layout

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf/btf"
)

func decode(t testing.TB, ct *Type, raw []byte) Value {
	t.Helper()
	v, err := ct.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// expectValue compares text and JSON of the value in raw.
func expectValue(t *testing.T, ct *Type, raw []byte, text, js string) {
	t.Helper()
	v := decode(t, ct, raw)
	if got := v.String(); got != text {
		t.Errorf("%s: text\n got %s\nwant %s", ct.Name, got, text)
	}
	out, err := json.Marshal(v)
	if err != nil || string(out) != js {
		t.Errorf("%s: JSON\n got %s, %v\nwant %s", ct.Name, out, err, js)
	}
}

func TestDecodeEvent(t *testing.T) {
	ct := recordedStruct(t, "event")
	expectValue(t, ct, rawEvent(4, 3), "ts=1099511627776 pid=4242 comm=sleep ret=-2",
		`{"ts":1099511627776,"pid":4242,"comm":"sleep","ret":-2}`)
	_, err := ct.Decode(make([]byte, 31))
	var tr *Truncated
	if !errors.Is(err, ErrTruncated) || !errors.As(err, &tr) || tr.Want != 32 || tr.Got != 31 {
		t.Errorf("got %v", err)
	}
}

// Values must outlive the buffer they came from.
func TestDecodeCopies(t *testing.T) {
	raw := rawEvent(0, 0)
	v := decode(t, recordedStruct(t, "event"), raw)
	before := v.String()
	clear(raw)
	if v.String() != before {
		t.Errorf("the value changed with its buffer: %v", v)
	}
}

func TestDecodeParts(t *testing.T) {
	ct := recordedStruct(t, "parts")
	raw := make([]byte, ct.Size)
	copy(raw, "a b")
	raw[16] = 7
	put := binary.NativeEndian
	put.PutUint16(raw[18:], 700)
	raw[24] = 9
	put.PutUint32(raw[32:], 0x41414141)
	put.PutUint64(raw[48:], math.MaxUint64)
	put.PutUint32(raw[56:], 5)
	put.PutUint16(raw[60:], 6)
	put.PutUint32(raw[64:], 0x01010101)
	put.PutUint32(raw[68:], 1<<31)
	raw[72] = 255
	expectValue(t, ct, raw,
		`comm="a b" in={x=7 y=700} ins=[{x=0 y=0} {x=9 y=0} {x=0 y=0}] un={a=1094795585 b=AAAA} `+
			`an={a=0 b=18446744073709551615} q=5 r=6 z=16843009 zz=[1 1 1 1] named={deep=-2147483648} last=255 tail=`,
		`{"comm":"a b","in":{"x":7,"y":700},"ins":[{"x":0,"y":0},{"x":9,"y":0},{"x":0,"y":0}],"un":{"a":1094795585,"b":"AAAA"},`+
			`"an":{"a":0,"b":18446744073709551615},"q":5,"r":6,"z":16843009,"zz":[1,1,1,1],"named":{"deep":-2147483648},"last":255,"tail":""}`)
	v := decode(t, ct, raw)
	if f, ok := v.Field("named.deep"); !ok {
		t.Error("no field named.deep")
	} else if n, ok := f.Int(); !ok || n != math.MinInt32 {
		t.Errorf("named.deep is %d, %v", n, ok)
	}
	for _, path := range []string{"nothing", "named.nothing", "last.x", ""} {
		if f, ok := v.Field(path); ok {
			t.Errorf("Field(%q) is %v", path, f)
		}
	}
	if fields := v.Fields(); len(fields) != 12 || fields[5].Name != "q" || fields[7].Name != "z" {
		t.Errorf("got fields %v", fields)
	}
}

func TestDecodeBits(t *testing.T) {
	if bigEndian {
		t.Skip("the recorded layout is little-endian; TestLoad covers both")
	}
	ct := recordedStruct(t, "bits")
	raw := make([]byte, ct.Size)
	// f1=5, f2=17, f3=0xabcdef0123, neg=-3, flag=1
	binary.LittleEndian.PutUint64(raw, 5|17<<3|0xabcdef0123<<8|13<<48|1<<52)
	binary.LittleEndian.PutUint16(raw[8:], 99)
	raw[10], raw[11], raw[12] = 0xf8|2, 200, 0xfc|3
	expectValue(t, ct, raw, "f1=5 f2=17 f3=737894400291 neg=-3 flag=true after=99 a=2 b=200 c=3",
		`{"f1":5,"f2":17,"f3":737894400291,"neg":-3,"flag":true,"after":99,"a":2,"b":200,"c":3}`)
}

func TestLoad(t *testing.T) {
	for _, tc := range []struct {
		raw       []byte
		off, size int
		big       bool
		hi, lo    uint64
	}{
		{[]byte{0x12, 0x34}, 0, 16, false, 0, 0x3412},
		{[]byte{0x12, 0x34}, 0, 16, true, 0, 0x1234},
		{[]byte{0xb5}, 0, 3, false, 0, 5},
		{[]byte{0xb5}, 0, 3, true, 0, 5},
		{[]byte{0xb5}, 3, 5, false, 0, 0x16},
		{[]byte{0xb5}, 3, 5, true, 0, 0x15},
		{[]byte{0xf0, 0x0f}, 4, 8, false, 0, 0xff},
		{[]byte{0xf0, 0x0f}, 4, 8, true, 0, 0},
		{[]byte{0x01, 0x80}, 7, 2, true, 0, 3},
		{[]byte{0, 0, 0, 0, 0, 0, 0, 0x80, 0x01}, 63, 2, false, 0, 3},
		{[]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, 0, 128, false, 0x100f0e0d0c0b0a09, 0x0807060504030201},
		{[]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, 0, 128, true, 0x0102030405060708, 0x090a0b0c0d0e0f10},
		{[]byte{0x80, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 7, 66, false, 2, 0x0202020202020203},
	} {
		got := load(tc.raw, tc.off, tc.size, tc.big)
		if got.hi != tc.hi || got.lo != tc.lo {
			t.Errorf("% x bits %d+%d big %v: got %#x %#x, want %#x %#x", tc.raw, tc.off, tc.size, tc.big, got.hi, got.lo, tc.hi, tc.lo)
		}
	}
}

// A big-endian machine's struct { u16 a:4; u16 b:12; u32 n; }.
func TestDecodeBigEndian(t *testing.T) {
	ct := fromBTF(t, &btf.Struct{Name: "s", Size: 8, Members: []btf.Member{
		bitsAt("a", 0, 4, cU16), bitsAt("b", 4, 12, cU16), at("n", 4, cU32)}})
	v := Value{typ: ct, raw: []byte{0x5a, 0xbc, 0, 0, 1, 2, 3, 4}, big: true}
	if got, want := v.String(), "a=5 b=2748 n=16909060"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDecodeScalars(t *testing.T) {
	color := recordedEnum(t)
	le := binary.NativeEndian
	u32 := func(n uint32) []byte { return le.AppendUint32(nil, n) }
	u64 := func(n uint64) []byte { return le.AppendUint64(nil, n) }
	signed := &btf.Enum{Name: "e", Size: 4, Signed: true, Values: []btf.EnumValue{{Name: "NEG", Value: math.MaxUint64}}}
	for _, tc := range []struct {
		c        btf.Type
		raw      []byte
		text, js string
	}{
		{cU64, u64(math.MaxUint64), "18446744073709551615", "18446744073709551615"},
		{cS32, u32(0x80000000), "-2147483648", "-2147483648"},
		{color, u32(5), "GREEN", `"GREEN"`},
		{color, u32(0xffffffff), "BLUE", `"BLUE"`},
		{color, u32(7), "7", "7"},
		{signed, u32(0xffffffff), "NEG", `"NEG"`},
		{signed, u32(0xfffffffe), "-2", "-2"},
		{cBool, []byte{0}, "false", "false"},
		{cBool, []byte{2}, "true", "true"},
		{&btf.Pointer{Target: cU8}, u64(0xffff888012345678), "0xffff888012345678", `"0xffff888012345678"`},
		{&btf.Pointer{Target: cU8}, u64(0), "0x0", `"0x0"`},
		{cChar, []byte{'x'}, "'x'", "120"},
		{cChar, []byte{0x80}, "-128", "-128"},
		{cFloat, u64(math.Float64bits(1.5)), "1.5", "1.5"},
		{cFloat, u64(math.Float64bits(math.Inf(-1))), "-Inf", `"-Inf"`},
		{cFloat, u64(math.Float64bits(math.NaN())), "NaN", `"NaN"`},
		{&btf.Float{Name: "float", Size: 4}, u32(math.Float32bits(0.1)), "0.1", "0.1"},
		{&btf.Float{Name: "half", Size: 2}, []byte{0xab, 0x01}, "ab01", `"ab01"`},
		{array(3, cU8), []byte{1, 2, 3}, "[1 2 3]", "[1,2,3]"},
		{array(2, array(2, cU8)), []byte{1, 2, 3, 4}, "[[1 2] [3 4]]", "[[1,2],[3,4]]"},
		{array(2, array(3, cChar)), []byte("ab\x00cde"), "[ab cde]", `["ab","cde"]`},
		{array(0, cU8), nil, "[]", "[]"},
		{&btf.Void{}, nil, "", `""`},
		{&btf.Struct{Name: "empty"}, nil, "", "{}"},
	} {
		expectValue(t, fromBTF(t, tc.c), tc.raw, tc.text, tc.js)
	}
}

func recordedEnum(t *testing.T) btf.Type {
	t.Helper()
	var e *btf.Enum
	if err := recorded(t).TypeByName("color", &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestDecode128(t *testing.T) {
	ct := recordedStruct(t, "scalars")
	raw := make([]byte, ct.Size)
	if bigEndian {
		t.Skip("the recorded layout is little-endian; TestLoad covers both")
	}
	raw[80+8] = 1
	for i := 96; i < 112; i++ {
		raw[i] = 0xff
	}
	raw[111] = 0x7f
	v := decode(t, ct, raw)
	big, _ := v.Field("big")
	sbig, _ := v.Field("sbig")
	if big.String() != "18446744073709551616" || sbig.String() != "170141183460469231731687303715884105727" {
		t.Errorf("got %v and %v", big, sbig)
	}
	if _, ok := big.Uint(); ok {
		t.Error("2^64 passed for a uint64")
	}
	raw[111] = 0x80
	clear(raw[96:111])
	sbig, _ = decode(t, ct, raw).Field("sbig")
	if sbig.String() != "-170141183460469231731687303715884105728" {
		t.Errorf("got %v", sbig)
	}
}

func TestText(t *testing.T) {
	comm := array(8, cChar)
	for _, tc := range []struct{ raw, text, nested, js string }{
		{"bash\x00xyz", "bash", "c=bash", `{"c":"bash"}`},
		{"12345678", "12345678", "c=12345678", `{"c":"12345678"}`},
		{"\x00\x00\x00\x00\x00\x00\x00\x00", "", "c=", `{"c":""}`},
		{"a b\x00    ", "a b", `c="a b"`, `{"c":"a b"}`},
		{"a\"b\x00    ", `a"b`, `c="a\"b"`, `{"c":"a\"b"}`},
		{"a\\b\x00    ", `a\b`, `c=a\b`, `{"c":"a\\b"}`},
		{"a\nb\x1b\x00   ", `"a\nb\x1b"`, `c="a\nb\x1b"`, `{"c":"a\u000ab\u001b"}`},
		{"caf\xe9\x00   ", `"caf\xe9"`, `c="caf\xe9"`, `{"c":"caf\\xe9"}`},
		{"é\ufffd\x00  ", "é\ufffd", "c=é\ufffd", "{\"c\":\"é\ufffd\"}"},
		{"<&>\u2028\x00 ", `"<&>\u2028"`, `c="<&>\u2028"`, `{"c":"<&>\u2028"}`},
	} {
		if len(tc.raw) != 8 {
			t.Fatalf("%q is %d bytes", tc.raw, len(tc.raw))
		}
		if got := decode(t, fromBTF(t, comm), []byte(tc.raw)).String(); got != tc.text {
			t.Errorf("%q: got %s, want %s", tc.raw, got, tc.text)
		}
		v := decode(t, fromBTF(t, &btf.Struct{Name: "s", Size: 8, Members: []btf.Member{at("c", 0, comm)}}), []byte(tc.raw))
		js, err := v.MarshalJSON()
		if err != nil || v.String() != tc.nested || string(js) != tc.js {
			t.Errorf("%q: got %s and %s, %v; want %s and %s", tc.raw, v, js, err, tc.nested, tc.js)
		}
		if !json.Valid(js) {
			t.Errorf("%q: invalid JSON %s", tc.raw, js)
		}
	}
}

func TestAccessors(t *testing.T) {
	s := decode(t, fromBTF(t, cS32), binary.NativeEndian.AppendUint32(nil, 0xffffffff))
	if n, ok := s.Int(); !ok || n != -1 {
		t.Errorf("Int got %d, %v", n, ok)
	}
	if n, ok := s.Uint(); ok {
		t.Errorf("Uint of -1 got %d", n)
	}
	u := decode(t, fromBTF(t, cU64), binary.NativeEndian.AppendUint64(nil, math.MaxUint64))
	if n, ok := u.Uint(); !ok || n != math.MaxUint64 {
		t.Errorf("Uint got %d, %v", n, ok)
	}
	if n, ok := u.Int(); ok {
		t.Errorf("Int of 2^64-1 got %d", n)
	}
	ones := make([]byte, 16)
	for i := range ones {
		ones[i] = 0xff
	}
	if n, ok := decode(t, fromBTF(t, intType("unsigned __int128", 16, btf.Unsigned)), ones).Int(); ok {
		t.Errorf("Int of 2^128-1 got %d", n)
	}
	arr := decode(t, fromBTF(t, array(2, cU8)), []byte{3, 4})
	sum := uint64(0)
	for i, e := range arr.Elems() {
		n, _ := e.Uint()
		sum += n << (8 * i)
	}
	if sum != 0x0403 {
		t.Errorf("elements add up to %#x", sum)
	}
	for range arr.Elems() {
		break
	}
	if _, ok := arr.Uint(); ok {
		t.Error("an array passed for an integer")
	}
	if arr.Type().Kind != Array || string(arr.Bytes()) != "\x03\x04" {
		t.Errorf("got %v, % x", arr.Type(), arr.Bytes())
	}
}

func TestZeroValue(t *testing.T) {
	var v Value
	js, err := json.Marshal(v)
	if v.String() != "" || string(js) != "null" || err != nil || v.Fields() != nil || v.Type() != nil {
		t.Errorf("got %q, %s, %v", v, js, err)
	}
	for range v.Elems() {
		t.Error("the zero Value has elements")
	}
	if _, ok := v.Uint(); ok {
		t.Error("the zero Value is an integer")
	}
}

// FuzzDecode prints any bytes as each of the recorded types.
func FuzzDecode(f *testing.F) {
	f.Add(rawEvent(0, 0))
	f.Add(make([]byte, 128))
	if raw, err := os.ReadFile(filepath.Join("testdata", "types.btf")); err == nil {
		f.Add(raw[:256])
	}
	var all []*Type
	for _, name := range []string{"scalars", "parts", "bits", "packedbits", "bitsafter", "grid", "event"} {
		all = append(all, recordedStruct(f, name))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, ct := range all {
			v, err := ct.Decode(raw)
			if (err != nil) != (len(raw) < ct.Size) {
				t.Fatalf("%s from %d bytes: %v", ct.Name, len(raw), err)
			}
			if err != nil {
				continue
			}
			_ = v.String()
			js, err := v.MarshalJSON()
			if err != nil || !json.Valid(js) {
				t.Fatalf("%s from % x: %v: %s", ct.Name, raw, err, js)
			}
		}
	})
}
