package bccgo

import (
	"encoding/binary"
	"testing"

	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// handOver runs a function of type Syscall with a struct given of syscall.c.
func (h *helpers) handOver(t *testing.T, function string, address, number uint64, name string) {
	t.Helper()
	context := binary.NativeEndian.AppendUint64(nil, address)
	context = binary.NativeEndian.AppendUint64(context, number)
	context = append(append(context, name...), make([]byte, 16-len(name))...)
	testRun(t, h.m, functionOf(function), &TestRunOptions{Type: Syscall, Context: context})
	h.read(t)
}

// syscallHelpers are the helpers of such functions, each with what is right.
var syscallHelpers = map[string]func(*testing.T, *helpers){
	"bpf_sys_bpf": func(t *testing.T, h *helpers) {
		h.handOver(t, "bpf_sys_bpf", 0, 77, "")
		fd := int(int64(h.out[0]))
		if fd <= 0 {
			t.Fatalf("made no table: %d", fd)
		}
		defer unix.Close(fd)
		if got := describeFD(fd); got[:5] != "table" {
			t.Errorf("made %s", got)
		}
	},
	"bpf_sys_close": func(t *testing.T, h *helpers) {
		fd := must(unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 100))(t)
		h.handOver(t, "bpf_sys_close", 0, uint64(fd), "")
		h.is(t, 0, -int64(unix.EBADF))
		if err := unix.Close(fd); err != unix.EBADF {
			t.Errorf("it is still open: %v", err)
		}
	},
	"bpf_btf_find_by_name_kind": func(t *testing.T, h *helpers) {
		kernel := must(btf.LoadKernelSpec())(t)
		var task *btf.Struct
		must(0, kernel.TypeByName("task_struct", &task))(t)
		const kindStruct = 4
		h.handOver(t, "bpf_btf_find_by_name_kind", 0, kindStruct, "task_struct")
		h.is(t, int64(must(kernel.TypeID(task))(t)), -int64(unix.ENOENT))
	},
	"bpf_kallsyms_lookup_name": func(t *testing.T, h *helpers) {
		address, ok := h.m.KSymName("vfs_read")
		if !ok {
			t.Fatal("the kernel hides its symbols")
		}
		h.handOver(t, "bpf_kallsyms_lookup_name", 0, 0, "vfs_read")
		h.is(t, 0, int64(address), -int64(unix.ENOENT))
	},
	"bpf_copy_from_user": func(t *testing.T, h *helpers) {
		h.handOver(t, "bpf_copy_from_user", givenAddress(), 0, "")
		h.is(t, 42, 0, -int64(unix.EFAULT))
	},
	"bpf_copy_from_user_task": func(t *testing.T, h *helpers) {
		h.handOver(t, "bpf_copy_from_user_task", givenAddress(), 0, "")
		h.is(t, 42, 0)
	},
}

func TestLiveSyscallHelpers(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	h := loadHelpers(t, "syscall.c", Syscall)
	for item, check := range syscallHelpers {
		t.Run(item, func(t *testing.T) { check(t, h) })
	}
}
