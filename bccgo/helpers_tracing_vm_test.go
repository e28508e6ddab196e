package bccgo

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

func loadTracing(t *testing.T) *helpers {
	t.Helper()
	testenv.VM(t)
	testenv.NeedHeaders(t)
	m := must(LoadFile("testdata/helpers/tracing.c", &Options{NoAutoAttach: true, Defines: me()}))(t)
	t.Cleanup(func() { must(0, m.Close())(t) })
	return &helpers{m: m}
}

func TestVMFunctionHelpers(t *testing.T) {
	h := loadTracing(t)
	must(h.m.AttachKfunc("vfs_write"))(t)
	must(h.m.AttachKretfunc("vfs_write"))(t)
	null := must(os.OpenFile(os.DevNull, os.O_WRONLY, 0))(t)
	defer null.Close()
	must(null.Write(make([]byte, 4321)))(t)
	h.read(t)
	h.is(t, 4, 0, 4321, -int64(unix.EINVAL), 0, 4321)
}

func TestVMFunctionInModule(t *testing.T) {
	ownDevices(t) // which has the kernel load the module
	h := loadTracing(t)
	l := must(h.m.AttachKfunc("veth__veth_xmit"))(t)
	sendFrames(t, 3, 777)
	must(0, l.Close())(t)
	sendFrames(t, 2, 777)
	h.read(t)
	if h.out[6] != 3 {
		t.Errorf("%d packets, want 3", h.out[6])
	}
}

func TestVMInodeStorage(t *testing.T) {
	h := loadTracing(t)
	path := filepath.Join(t.TempDir(), "file")
	file := must(os.Create(path))(t)
	defer file.Close()
	must(h.m.AttachLSM("file_open"))(t)
	opened := Storage[uint64](h.m, "opened")
	for n := range 3 {
		must(0, opens(t, path))(t)
		if got, err := opened.LookupOf(file); n < 2 && (got != uint64(n+1) || err != nil) {
			t.Errorf("opened %d times, noted %d, %v", n+1, got, err)
		}
	}
	_, err := opened.LookupOf(file)
	wantNoKey(t, err)
	h.read(t)
	if h.out[7] != 1 {
		t.Errorf("deleting: %d", int64(h.out[7])-1)
	}
}

// distrusts tells whether a program was started as one that is to distrust who
// started it, by AT_SECURE of its auxiliary vector.
func distrusts(t *testing.T, pid int) bool {
	t.Helper()
	const atSecure = 23
	vector := must(os.ReadFile(fmt.Sprintf("/proc/%d/auxv", pid)))(t)
	for ; len(vector) >= 16; vector = vector[16:] {
		if binary.NativeEndian.Uint64(vector) == atSecure {
			return binary.NativeEndian.Uint64(vector[8:]) != 0
		}
	}
	t.Fatal("no AT_SECURE")
	return false
}

func TestVMExecOptions(t *testing.T) {
	h := loadTracing(t)
	if child := testenv.Start(t, "sleep", "60"); distrusts(t, child.Pid()) {
		t.Error("an ordinary program is secure")
	}
	l := must(h.m.AttachLSM("bprm_creds_for_exec"))(t)
	child := testenv.Start(t, "sleep", "60")
	must(0, l.Close())(t)
	if h.read(t); h.out[8] != 1 || !distrusts(t, child.Pid()) {
		t.Errorf("the function got %d, and the program is not secure", int64(h.out[8])-1)
	}
}
