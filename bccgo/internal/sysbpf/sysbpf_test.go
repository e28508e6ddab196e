package sysbpf

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// Without a map every call gives the kernel's own reason (EPERM where bpf(2) is
// closed to users), and none takes it for a missing feature.
func TestNoMap(t *testing.T) {
	key, value := make([]byte, 4), make([]byte, 8)
	var c Cursor
	_, _, lookup := Lookup(-1, &c, key, value, 4, 1)
	_, _, take := LookupAndDelete(-1, &c, key, value, 4, 1)
	_, update := Update(-1, key, value, 1, Any)
	_, remove := Delete(-1, key, 1)
	for name, err := range map[string]error{
		"LookupElem": LookupElem(-1, key, value), "UpdateElem": UpdateElem(-1, key, value, NoExist),
		"DeleteElem": DeleteElem(-1, key), "NextKey": NextKey(-1, nil, key), "LookupAndDeleteElem": LookupAndDeleteElem(-1, key, value),
		"Lookup": lookup, "LookupAndDelete": take, "Update": update, "Delete": remove,
	} {
		if !errors.Is(err, unix.EBADF) && !errors.Is(err, unix.EPERM) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c.started {
		t.Error("the cursor moved")
	}
}

func TestUnsupported(t *testing.T) {
	for errno, want := range map[unix.Errno]bool{unix.EINVAL: true, unix.EOPNOTSUPP: true, 524: true, unix.ENOENT: false, unix.EPERM: false, unix.E2BIG: false} {
		if got := unsupported(errno); got != want {
			t.Errorf("%v: %v", errno, got)
		}
	}
}
