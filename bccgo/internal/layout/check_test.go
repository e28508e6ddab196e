package layout

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/cilium/ebpf/btf"
)

type commName [16]byte

type innerGo struct {
	X uint8
	_ [1]byte
	Y uint16
}

func TestCheckRecordedEvent(t *testing.T) {
	ct := recordedStruct(t, "event")
	for _, g := range []reflect.Type{
		reflect.TypeFor[struct {
			Ts   uint64
			Pid  uint32
			Comm [16]byte
			Ret  int32
		}](),
		reflect.TypeFor[struct {
			TS   uint
			PID  uint32
			Comm [16]int8
			Ret  int32
		}](),
		reflect.TypeFor[struct {
			When uint64 `bcc:"ts"`
			Pid  [4]byte
			Comm commName
			_    [4]byte `bcc:"ret"`
		}](),
		reflect.TypeFor[[32]byte](),
	} {
		if err := Check(ct, g); err != nil {
			t.Errorf("%v: %v", g, err)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	type named struct{ A uint32 }
	for _, tc := range []struct {
		name          string
		goType        reflect.Type
		field, reason string
	}{
		{"too short", reflect.TypeFor[struct {
			Ts  uint64
			Pid uint32
		}](), "comm", "Go has no field for C comm"},
		{"too long", reflect.TypeFor[struct {
			Ts   uint64
			Pid  uint32
			Comm [16]byte
			Ret  int32
			More uint64
		}](), "More", "has no member for Go field More"},
		{"signedness", reflect.TypeFor[struct {
			Ts   uint64
			Pid  int32
			Comm [16]byte
			Ret  int32
		}](), "pid", "C u32 is unsigned, Go int32 is signed"},
		{"width", reflect.TypeFor[struct {
			Ts   uint64
			Pid  uint64
			Comm [16]byte
			Ret  int32
		}](), "pid", "C u32 is 4 bytes, Go uint64 is 8 bytes"},
		{"array length", reflect.TypeFor[struct {
			Ts   uint64
			Pid  uint32
			Comm [15]byte
			Ret  int32
		}](), "comm", "has 16 elements"},
		{"missing in the middle", reflect.TypeFor[struct {
			Ts   uint64
			Comm [16]byte
			Ret  int32
		}](), "pid", "no field for C pid"},
		{"order", reflect.TypeFor[struct {
			Ts   uint64
			Ret  uint32
			Comm [16]byte
			Pid  int32
		}](), "pid", "Go has Ret, which C has elsewhere"},
		{"name", reflect.TypeFor[struct {
			Ts   uint64
			Proc uint32
			Comm [16]byte
			Ret  int32
		}](), "pid", "names differ: C has pid, Go has Proc; rename it or tag it `bcc:\"pid\"`"},
		{"tag of another", reflect.TypeFor[struct {
			Ts   uint64
			Pid  uint32 `bcc:"tgid"`
			Comm [16]byte
			Ret  int32
		}](), "pid", "tagged tgid"},
		{"blank over a member", reflect.TypeFor[struct {
			Ts   uint64
			_    uint32
			Comm [16]byte
			Ret  int32
		}](), "pid", "blank Go field covers C pid"},
		{"blank tagged wrong", reflect.TypeFor[struct {
			Ts   uint64
			_    uint32 `bcc:"ret"`
			Comm [16]byte
			Ret  int32
		}](), "pid", "blank Go field tagged ret"},
		{"blank too many", reflect.TypeFor[struct {
			Ts   uint64
			Pid  uint32
			Comm [16]byte
			Ret  int32
			_    [8]byte
		}](), "", "C struct event is 32 bytes"},
		{"tagged blank left over", reflect.TypeFor[struct {
			Ts   uint64
			Pid  uint32
			Comm [16]byte
			Ret  int32
			_    [0]byte `bcc:"more"`
		}](), "_", "no member for Go field _"},
		{"string", reflect.TypeFor[struct {
			Ts   uint64
			Pid  uint32
			Comm string
		}](), "Comm", "string holds a pointer"},
		{"nested pointer", reflect.TypeFor[struct {
			In [2]struct{ P *int }
		}](), "In[].P", "Go pointer must not"},
		{"slice", reflect.TypeFor[[]byte](), "", "slice holds a pointer"},
		{"map", reflect.TypeFor[struct{ M map[int]int }](), "M", "map holds"},
		{"interface", reflect.TypeFor[struct{ I any }](), "I", "interface holds"},
		{"unsafe pointer", reflect.TypeFor[struct{ U unsafe.Pointer }](), "U", "Go pointer"},
		{"scalar", reflect.TypeFor[uint64](), "", "cannot be read as Go uint64"},
		{"other struct", reflect.TypeFor[named](), "ts", "C has ts (u64) at offset 0, Go has A (uint32)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := Check(recordedStruct(t, "event"), tc.goType)
			expectMismatch(t, err, tc.field, tc.reason)
		})
	}
}

func expectMismatch(t *testing.T, err error, field, reason string) {
	t.Helper()
	var m *Mismatch
	if !errors.As(err, &m) {
		t.Fatalf("got %v, want a *Mismatch", err)
	}
	if m.Field != field || !strings.Contains(m.Reason, reason) {
		t.Errorf("got %q: %q, want %q: %q", m.Field, m.Reason, field, reason)
	}
	marked := 0
	for _, r := range m.Rows {
		if r.First {
			marked++
		}
	}
	if marked != 1 {
		t.Errorf("%d rows are marked as the first difference, want 1:\n%v", marked, err)
	}
}

func TestCheckParts(t *testing.T) {
	type small struct {
		A uint32
		_ [4]byte
	}
	ct := recordedStruct(t, "parts")
	type tail struct {
		Named struct{ Deep int32 }
		Last  uint8
		_     [7]byte
	}
	type Anon struct {
		Q uint32
		R uint16
		_ [2]byte
	}
	type an struct {
		A uint32
		_ [4]byte
		B uint64
	}
	fits := map[string]reflect.Type{
		"flattened": reflect.TypeFor[struct {
			Comm  [16]byte
			In    innerGo
			Ins   [3]innerGo
			Un    uint64
			An    an
			Q     uint32
			R     uint16
			Z     uint32
			Named struct{ Deep int32 }
			Last  uint8
		}](),
		"embedded": reflect.TypeFor[struct {
			Comm [16]byte
			In   [4]byte
			Ins  [3][4]byte
			Un   [2]uint32
			An   an
			Anon
			ZZ    [4]uint8
			Named struct{ Deep int32 }
			Last  uint8
			Tail  [0]byte
			_     [7]byte
		}](),
		"one field": reflect.TypeFor[struct {
			Comm  [16]byte
			In    innerGo
			Ins   [12]byte
			Un    small
			An    an
			Sub   Anon
			Raw   [4]byte
			Named struct{ Deep int32 }
			Last  uint8
		}](),
	}
	for name, g := range fits {
		if err := Check(ct, g); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused := []struct {
		name          string
		goType        reflect.Type
		field, reason string
	}{
		{"inside an array", reflect.TypeFor[struct {
			Comm [16]byte
			In   innerGo
			Ins  [3]struct {
				X uint8
				Y int16
			}
		}](), "ins[].y", "unsigned"},
		{"union of another size", reflect.TypeFor[struct {
			Comm [16]byte
			In   innerGo
			Ins  [3]innerGo
			Un   uint32
		}](), "un", "8 bytes"},
		{"union as bool", reflect.TypeFor[struct {
			Comm [16]byte
			In   innerGo
			Ins  [3]innerGo
			Un   float64
		}](), "un", "cannot be read"},
		{"anonymous union by a strange name", reflect.TypeFor[struct {
			Comm  [16]byte
			In    innerGo
			Ins   [3]innerGo
			Un    uint64
			An    an
			Q     uint32
			R     uint16
			Other uint32
		}](), "z", "no member of the C union"},
		{"anonymous union by the name of another member", reflect.TypeFor[struct {
			Comm [16]byte
			In   innerGo
			Ins  [3]innerGo
			Un   uint64
			An   an
			Q    uint32
			R    uint16
			_    [2]byte
			Last [4]byte
		}](), "z", "no member of the C union"},
		{"anonymous struct missing", reflect.TypeFor[struct {
			Comm [16]byte
			In   innerGo
			Ins  [3]innerGo
			Un   uint64
			An   an
		}](), "q", "no field for C struct { u32 q; u16 r; } at offset 56"},
		{"anonymous union by a tag of nothing", reflect.TypeFor[struct {
			Comm [16]byte
			In   innerGo
			Ins  [3]innerGo
			Un   uint64
			An   an
			Q    uint32
			R    uint16
			_    [2]byte
			Raw  [4]byte `bcc:"nothing"`
		}](), "z", "Raw (tagged nothing)"},
		{"end of the struct", reflect.TypeFor[struct {
			Comm [16]byte
			In   innerGo
			Ins  [3]innerGo
			Un   uint64
			An   an
			Q    uint32
			R    uint16
			Z    uint32
			tail
		}](), "named", "no field for C named"},
	}
	for _, tc := range refused {
		t.Run(tc.name, func(t *testing.T) { expectMismatch(t, Check(ct, tc.goType), tc.field, tc.reason) })
	}
}

func TestCheckBits(t *testing.T) {
	ct := recordedStruct(t, "bits")
	fits := map[string]reflect.Type{
		"storage unit": reflect.TypeFor[struct {
			Flags uint64
			After uint16
			More  [3]byte
			_     [3]byte
		}](),
		"several": reflect.TypeFor[struct {
			Low   uint32
			High  [3]byte
			After uint16
			A     uint8
			B     uint8
			C     uint8
			_     [3]byte
		}](),
		"longer bytes": reflect.TypeFor[struct {
			Flags [8]byte
			After uint16
			A     [6]byte
		}](),
		"tagged": reflect.TypeFor[struct {
			Flags uint64 `bcc:"f1:0-2,neg:48-51,flag:52"`
			After uint16
			More  [3]byte `bcc:"c:16-17"`
			_     [3]byte
		}](),
		"tagged in parts": reflect.TypeFor[struct {
			Low   uint32  `bcc:"f1:0-2,f2:3-7,f3:8-47"`
			High  [3]byte `bcc:"flag:20-20"`
			After uint16
			More  [6]byte
		}](),
	}
	for name, g := range fits {
		if name == "several" && g.Size() != 16 {
			t.Fatalf("several is %d bytes", g.Size())
		}
		if err := Check(ct, g); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused := []struct {
		name          string
		goType        reflect.Type
		field, reason string
	}{
		{"too short", reflect.TypeFor[struct {
			Flags uint32
			After uint16
		}](), "f1", "C has bitfields in bytes 0 to 6, Go has integers only up to byte 3"},
		{"named after one of several", reflect.TypeFor[struct {
			F1 uint64
		}](), "f1", "F1 is one of the C bitfields that Go has there in an integer: name that otherwise, tag it `bcc:\"f1:0-2,f2:3-7,f3:8-47,neg:48-51,flag:52\"`"},
		{"named after one inside", reflect.TypeFor[struct {
			Low  uint32
			High uint16
			Flag uint8
		}](), "f1", "Flag is one of the C bitfields"},
		{"next too long", reflect.TypeFor[struct {
			Flags uint64
			After [3]byte
		}](), "after", "2 bytes"},
		{"into the next", reflect.TypeFor[struct {
			Flags [9]byte
			After uint16
		}](), "f1", "Go has Flags in bytes 0 to 8"},
		{"bool", reflect.TypeFor[struct {
			Flags bool
		}](), "f1", "need an integer"},
		{"blank", reflect.TypeFor[struct {
			_     uint64
			After uint16
		}](), "f1", "blank Go field covers C bitfields"},
		{"name of another", reflect.TypeFor[struct {
			After uint64
			A     uint16
		}](), "f1", "Go has no field"},
		{"wrong bits", reflect.TypeFor[struct {
			Flags uint64 `bcc:"f1:0-2,f2:3-8"`
		}](), "f1", "C has f2 in bits 3-7 of Flags, its tag says 3-8"},
		{"bits of another run", reflect.TypeFor[struct {
			Flags uint64 `bcc:"a:0-2"`
		}](), "f1", "no bitfield a in bytes 0 to 6"},
		{"bits of no form", reflect.TypeFor[struct {
			Flags uint64 `bcc:"f1:0-2,f2"`
		}](), "f1", "not of the form name:first-last"},
		{"bits for a plain member", reflect.TypeFor[struct {
			Flags uint64
			After uint16 `bcc:"after:0-15"`
		}](), "after", "names differ"},
		{"wrong tag", reflect.TypeFor[struct {
			Flags uint64 `bcc:"f9"`
			After uint16
		}](), "f1", "Go has no field"},
	}
	for _, tc := range refused {
		t.Run(tc.name, func(t *testing.T) { expectMismatch(t, Check(ct, tc.goType), tc.field, tc.reason) })
	}
}

// What a union read through a short member leaves over is no place for the
// bitfields after it.
func TestCheckBitsAfterUnion(t *testing.T) {
	u := &btf.Union{Size: 4, Members: []btf.Member{at("short", 0, cU8), at("long", 0, cU32)}}
	ct := fromBTF(t, &btf.Struct{Name: "s", Size: 8, Members: []btf.Member{at("", 0, u), bitsAt("b", 32, 3, cU32)}})
	expectMismatch(t, Check(ct, reflect.TypeFor[struct {
		Short uint8
		B     [4]byte
		_     [3]byte
	}]()), "b", "Go has B in bytes 1 to 4")
	if err := Check(ct, reflect.TypeFor[struct {
		Short uint8
		_     [3]byte
		B     uint32
	}]()); err != nil {
		t.Error(err)
	}
}

type state uint32

func TestCheckScalars(t *testing.T) {
	enum := &btf.Enum{Name: "state", Size: 4, Values: []btf.EnumValue{{Name: "RUN", Value: 1}}}
	ptr := &btf.Pointer{Target: &btf.Void{}}
	wide := intType("unsigned __int128", 16, btf.Unsigned)
	for _, tc := range []struct {
		c      btf.Type
		goType reflect.Type
		fits   bool
	}{
		{cU64, reflect.TypeFor[uint64](), true},
		{cU64, reflect.TypeFor[int64](), false},
		{cU64, reflect.TypeFor[[8]byte](), true},
		{cU64, reflect.TypeFor[float64](), false},
		{cU64, reflect.TypeFor[struct{ V uint64 }](), false},
		{cS32, reflect.TypeFor[int32](), true},
		{cS32, reflect.TypeFor[uint32](), false},
		{cChar, reflect.TypeFor[int8](), true},
		{cChar, reflect.TypeFor[byte](), true},
		{cBool, reflect.TypeFor[bool](), true},
		{cBool, reflect.TypeFor[uint8](), true},
		{cBool, reflect.TypeFor[int8](), false},
		{cU8, reflect.TypeFor[bool](), false},
		{enum, reflect.TypeFor[state](), true},
		{enum, reflect.TypeFor[int32](), true},
		{enum, reflect.TypeFor[uint64](), false},
		{ptr, reflect.TypeFor[uint64](), true},
		{ptr, reflect.TypeFor[uintptr](), true},
		{ptr, reflect.TypeFor[int64](), false},
		{cFloat, reflect.TypeFor[float64](), true},
		{cFloat, reflect.TypeFor[uint64](), false},
		{wide, reflect.TypeFor[[16]byte](), true},
		{wide, reflect.TypeFor[[2]uint64](), true},
		{wide, reflect.TypeFor[[4]uint32](), false},
		{array(4, cU16), reflect.TypeFor[[4]uint16](), true},
		{array(4, cU16), reflect.TypeFor[[4]int16](), false},
		{array(4, cU16), reflect.TypeFor[uint64](), false},
		{array(4, cChar), reflect.TypeFor[[4]int8](), true},
		{array(4, cU8), reflect.TypeFor[[4]int8](), false},
		{array(2, array(3, cU32)), reflect.TypeFor[[2][3]uint32](), true},
		{array(2, array(3, cU32)), reflect.TypeFor[[3][2]uint32](), false},
		{&btf.Void{}, reflect.TypeFor[struct{}](), false},
	} {
		err := Check(fromBTF(t, tc.c), tc.goType)
		if (err == nil) != tc.fits {
			t.Errorf("%v as %v: fits should be %v, got %v", tc.c, tc.goType, tc.fits, err)
		}
	}
}

func TestCheckPadding(t *testing.T) {
	named := &btf.Struct{Name: "s", Size: 16, Members: []btf.Member{at("a", 0, cU32), at("__pad", 4, array(4, cU8)), at("b", 8, cU64)}}
	holes := &btf.Struct{Name: "s", Size: 24, Members: []btf.Member{at("a", 0, cU8), at("b", 8, cU8)}}
	for _, tc := range []struct {
		name   string
		c      btf.Type
		goType reflect.Type
		reason string
	}{
		{"implicit", holes, reflect.TypeFor[struct {
			A uint8
			_ [7]byte
			B uint8
			_ [15]byte
		}](), ""},
		{"in pieces", holes, reflect.TypeFor[struct {
			A uint8
			_ uint16
			_ uint32
			B uint8
			_ [7]byte
			_ uint64
		}](), ""},
		{"missing before", holes, reflect.TypeFor[struct {
			A uint8
			B uint8
			_ [22]byte
		}](), "put _ [7]byte before it"},
		{"missing after", holes, reflect.TypeFor[struct {
			A uint8
			_ [7]byte
			B uint8
		}](), "end it with _ [15]byte"},
		{"named member as blank", named, reflect.TypeFor[struct {
			A uint32
			_ [4]byte
			B uint64
		}](), ""},
		{"named member left to alignment", named, reflect.TypeFor[struct {
			A uint32
			B uint64
		}](), "no field for C __pad"},
		{"blank over two", named, reflect.TypeFor[struct {
			A uint32
			_ [12]byte
		}](), "blank Go field covers"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := Check(fromBTF(t, tc.c), tc.goType)
			if tc.reason == "" && err != nil || tc.reason != "" && (err == nil || !strings.Contains(err.Error(), tc.reason)) {
				t.Errorf("got %v, want %q in it", err, tc.reason)
			}
		})
	}
}

// Go rounds sizes up and aligns where a packed C struct does not.
func TestCheckPacked(t *testing.T) {
	ct := recordedStruct(t, "packed")
	expectMismatch(t, Check(ct, reflect.TypeFor[struct {
		A uint8
		B uint32
		C uint64
	}]()), "b", "where Go aligns more than C, use [4]byte")
	tail := fromBTF(t, &btf.Struct{Name: "t", Size: 5, Members: []btf.Member{at("n", 0, cU32), at("b", 4, cU8)}})
	expectMismatch(t, Check(tail, reflect.TypeFor[struct {
		N uint32
		B uint8
	}]()), "", "rounded up to 8 bytes")
}

func TestMismatchText(t *testing.T) {
	type event struct {
		TS   uint64
		PID  int32
		Comm [16]byte
		Ret  int32
	}
	type nested struct {
		Comm [16]byte
		In   struct {
			X uint8
			Y uint32
		}
		Ins [3]innerGo
	}
	got := Check(recordedStruct(t, "event"), reflect.TypeFor[event]()).Error() + "\n" +
		Check(recordedStruct(t, "parts"), reflect.TypeFor[nested]()).Error() + "\n" +
		Check(recordedStruct(t, "event"), reflect.TypeFor[string]()).Error()
	checkGolden(t, "mismatch", got)
}
