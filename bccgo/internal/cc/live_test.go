package cc

import (
	"errors"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// TestWithoutCapture compiles as with a libbcc whose calls cannot be recorded:
// maps are made for real, and the bundle lacks type information alone.
func TestWithoutCapture(t *testing.T) {
	testenv.Live(t)
	testenv.NotEmulated(t)
	t.Setenv(SpoolEnv, "") // a compiler elsewhere cannot make maps here
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	running := unix.ByteSliceToString(u.Release[:])
	if !slices.Contains(releasesWithHeaders(t), running) {
		t.Skip("the running kernel has no headers, and without recording no others can be used")
	}
	req := request(t, counting)
	req.Target.Release, req.HeadersRelease, req.NoCapture = running, "", true
	plain, err := bundleOf(Compile(t.Context(), req))
	if err != nil {
		t.Fatal(err)
	}
	req.NoCapture = false
	recorded, err := bundleOf(Compile(t.Context(), req))
	if err != nil {
		t.Fatal(err)
	}
	if len(plain.BTF) != 0 || len(recorded.BTF) == 0 {
		t.Error("type information is on the wrong side")
	}
	if !slices.Equal(plain.Functions[0].Insns, recorded.Functions[0].Insns) {
		t.Error("the instructions differ")
	}
	for _, name := range []string{"counts", "events"} {
		a, b := plain.Map(name), recorded.Map(name)
		if a.Type != b.Type || a.KeySize != b.KeySize || a.ValueSize != b.ValueSize || a.ID != b.ID {
			t.Errorf("table %s: %+v and %+v", name, a, b)
		}
	}
	if len(plain.EventsOf("events")) != 1 {
		t.Error("the event's fields are missing")
	}
}

func TestWithoutCaptureForeignTarget(t *testing.T) {
	req := request(t, counting)
	req.NoCapture = true
	_, err := Compile(t.Context(), req)
	var target *TargetError
	if !errors.As(err, &target) || target.Release != req.Target.Release {
		t.Fatalf("got %v", err)
	}
}
