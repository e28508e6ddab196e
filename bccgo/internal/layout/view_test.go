package layout

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"testing"
	"unsafe"
)

type eventGo struct {
	Ts   uint64
	Pid  uint32
	Comm [16]byte
	Ret  int32
}

// rawEvent is one record of struct event, longer than it by extra bytes and
// starting shift bytes after an 8-byte boundary.
func rawEvent(extra, shift int) []byte {
	words := make([]uint64, 16)
	raw := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), 128)[shift : shift+32+extra]
	binary.NativeEndian.PutUint64(raw, 1<<40)
	binary.NativeEndian.PutUint32(raw[8:], 4242)
	copy(raw[12:], "sleep\x00rest")
	binary.NativeEndian.PutUint32(raw[28:], 0xfffffffe)
	return raw
}

var wantEvent = eventGo{Ts: 1 << 40, Pid: 4242, Comm: [16]byte([]byte("sleep\x00rest\x00\x00\x00\x00\x00\x00")), Ret: -2}

func TestCopyAndView(t *testing.T) {
	if err := Check(recordedStruct(t, "event"), reflect.TypeFor[eventGo]()); err != nil {
		t.Fatal(err)
	}
	for _, extra := range []int{0, 4, 8} {
		raw := rawEvent(extra, 0)
		var got eventGo
		if err := Copy(&got, raw); err != nil || got != wantEvent {
			t.Errorf("%d extra bytes: Copy got %+v, %v", extra, got, err)
		}
		view, err := View[eventGo](raw)
		if err != nil || *view != wantEvent {
			t.Errorf("%d extra bytes: View got %+v, %v", extra, view, err)
		}
		raw[8]++
		if view.Pid != got.Pid+1 {
			t.Error("View made a copy, or Copy a view")
		}
	}
}

func TestTruncated(t *testing.T) {
	for _, n := range []int{0, 1, 31} {
		var got eventGo
		errCopy := Copy(&got, rawEvent(0, 0)[:n])
		_, errView := View[eventGo](rawEvent(0, 0)[:n])
		for _, err := range []error{errCopy, errView} {
			var tr *Truncated
			if !errors.Is(err, ErrTruncated) || !errors.As(err, &tr) || tr.Want != 32 || tr.Got != n {
				t.Errorf("%d bytes: got %v", n, err)
			}
		}
		if got != (eventGo{}) {
			t.Errorf("Copy changed its target to %+v", got)
		}
	}
}

func TestMisaligned(t *testing.T) {
	for shift := 1; shift < 8; shift++ {
		raw := rawEvent(0, shift)
		if _, err := View[eventGo](raw); !errors.Is(err, ErrMisaligned) {
			t.Errorf("shift %d: View got %v", shift, err)
		}
		var got eventGo
		if err := Copy(&got, raw); err != nil || got != wantEvent {
			t.Errorf("shift %d: Copy got %+v, %v", shift, got, err)
		}
	}
}

func TestViewOfNothing(t *testing.T) {
	if v, err := View[struct{}](nil); v == nil || err != nil {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestBytes(t *testing.T) {
	ev := wantEvent
	if !bytes.Equal(Bytes(&ev), rawEvent(0, 0)) {
		t.Errorf("got % x", Bytes(&ev))
	}
	Bytes(&ev)[8]++
	if ev.Pid != wantEvent.Pid+1 {
		t.Error("Bytes made a copy")
	}
}

func TestZeroSpans(t *testing.T) {
	type parts struct {
		Comm [16]byte
		In   innerGo
		Ins  [3]innerGo
		Un   [8]byte
		An   struct {
			A uint32
			B uint64
		}
		Q     uint32
		R     uint16
		Z     uint32
		Named int32
		Last  uint8
	}
	spans := recordedStruct(t, "parts").Padding()
	want := []Span{{17, 1}, {21, 1}, {25, 1}, {29, 1}, {38, 2}, {44, 4}, {62, 2}, {73, 7}}
	if !reflect.DeepEqual(spans, want) {
		t.Fatalf("got %v, want %v", spans, want)
	}
	var p parts
	raw := Bytes(&p)
	for i := range raw {
		raw[i] = 0xff
	}
	ZeroSpans(raw, spans)
	if p.In.X != 0xff || p.In.Y != 0xffff || p.An.A != 1<<32-1 || p.R != 0xffff || p.Last != 0xff {
		t.Errorf("members were cleared: %+v", p)
	}
	zero := 0
	for _, b := range raw {
		if b == 0 {
			zero++
		}
	}
	if zero != 19 {
		t.Errorf("%d bytes cleared, want 19", zero)
	}
	if got := recordedStruct(t, "event").Padding(); got != nil {
		t.Errorf("event has padding %v", got)
	}
}

func TestNoAllocations(t *testing.T) {
	raw := rawEvent(4, 0)
	spans := recordedStruct(t, "parts").Padding()
	buf := make([]byte, 80)
	var ev eventGo
	var sink uint32
	for name, f := range map[string]func(){
		"Copy": func() {
			if err := Copy(&ev, raw); err != nil {
				t.Fatal(err)
			}
		},
		"View": func() {
			v, err := View[eventGo](raw)
			if err != nil {
				t.Fatal(err)
			}
			sink += v.Pid
		},
		"Bytes":     func() { sink += uint32(Bytes(&ev)[8]) },
		"ZeroSpans": func() { ZeroSpans(buf, spans) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func BenchmarkCopy(b *testing.B) {
	raw := rawEvent(4, 0)
	var ev eventGo
	for b.Loop() {
		if err := Copy(&ev, raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkView(b *testing.B) {
	raw := rawEvent(4, 0)
	var sum uint32
	for b.Loop() {
		v, err := View[eventGo](raw)
		if err != nil {
			b.Fatal(err)
		}
		sum += v.Pid
	}
	_ = sum
}

func BenchmarkDecodeText(b *testing.B) {
	ct := recordedStruct(b, "event")
	raw := rawEvent(4, 0)
	for b.Loop() {
		v, err := ct.Decode(raw)
		if err != nil {
			b.Fatal(err)
		}
		_ = v.String()
	}
}

func BenchmarkCheck(b *testing.B) {
	ct := recordedStruct(b, "event")
	for b.Loop() {
		if err := Check(ct, reflect.TypeFor[eventGo]()); err != nil {
			b.Fatal(err)
		}
	}
}
