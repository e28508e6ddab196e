package ctypes

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// sent are the types of a buffer that carries three.
func sent(t *testing.T) []*layout.Type {
	t.Helper()
	var types []*layout.Type
	for desc, size := range map[string]int{
		`["open_t",[["fd","int"],["flags","unsigned int"]],"struct"]`:     8,
		`["close_t",[["fd","int"]],"struct"]`:                             4,
		`["exec_t",[["pid","unsigned int"],["ns","unsigned long long"]]]`: 16,
	} {
		c, err := layout.FromDesc(desc, size)
		if err != nil {
			t.Fatal(err)
		}
		types = append(types, c)
	}
	return types
}

func TestFitting(t *testing.T) {
	type closeT struct{ FD int64 }
	type execEvent struct{ PID, NS uint64 }
	type openOrClose struct{ FD int32 }
	for _, tc := range []struct {
		g    reflect.Type
		fits string   // the C type
		err  []string // or parts of the error
	}{
		{reflect.TypeFor[openOrClose](), "struct close_t", nil},
		{reflect.TypeFor[closeT](), "", []string{"does not fit C struct close_t: fd: C int is 4 bytes", "type closeT struct {\n\tFD int32\n}",
			"it fits none of the others that are sent either: ", "struct open_t, 8 bytes", "struct exec_t, 16 bytes"}},
		{reflect.TypeFor[execEvent](), "", []string{"does not fit C struct exec_t: pid: C unsigned int is 4 bytes"}},
	} {
		fit, err := Fitting(sent(t), layout.GoTypeOf(tc.g), "events")
		if tc.fits != "" {
			if err != nil || len(fit) != 1 || fit[0].Name != tc.fits {
				t.Errorf("%v: fits %v, %v", tc.g, fit, err)
			}
			continue
		}
		var m *layout.Mismatch
		if fit != nil || !errors.As(err, &m) {
			t.Errorf("%v: %v, %v", tc.g, fit, err)
			continue
		}
		for _, part := range tc.err {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%v: no %q in\n%v", tc.g, part, err)
			}
		}
	}
	if _, err := Fitting(nil, layout.GoTypeOf(reflect.TypeFor[closeT]()), "events"); err == nil || !strings.Contains(err.Error(), "events.perf_submit") {
		t.Errorf("nothing known: %v", err)
	}
}
