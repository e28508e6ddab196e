package bccgo

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

const pinnedText = `
struct key_t {
	u32 a;
	u16 b;
};
BPF_HASH(counts, struct key_t, u64, 8);
BPF_QUEUE(line, u32, 4);
BPF_PERCPU_ARRAY(parts, u64, 1);

/* libbcc describes the types of a text that has a function. */
int unused(void *ctx) { return 0; }
`

type pinnedKey struct {
	A uint32
	B uint16
	_ uint16
}

// A table that Go pins outlives its module, and Go opens it again with its types.
func TestLivePinFromGo(t *testing.T) {
	testenv.Live(t)
	dir := bpffs(t)
	m := loadLive(t, pinnedText, nil)
	key := pinnedKey{A: 3, B: 4}
	must(0, must(Map[pinnedKey, uint64](m, "counts"))(t).Update(key, 5))(t)
	must(0, must(Queue[uint32](m, "line"))(t).Push(6))(t)
	pins := make(map[string]string)
	for _, name := range m.Tables() {
		pins[name] = filepath.Join(dir, name)
		must(0, m.Table(name).Pin(pins[name]))(t)
	}
	pin := new(PinError)
	if err := m.Table("counts").Pin(pins["counts"]); !errors.As(err, &pin) || !errors.Is(err, unix.EEXIST) || pin.Fix == "" {
		t.Errorf("pinned twice: %v", err)
	}
	must(0, m.Close())(t)

	again := must(OpenPinned(pins))(t)
	defer again.Close()
	if got, err := must(Map[pinnedKey, uint64](again, "counts"))(t).Lookup(key); got != 5 || err != nil {
		t.Errorf("count %d, %v", got, err)
	}
	if got, err := again.Table("counts").Get([]any{3, 4}); err != nil || got.String() != "5" {
		t.Errorf("count %v, %v", got, err)
	}
	// libbcc does not tell the kernel what queues hold.
	first, err := must(Queue[[4]byte](again, "line"))(t).Pop()
	if binary.NativeEndian.Uint32(first[:]) != 6 || err != nil {
		t.Errorf("first in line % x, %v", first, err)
	}
	if _, err := PerCPU[int32, uint64](again, "parts"); err != nil {
		t.Error(err)
	}
	layout := new(LayoutError)
	if _, err := Map[uint64, uint64](again, "counts"); !errors.As(err, &layout) {
		t.Errorf("another type of keys: %v", err)
	}
	must(0, again.Close())(t)
	if _, err := os.Stat(pins["counts"]); err != nil {
		t.Errorf("Close took the pin away: %v", err)
	}
}

func TestLivePinErrors(t *testing.T) {
	testenv.Live(t)
	dir := bpffs(t)
	plain := filepath.Join(t.TempDir(), "counts")
	m := loadLive(t, pinnedText, nil)
	wantPin := func(what string, fix bool, err error) {
		t.Helper()
		pin := new(PinError)
		if !errors.As(err, &pin) || (pin.Fix != "") != fix {
			t.Errorf("%s: %v", what, err)
		}
	}
	wantPin("no BPF file system", true, m.Table("counts").Pin(plain))
	wantPin("no folder", true, m.Table("counts").Pin(filepath.Join(dir, "missing", "counts")))
	_, err := OpenPinned(map[string]string{"counts": filepath.Join(dir, "missing")})
	wantPin("no pin", true, err)
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no pin: %v", err)
	}
	path := filepath.Join(dir, "counts")
	must(0, m.Table("counts").Pin(path))(t)
	_, err = Load(`BPF_TABLE_PINNED("hash", u32, u64, counts, 8, "`+path+`");`, nil)
	wantPin("another shape", true, err)
	_, err = Load(`BPF_TABLE_PINNED("hash", u64, u64, counts, 8, "`+plain+`");`, nil)
	wantPin("pinned outside of one", true, err)
	if err := new(Table).Pin(path); err == nil {
		t.Error("no table was pinned")
	}
}
