package bccgo_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

// generated has the types of testdata/gen/rich.c, as GoTypes writes them.
const generated = "gotypes_rich_test.go"

// loadRich loads the program whose types are in the generated file.
func loadRich(t *testing.T) (*bccgo.Bundle, *bccgo.Module) {
	t.Helper()
	text, err := os.ReadFile("testdata/gen/rich.c")
	if err != nil {
		t.Fatal(err)
	}
	o := &bccgo.Options{Defines: map[string]string{"ME": fmt.Sprint(os.Getpid())}, FileName: "rich.c"}
	b, err := bccgo.Compile(string(text), o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := bccgo.LoadBundle(b, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return b, m
}

// TestLiveGoTypes compiles a program with every sort of type, compares what is
// generated for it with the file of this folder, and reads with the types of that
// file what the program sends and stores.
func TestLiveGoTypes(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	b, m := loadRich(t)
	checkGenerated(t, b)
	events := m.RawStream("events", nil)
	if err := events.Err(); err != nil {
		t.Fatal(err)
	}
	small := bccgo.Stream[SmallT](m, "ring", nil)
	if err := small.Err(); err != nil {
		t.Fatal(err)
	}
	syscall.Syscall(syscall.SYS_GETPPID, 0, 0, 0)
	checkEvent(t, m, events)
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Timeout(20*time.Second))
	defer cancel()
	for e, err := range small.All(ctx) {
		if err != nil || e != (SmallT{Ts: 1 << 40, Cpu: 7}) {
			t.Errorf("ring: %+v, %v", e, err)
		}
		break
	}
	checkTables(t, m)
	checkMisfits(t, m)
}

// checkMisfits opens each sort of table with types that do not fit, and expects
// what fits in the error.
func checkMisfits(t *testing.T, m *bccgo.Module) {
	t.Helper()
	type who struct {
		PID  uint64
		Comm bccgo.Comm
	}
	_, key := bccgo.Map[who, Point](m, "seen")
	_, value := bccgo.Map[WhoT, struct{ X, Rgb int16 }](m, "seen")
	_, scalar := bccgo.Map[uint64, uint64](m, "colors")
	_, perCPU := bccgo.PerCPU[int32, uint64](m, "sums")
	_, queue := bccgo.Queue[uint32](m, "todo")
	_, decoder := bccgo.NewDecoder[SmallT](m, "events")
	for _, tc := range []struct {
		err   error
		parts []string
	}{
		{key, []string{"key of table seen: Go type bccgo_test.who does not fit C who_t: pid: C u32 is 4 bytes",
			"\n>  pid     u32      0      4    | PID     uint64     0      8\n", "\ntype who struct {\n\tPID  uint32\n\tComm bccgo.Comm\n}\n"}},
		{value, []string{"value of table seen: ", "rgb: C u8[3] is an array", "\ntype Point struct {\n\tX   int16\n\tRgb [3]uint8\n\t_   [1]byte\n}\n"}},
		{scalar, []string{"key of table colors: ", "C enum color is 4 bytes", "a Go type that fits: int32\n"}},
		{perCPU, []string{"value of table sums: ", "struct small_t", "\ntype SmallT struct {\n\tTs  uint64\n\tCpu uint32\n\t_   [4]byte\n}\n"}},
		{queue, []string{"value of table todo: ", "\ntype SmallT struct {"}},
		{decoder, []string{"stream events: ", "C struct data_t", "\ntype SmallT struct {\n\tFirst   uint8\n", "outside of functions for it has methods", "func (x *SmallTFlags) SetNeg(v int32) { bccgo.SetBits(&x.Bits0, 3, 6, uint64(v)) }"}},
	} {
		var layout *bccgo.LayoutError
		if !errors.As(tc.err, &layout) {
			t.Errorf("want %q, got %v", tc.parts[0], tc.err)
			continue
		}
		for _, part := range tc.parts {
			if !strings.Contains(tc.err.Error(), part) {
				t.Errorf("no %q in\n%v", part, tc.err)
			}
		}
	}
}

// checkGenerated compares the generated file with what is generated now.
func checkGenerated(t *testing.T, b *bccgo.Bundle) {
	t.Helper()
	got, err := bccgo.GoTypes(&bccgo.GoTypesOptions{Package: "bccgo_test", Command: "bccgo gen rich.c"}, b)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("BCCGO_UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(generated, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(generated)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is not what is generated (BCCGO_UPDATE_GOLDEN=1 writes it anew):\n%s", generated, got)
	}
	again, err := bccgo.GoTypes(&bccgo.GoTypesOptions{Package: "bccgo_test", Command: "bccgo gen rich.c"}, b, b)
	if err != nil || strings.Count(string(again), "\ntype ") != strings.Count(string(got), "\ntype ") {
		t.Errorf("the same program twice declares types twice: %v\n%s", err, again)
	}
}

