package layout

import (
	"errors"
	"fmt"
	"go/format"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
)

// cInner, cAddress and cEvent are the C side of the mistakes below.
var (
	cInner   = &btf.Struct{Name: "inner", Size: 8, Members: []btf.Member{at("port", 0, cU16), at("delta", 4, cS32)}}
	cAddress = &btf.Union{Name: "address", Size: 16, Members: []btf.Member{at("v4", 0, cU32), at("v6", 0, array(16, cU8))}}
	cEvent   = &btf.Struct{Name: "event_t", Size: 72, Members: []btf.Member{
		at("ts", 0, cU64), at("pid", 8, cU32), at("inner", 12, cInner), at("pairs", 20, array(2, cInner)),
		at("addr", 36, cAddress), bitsAt("kind", 8*52, 3, cU32), bitsAt("size", 8*52+3, 13, cU32), at("comm", 56, array(16, cChar)),
	}}
	cShort   = &btf.Struct{Name: "short_t", Size: 24, Members: []btf.Member{at("ts", 0, cU64), at("pid", 8, cU32), at("len", 16, cU64)}}
	cPackedT = &btf.Struct{Name: "packed_t", Size: 13, Members: []btf.Member{at("kind", 0, cU8), at("len", 1, cU32), at("ts", 5, cU64)}}
)

type (
	goInner struct {
		Port  uint16
		_     [2]byte
		Delta int32
	}
	goVerdict uint32
	comm      [16]byte
)

// What people get wrong, each in a type called event.
type (
	nestedWrong struct {
		TS    uint64
		PID   uint32
		Inner struct {
			Port  uint16
			Delta int16
		}
	}
	arrayWrong struct {
		TS    uint64
		PID   uint32
		Inner goInner
		Pairs [3]goInner
	}
	unionWrong struct {
		TS    uint64
		PID   uint32
		Inner goInner
		Pairs [2]goInner
		Addr  uint32
		Word  uint32 `bcc:"kind:0-2,size:3-15"`
		Comm  comm
	}
	bitsWrong struct {
		TS    uint64
		PID   uint32
		Inner goInner
		Pairs [2]goInner
		Addr  [16]byte
		Kind  uint16
		Size  uint16
		Comm  comm
	}
	bitsAfter struct {
		TS    uint64
		PID   uint32
		Inner goInner
		Pairs [2]goInner
		Addr  [16]byte
		Word  uint16
		Size  uint16
		Comm  comm
	}
	textWrong struct {
		TS    uint64
		PID   uint32
		Inner goInner
		Pairs [2]goInner
		Addr  [16]byte
		Word  uint32 `bcc:"kind:0-2,size:3-15"`
		Comm  [15]byte
	}
	missingField struct {
		TS  uint64
		Len uint64
	}
	swapped struct {
		PID uint32
		TS  uint64
		Len uint64
	}
	signedness struct {
		TS  int64
		PID uint32
		Len uint64
	}
	extraField struct {
		TS    uint64
		PID   uint32
		Len   uint64
		Extra uint64
	}
	misspelled struct {
		TS   uint64
		Proc uint32
		Len  uint64
	}
	packedWrong struct {
		Kind uint8
		Len  uint32
		TS   uint64
	}
	withString struct {
		TS  uint64
		PID uint32
		Len string
	}
)

