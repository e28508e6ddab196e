package netdev

import (
	"errors"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func open(t *testing.T) *Conn {
	t.Helper()
	c, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestFind(t *testing.T) {
	c := open(t)
	if d, err := c.Find("lo"); err != nil || d.Name != "lo" || d.Index != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	for name, nearest := range map[string][]string{"l0": {"lo"}, "": nil, "a-name-longer-than-devices-have": nil} {
		d, err := c.Find(name)
		var absent *AbsentError
		if !errors.As(err, &absent) || absent.Device != name || !errors.Is(err, unix.ENODEV) {
			t.Errorf("%q: %+v, %v", name, d, err)
		} else if nearest != nil && !slices.Contains(absent.Nearest, nearest[0]) {
			t.Errorf("%q: nearest %q", name, absent.Nearest)
		}
	}
}

func TestRefusals(t *testing.T) {
	c := open(t)
	const none = 1 << 30 // no device has this index
	for what, err := range map[string]error{
		"set XDP":      c.SetXDP(none, NoProgram, 0, NoProgram),
		"add a filter": c.AddFilter(Filter{Index: none, Parent: Ingress, FD: NoProgram, Name: "f"}),
	} {
		if err == nil {
			t.Errorf("%s of a device that does not exist: no error", what)
		}
	}
	if removed, err := c.RemoveClsact(none); removed || err == nil {
		t.Errorf("remove clsact of a device that does not exist: %v, %v", removed, err)
	}
	if made, err := c.AddClsact(none); made || err == nil {
		t.Errorf("add clsact to a device that does not exist: %v, %v", made, err)
	}
}