// checkEvent reads the event, and compares every part of it with what the program
// put there, and with what the library finds without Go types.
func checkEvent(t *testing.T, m *bccgo.Module, events *bccgo.RawEventStream) {
	t.Helper()
	decoder, err := bccgo.NewDecoder[DataT](m, "events")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Timeout(20*time.Second))
	defer cancel()
	for rec, err := range events.All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		d, err := decoder.Decode(rec.Data)
		if err != nil {
			t.Fatal(err)
		}
		untyped, err := events.Decode(rec)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, &d, untyped)
		checkSetters(t, &d)
		return
	}
	t.Fatal("no event")
}

// compare looks at every part of an event: what Go reads, what C wrote, and how
// the untyped value prints it.
func compare(t *testing.T, d *DataT, untyped bccgo.Value) {
	t.Helper()
	head, half := &d.Head, d.Half()
	for _, part := range []struct {
		path      string
		got, want any
		text      string
	}{
		{"first", d.First, uint8(200), "200"},
		{"who", d.Who, WhoT{4321, bccgo.Comm{'w', 'r', 'i', 't', 'e', 'r'}}, "pid=4321 comm=writer"},
		{"points", d.Points, [2]Point{{X: -5}, {X: 300, Rgb: [3]uint8{0, 0, 77}}}, "[{x=-5 rgb=[0 0 0]} {x=300 rgb=[0 0 77]}]"},
		{"addr.v4", d.Addr.V4(), uint32(0), "0"},
		{"addr.v6", d.Addr.V6(), [16]uint8{6: 0xf4, 7: 0xff, 9: 9}, "[0 0 0 0 0 0 244 255 0 9 0 0 0 0 0 0]"},
		{"addr.at", d.Addr.At(), [2]Point{1: {X: -12, Rgb: [3]uint8{1: 9}}}, "[{x=0 rgb=[0 0 0]} {x=-12 rgb=[0 9 0]}]"},
		{"addr.name", d.Addr.Name().String(), "", ""},
		{"addr.set", d.Addr.Set(), false, "false"},
		{"whole", d.Whole(), uint64(0x2_80000001), "10737418241"},
		{"half", half, DataTHalf{0x80000001, 2}, "low=2147483649 high=2"},
		{"odd", d.Odd(), uint32(1), "1"},
		{"rest", d.Rest(), uint32(0x40000000), "1073741824"},
		{"flags.low", d.Flags.Low(), uint32(5), "5"},
		{"flags.neg", d.Flags.Neg(), int32(-3), "-3"},
		{"flags.wide", d.Flags.Wide(), uint64(0x8123456789), "554642532233"},
		{"flags.ok", d.Flags.Ok(), true, "true"},
		{"flags.paint", d.Flags.Paint(), ColorGreen, "GREEN"},
		{"flags.after", d.Flags.After, uint16(40000), "40000"},
		{"head.kind", head.Kind, uint8(3), "3"},
		{"head.length", head.Length(), uint32(0x01020304), "16909060"},
		{"head.when", head.When(), uint64(0x1122334455667788), "1234605616436508552"},
		{"head.at", head.At(), Point{X: -2, Rgb: [3]uint8{8}}, "x=-2 rgb=[8 0 0]"},
		{"head.ports", head.Ports(), [2]uint16{0, 443}, "[0 443]"},
		{"color", d.Color, ColorBlue, "BLUE"},
		{"state", d.State, TaskStateBusy, "TASK_BUSY"},
		{"inner.deep", d.Inner.Deep, int32(-9), "-9"},
		{"inner.text", d.Inner.Text.String(), "deep down", "deep down"},
		{"names", fmt.Sprint(d.Names), "[ second]", "[ second]"},
		{"label", d.Label.String(), "a label", "a label"},
		{"yes", d.Yes, true, "true"},
		{"count", d.Count, int64(-1), "-1"},
		{"where", d.Where, uint64(0xdeadbeef), "0xdeadbeef"},
		{"huge", d.Huge, [16]byte{1}, "1"},
	} {
		if part.got != part.want {
			t.Errorf("%s: %+v, want %+v", part.path, part.got, part.want)
		}
		value, ok := untyped.Field(part.path)
		if !ok || value.String() != part.text {
			t.Errorf("%s, untyped: %q, %t, want %q", part.path, value, ok, part.text)
		}
	}
	if d.Color.String() != "BLUE" || Color(77).String() != "77" || Color(-2).String() != "-2" || d.State.String() != "TASK_BUSY" {
		t.Errorf("names: %v %v %v", d.Color, d.State, Color(77))
	}
}