func TestMismatchKinds(t *testing.T) {
	tail := &btf.Struct{Name: "tail_t", Size: 24, Members: []btf.Member{at("ts", 0, cU64), at("pid", 8, cU8)}}
	color := &btf.Enum{Name: "color", Size: 4, Values: []btf.EnumValue{{Name: "RED", Value: 1}}}
	var got, rows strings.Builder
	rows.WriteString("| Wrong | Message |\n|---|---|\n")
	for _, tc := range []struct {
		what string
		c    btf.Type
		g    reflect.Type
		at   string // what the first difference is about
	}{
		{"nested struct", cEvent, reflect.TypeFor[nestedWrong](), "inner.delta"},
		{"array length", cEvent, reflect.TypeFor[arrayWrong](), "pairs"},
		{"union", cEvent, reflect.TypeFor[unionWrong](), "addr"},
		{"bitfields", cEvent, reflect.TypeFor[bitsWrong](), "kind"},
		{"bitfield of its own", cEvent, reflect.TypeFor[bitsAfter](), "size"},
		{"text length", cEvent, reflect.TypeFor[textWrong](), "comm"},
		{"missing field", cShort, reflect.TypeFor[missingField](), "pid"},
		{"swapped fields", cShort, reflect.TypeFor[swapped](), "ts"},
		{"signedness", cShort, reflect.TypeFor[signedness](), "ts"},
		{"one field too many", cShort, reflect.TypeFor[extraField](), "Extra"},
		{"misspelled", cShort, reflect.TypeFor[misspelled](), "pid"},
		{"packed", cPackedT, reflect.TypeFor[packedWrong](), "len"},
		{"padding at the end", tail, reflect.TypeFor[struct {
			TS  uint64
			PID uint8
		}](), ""},
		{"a string", cShort, reflect.TypeFor[withString](), "Len"},
		{"named scalar", cU64, reflect.TypeFor[goVerdict](), ""},
		{"named text", array(16, cChar), reflect.TypeFor[goVerdict](), ""},
		{"scalar", cU64, reflect.TypeFor[uint32](), ""},
		{"text as a whole", array(16, cChar), reflect.TypeFor[[8]byte](), ""},
		{"enumeration", color, reflect.TypeFor[uint64](), ""},
		{"union as a whole", cAddress, reflect.TypeFor[uint64](), ""},
	} {
		ct := fromBTF(t, tc.c)
		err := Check(ct, tc.g)
		var m *Mismatch
		if !errors.As(err, &m) {
			t.Errorf("%s: %v", tc.what, err)
			continue
		}
		if m.Field != tc.at {
			t.Errorf("%s: the first difference is at %q, want %q", tc.what, m.Field, tc.at)
		}
		fmt.Fprintf(&got, "== %s\n%v\n", tc.what, err)
		if reason := m.Reason; m.Field != "" && len(reason) < 200 {
			fmt.Fprintf(&rows, "| %s | %s: %s |\n", tc.what, m.Field, strings.ReplaceAll(reason, "layout.", ""))
		}
		checkSuggestion(t, ct, tc.g, m)
	}
	checkGolden(t, "mismatches", got.String())
	checkPage(t, rows.String())
}

// checkPage compares the page on errors with what is said of mistakes.
func checkPage(t *testing.T, rows string) {
	t.Helper()
	const page, begin, end = "../../../docs/errors.md", "<!-- layouts -->\n", "<!-- end of layouts -->\n"
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(data), begin)
	have, after, found := strings.Cut(rest, end)
	want := "\n" + rows + "\n"
	switch {
	case !found:
		t.Errorf("%s has no marks for layouts", page)
	case have == want:
	case *update:
		if err := os.WriteFile(page, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s does not say what is said of layouts; -update writes it anew:\n%s", page, want)
	}
}

// checkSuggestion proves that the type offered is formatted, compiles beside the
// types of this file, and fits.
func checkSuggestion(t *testing.T, ct *Type, g reflect.Type, m *Mismatch) {
	t.Helper()
	formatted, err := format.Source([]byte(m.Suggestion))
	if err != nil && strings.HasPrefix(m.Suggestion, "type ") || err == nil && string(formatted) != m.Suggestion {
		t.Errorf("not formatted: %v\n%s", err, m.Suggestion)
	}
	source := m.Suggestion
	if !strings.HasPrefix(source, "type ") {
		source = "type event " + source
	}
	for name, text := range map[string]string{
		"goInner": "struct { Port uint16; _ [2]byte; Delta int32 }", "comm": "[16]byte", "goVerdict": "uint32",
	} {
		if strings.Contains(source, name) && !strings.Contains(source, "type "+name+" ") {
			source += "\ntype " + name + " " + text + "\n"
		}
	}
	name := g.Name()
	if g.PkgPath() == "" {
		name = "event"
		if ct.Kind == Struct || ct.Kind == Union {
			name = GoName(ct.word())
		}
	}
	if err := Check(ct, goTypeOf(t, source, name)); err != nil {
		t.Errorf("what is offered does not fit: %v", err)
	}
}
