package bccgo

import (
	"errors"
	"math"
	"testing"

	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

var (
	cU64 = &btf.Int{Name: "u64", Size: 8}
	cS8  = &btf.Int{Name: "s8", Size: 1, Encoding: btf.Signed}
)

// cpuEntry is a per-CPU entry of integers of the given C type.
func cpuEntry(t *testing.T, typ btf.Type, values ...any) Entry {
	t.Helper()
	c := must(layout.FromBTF(typ))(t)
	var e Entry
	for _, v := range values {
		e.PerCPU = append(e.PerCPU, must(c.Encode(v))(t))
	}
	e.Value = e.PerCPU[0]
	return e
}

func TestEntryReduce(t *testing.T) {
	for name, tc := range map[string]struct {
		e             Entry
		sum, max, min string
		average       float64
	}{
		"unsigned": {cpuEntry(t, cU64, 1, uint64(math.MaxUint64), 3), "3", "18446744073709551615", "1", math.MaxUint64 / 3.0},
		"signed":   {cpuEntry(t, cS8, -100, -100, 5), "61", "5", "-100", -65},
		"one":      {Entry{Value: cpuEntry(t, cU64, 9).Value}, "9", "9", "9", 9},
	} {
		for what, r := range map[string]struct {
			reduce func() (Value, error)
			want   string
		}{"sum": {tc.e.Sum, tc.sum}, "max": {tc.e.Max, tc.max}, "min": {tc.e.Min, tc.min}} {
			if v, err := r.reduce(); err != nil || v.String() != r.want {
				t.Errorf("%s: %s is %v, %v, want %s", name, what, v, err, r.want)
			}
		}
		if got, err := tc.e.Average(); err != nil || math.Abs(got/tc.average-1) > 1e-12 {
			t.Errorf("%s: average %v, %v, want %v", name, got, err, tc.average)
		}
	}
}

// Structs and other values that are no numbers are an error, not a zero.
func TestEntryReduceNoNumber(t *testing.T) {
	pair := must(layout.FromBTF(&btf.Struct{Name: "pair", Size: 8, Members: []btf.Member{{Name: "n", Type: cU64}}}))(t)
	for name, e := range map[string]Entry{"nothing": {}, "struct": {Value: pair.New()}} {
		_, sum := e.Sum()
		_, average := e.Average()
		if sum == nil || average == nil {
			t.Errorf("%s: sum %v, average %v", name, sum, average)
		}
	}
	var misfit *ValueError
	if _, err := (Entry{Value: pair.New()}).Sum(); !errors.As(err, &misfit) || misfit.Type != "struct pair" {
		t.Errorf("got %v", err)
	}
}

func TestReducers(t *testing.T) {
	values := []int16{5, -7, 30000, 30000}
	if got := Sum(values); got != -5538 { // wraps around at 65536
		t.Errorf("sum %d", got)
	}
	if got := Average(values); got != 59998/4.0 {
		t.Errorf("average %v", got)
	}
	if Max(values) != 30000 || Min(values) != -7 {
		t.Errorf("max %d, min %d", Max(values), Min(values))
	}
	if Sum[int](nil) != 0 || Average[int](nil) != 0 || Max[int](nil) != 0 || Min[int](nil) != 0 {
		t.Error("of nothing comes something")
	}
}

func TestKeyFields(t *testing.T) {
	typ := must(layout.FromBTF(&btf.Struct{Name: "key", Size: 16, Members: []btf.Member{
		{Name: "disk", Type: &btf.Array{Type: &btf.Int{Name: "char", Size: 1}, Nelems: 8}}, {Name: "op", Type: cS8, Offset: 64}, {Name: "slot", Type: cS8, Offset: 72}}}))(t)
	v := must(typ.Parse(`{ "sda", -1, 3 }`))(t)
	k := KeyFields(v.Fields()[:2])
	if k.String() != "(sda, -1)" {
		t.Errorf("text %s", k)
	}
	if js, err := k.MarshalJSON(); err != nil || string(js) != `{"disk":"sda","op":-1}` {
		t.Errorf("JSON %s, %v", js, err)
	}
	if f, ok := k.Field("op"); !ok || f.String() != "-1" {
		t.Errorf("op is %v", f)
	}
	if _, ok := k.Field("slot"); ok {
		t.Error("the slot is part of the section's name")
	}
}

func TestTableErrorTexts(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want string
	}{
		{&FullError{Table: "counts", MaxEntries: 64, Err: unix.E2BIG}, "table counts is full with 64 entries: delete some, or declare it larger"},
		{&StackError{Table: "s", ID: -14, Err: unix.EFAULT}, "stack -14 of table s: there was no such stack: a kernel thread has none in user space, and in user space there is none of the kernel (bad address)"},
		{&TailCallError{Table: "t", Index: 1, Function: "f", Type: Kprobe, Err: unix.EINVAL}, "set t[1] to function f (Kprobe): invalid argument"},
		{ErrEmpty, "it is empty: key does not exist"},
	} {
		if tc.err.Error() != tc.want {
			t.Errorf("got  %v\nwant %s", tc.err, tc.want)
		}
	}
	if !errors.Is(&FullError{Err: unix.E2BIG}, unix.E2BIG) {
		t.Error("the cause is lost")
	}
}