// checkSetters builds the event anew with the methods that set.
func checkSetters(t *testing.T, d *DataT) {
	t.Helper()
	var e DataT
	e.First, e.Who, e.Points, e.Color, e.State = d.First, d.Who, d.Points, d.Color, d.State
	e.Inner, e.Names, e.Label, e.Yes, e.Count, e.Where, e.Huge = d.Inner, d.Names, d.Label, d.Yes, d.Count, d.Where, d.Huge
	e.Addr.SetAt(d.Addr.At())
	e.SetWhole(1 << 63)
	e.SetHalf(DataTHalf{High: 2})
	e.SetOdd(1)
	e.SetRest(0x40000000)
	e.Flags.SetLow(5)
	e.Flags.SetNeg(-3)
	e.Flags.SetWide(0x8123456789)
	e.Flags.SetOk(true)
	e.Flags.SetPaint(ColorGreen)
	e.Flags.After = 40000
	e.Head.Kind = 3
	e.Head.SetLength(0x01020304)
	e.Head.SetWhen(0x1122334455667788)
	e.Head.SetAt(Point{X: -2, Rgb: [3]uint8{8}})
	e.Head.SetPorts([2]uint16{0, 443})
	if e != *d {
		t.Errorf("set:\n%+v\nsent:\n%+v", e, *d)
	}
	e.Addr.SetV4(0xffffffff)
	e.Addr.SetSet(false)
	if got := e.Addr.V4(); got != 0xffffff00 {
		t.Errorf("a union whose first byte was set: %#x", got)
	}
}

// checkTables reads what the program stored, with the calls that the generated
// file names.
func checkTables(t *testing.T, m *bccgo.Module) {
	t.Helper()
	seen, err := bccgo.Map[WhoT, Point](m, "seen")
	if err != nil {
		t.Fatal(err)
	}
	at := Point{X: -3, Rgb: [3]uint8{1, 2, 3}}
	if got, err := seen.Lookup(WhoT{Pid: 77}); err != nil || got != at {
		t.Errorf("seen: %+v, %v", got, err)
	}
	points, err := bccgo.Map[Point, Address](m, "points")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := points.Lookup(at); err != nil || got.V4() != 0x0100007f {
		t.Errorf("points: %+v, %v", got, err)
	}
	colors, err := bccgo.Map[Color, uint64](m, "colors")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := colors.Lookup(ColorGreen); err != nil || got != 12 {
		t.Errorf("colors: %+v, %v", got, err)
	}
	labels, err := bccgo.Map[LabelT, TaskStateT](m, "labels")
	if err != nil {
		t.Fatal(err)
	}
	for label, state := range labels.All() {
		if label.String() != "key" || state != TaskStateBusy {
			t.Errorf("labels: %v, %v", label, state)
		}
	}
	if n, err := labels.Len(); n != 1 || err != nil {
		t.Errorf("labels: %d, %v", n, err)
	}
	if _, err := bccgo.PerCPU[int32, SmallT](m, "sums"); err != nil {
		t.Error(err)
	}
	todo, err := bccgo.Queue[SmallT](m, "todo")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := todo.Pop(); err != nil || got.Cpu != 7 {
		t.Errorf("todo: %+v, %v", got, err)
	}
}
