package bundle

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func sample() *Bundle {
	return &Bundle{
		Target:  Target{Release: "6.1.0", Machine: "x86_64", PossibleCPUs: 4, OnlineCPUs: 2},
		License: "GPL",
		Functions: []Function{{
			Name: "kprobe__f", Insns: bytes.Repeat([]byte{0x95, 0, 0, 0, 0, 0, 0, 0}, 2),
			FuncInfo: []byte{1, 2, 3, 4, 5, 6, 7, 8}, FuncInfoSize: 8,
			Lines: []Line{{Insn: 0, File: "main.go", Line: 12, Col: 3, Text: "\treturn 0;"}},
		}},
		Maps: []Map{
			{Name: "counts", ID: 7, Type: 1, KeySize: 4, ValueSize: 8, MaxEntries: 10240},
			{Name: "outer", ID: 8, Type: 12, Inner: "counts"},
			{Name: "____own", ID: 9},
		},
		Events: []Event{{Table: "events", Type: 3}},
		BTF:    []byte{0x9f, 0xeb},
	}
}

func TestRoundTrip(t *testing.T) {
	b := sample()
	data, err := b.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.Marshal()
	if err != nil || !bytes.Equal(data, again) {
		t.Fatalf("the same bundle encodes to different bytes (err %v)", err)
	}
	got, err := Unmarshal(data)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(b, got) {
		t.Fatalf("got %+v, want %+v", got, b)
	}
}

func TestDamaged(t *testing.T) {
	data, err := sample().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for n := len(magic); n < len(data); n++ {
		var corrupt *CorruptError
		if _, err := Unmarshal(data[:n]); !errors.As(err, &corrupt) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 0x40
		if _, err := Unmarshal(bad); err == nil {
			t.Fatalf("byte %d changed and nothing noticed", i)
		}
	}
}

func TestNotABundle(t *testing.T) {
	for _, data := range []string{"", "int f(void *ctx)", strings.Repeat("x", 500)} {
		if _, err := Unmarshal([]byte(data)); !errors.Is(err, ErrNotBundle) {
			t.Errorf("%.20q: %v", data, err)
		}
	}
}

func TestContradictions(t *testing.T) {
	cases := map[string]func(*Bundle){
		"odd instructions": func(b *Bundle) { b.Functions[0].Insns = []byte{1, 2, 3} },
		"no instructions":  func(b *Bundle) { b.Functions[0].Insns = nil },
		"unknown inner":    func(b *Bundle) { b.Maps[1].Inner = "nowhere" },
	}
	for name, spoil := range cases {
		b := sample()
		spoil(b)
		data, err := b.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		var corrupt *CorruptError
		if _, err := Unmarshal(data); !errors.As(err, &corrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLookups(t *testing.T) {
	b := sample()
	if b.Function("kprobe__f") == nil || b.Function("g") != nil {
		t.Error("Function")
	}
	if b.Map("outer") == nil || b.Map("none") != nil || b.MapByID(8).Name != "outer" || b.MapByID(1) != nil {
		t.Error("Map")
	}
	if len(b.EventsOf("events")) != 1 || b.EventsOf("none") != nil {
		t.Error("Event")
	}
	if got := b.MapNames(); !reflect.DeepEqual(got, []string{"counts", "outer"}) {
		t.Errorf("MapNames %v", got)
	}
	if got := b.FunctionNames(); !reflect.DeepEqual(got, []string{"kprobe__f"}) {
		t.Errorf("FunctionNames %v", got)
	}
}

func FuzzUnmarshal(f *testing.F) {
	data, err := sample().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		if b, err := Unmarshal(data); err == nil && b == nil {
			t.Fatal("no bundle and no error")
		}
	})
}
