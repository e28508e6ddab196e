package bccgo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// sixArguments has a function of six arguments, and prints what the registers
// have to hold at its begin: its address, the caller's frame, where it returns to.
const sixArguments = `
#include <stdio.h>

static void *back;

__attribute__((noinline, noclone)) long six(long a, long b, long c, long d, long e, long f)
{
	back = __builtin_return_address(0);
	return a + b + c + d + e + f;
}

int main(void)
{
	while (getchar() != EOF) {
		six(11, 22, 33, 44, 55, 66);
		printf("%lu %lu %lu.", (long)six, (long)__builtin_frame_address(0), (long)back);
		fflush(stdout);
	}
	return 0;
}
`

// loadMacros loads macros.c, whose functions take what the kernel's structs hold.
func loadMacros(t *testing.T, headers func(testing.TB)) *helpers {
	t.Helper()
	testenv.Live(t)
	headers(t)
	o := &Options{NoAutoAttach: true, Defines: me()}
	o.Defines["CONFIG_CC_STACKPROTECTOR_STRONG"] = "1"
	o.Defines["NR"] = fmt.Sprint(unix.SYS_FADVISE64)
	m := must(LoadFile("testdata/helpers/macros.c", o))(t)
	t.Cleanup(func() { must(0, m.Close())(t) })
	return &helpers{m: m, typ: RawTracepoint}
}

// macros are those whose functions are run by request, each with what is right.
var macros = map[string]func(*testing.T, *helpers){
	"lookup_or_init": func(t *testing.T, h *helpers) {
		must(0, h.m.Table("counts").Clear())(t)
		h.run(t)
		h.is(t, 41, 42, 0)
		if h.ret != 0 {
			t.Errorf("the function went on, to %d", h.ret)
		}
	},
	"atomic_increment": func(t *testing.T, h *helpers) {
		must(0, h.m.Table("counts").Clear())(t)
		h.run(t)
		h.is(t, 11)
	},
	"key_leaf": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0x2345, 8, 2)
	},
	"section": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0, -int64(unix.E2BIG))
		table := must(Map[int32, uint64](h.m, "handmade"))(t)
		if got := must(table.Lookup(2))(t); got != 19 || table.Table().MaxEntries() != 3 {
			t.Errorf("%d in a table of %d", got, table.Table().MaxEntries())
		}
	},
	"pile": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 2, 1)
		one, two := must(Queue[uint64](h.m, "pile"))(t), must(Queue[uint64](h.m, "line"))(t)
		if a, b := must(one.Pop())(t), must(two.Pop())(t); a != 1 || b != 2 {
			t.Errorf("left are %d and %d", a, b)
		}
	},
	"sizes": func(t *testing.T, h *helpers) {
		const depth, address, place = 127, 8, 32
		h.run(t)
		h.is(t, depth, depth*address, depth*place)
		if own := must(must(StackTraces(h.m, "stacks"))(t).Walk(int64(h.out[3])))(t); len(own) < 2 || !mapped(t, own[0], 'x') {
			t.Errorf("stack %x", own)
		}
		if own := must(must(StackTraces(h.m, "builds"))(t).BuildIDFrames(int64(h.out[4])))(t); len(own) < 2 {
			t.Errorf("frames %v", own)
		}
	},
	"pointers": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, int64(os.Getppid()), int64(os.Getpid()), int64(os.Getpid()), int64(os.Getpid()))
	},
	"stackprotector": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 1)
	},
}

func TestLiveMacros(t *testing.T) {
	h := loadMacros(t, testenv.NeedHeaders)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for name, check := range macros {
		t.Run(name, func(t *testing.T) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			h.need(t, name)
			check(t, h)
		})
	}
}

// TestLiveSyscallArguments makes a system call that fails, with six arguments.
func TestLiveSyscallArguments(t *testing.T) {
	h := loadMacros(t, foreignHeaders)
	l := must(h.m.AttachRawTracepoint("sys_enter", "do_syscall"))(t)
	want := []int64{-1, 22, 33, 44, 55, 66}
	_, _, errno := unix.Syscall6(unix.SYS_FADVISE64, ^uintptr(0), 22, 33, 44, 55, 66)
	if errno != unix.EBADF && errno != unix.EINVAL {
		t.Error(errno)
	}
	must(0, l.Close())(t)
	h.read(t)
	h.is(t, want...)
}

func TestLiveSyscallContext(t *testing.T) {
	testenv.NeedKprobes(t)
	h := loadMacros(t, foreignHeaders)
	must(h.m.AttachKprobe(must(GetSyscallFnName("fadvise64"))(t), "do_syscall_ctx", nil))(t)
	unix.Syscall6(unix.SYS_FADVISE64, ^uintptr(0), 22, 33, 44, 55, 66)
	h.read(t)
	h.is(t, 22, 44)
}

func TestLiveRegisters(t *testing.T) {
	testenv.NeedUprobes(t)
	h := loadMacros(t, foreignHeaders)
	c := startAnswering(t, buildC(t, "gcc", sixArguments, "-fno-omit-frame-pointer"))
	must(h.m.AttachUprobe(c.path, "six", "do_registers", &UprobeOptions{PID: c.pid}))(t)
	must(io.WriteString(c.in, "x"))(t)
	line := make([]byte, 256)
	n := must(c.out.Read(line))(t)
	var function, frame, back int64
	if _, err := fmt.Sscanf(string(line[:n]), "%d %d %d.", &function, &frame, &back); err != nil {
		t.Fatalf("%q: %v", line[:n], err)
	}
	h.read(t)
	h.is(t, 11, 22, 33, 44, 55, 66, function, frame, back, int64(h.out[9]))
	if h.out[11] != 1 {
		t.Errorf("the number of a probe without one is %d", h.out[11]-1)
	}
	if !bytes.HasSuffix(line[:n], []byte(".")) || int64(h.out[9]) > frame || int64(h.out[9]) < frame-4096 {
		t.Errorf("the stack is at %#x, below the frame at %#x", h.out[9], frame)
	}
	must(h.m.AttachUretprobe(c.path, "six", "do_result", &UprobeOptions{PID: c.pid}))(t)
	c.call("x")
	h.read(t)
	if h.out[10] != 11+22+33+44+55+66 {
		t.Errorf("result %d", h.out[10])
	}
}

const dynamicText = `
struct names_t {
	char first[16], text[16];
	u32 length;
};
struct room_t {
	char all[65536];
};
BPF_HASH(seen, u32, struct names_t);
BPF_ARRAY(room, struct room_t, 1);

TRACEPOINT_PROBE(net, net_dev_queue)
{
	struct names_t n = {};
	int key = 0;
	u32 first = 0;
	struct room_t *to = room.lookup(&key);

	if (!to || bpf_get_current_pid_tgid() >> 32 != ME)
		return 0;
	n.length = args->data_loc_name >> 16;
	if (n.length != sizeof("bccgodevice0"))
		return 0;
	TP_DATA_LOC_READ(to->all, name);
	TP_DATA_LOC_READ_CONST(n.first, name, 5);
	TP_DATA_LOC_READ_STR(n.text, name, sizeof(n.text));
	seen.update(&first, &n);
	return 0;
}
`

// TestLiveDynamicFields reads a device's name, whose length the event says.
func TestLiveDynamicFields(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "net:net_dev_queue")
	ownNetwork(t)
	ipCommand(t, "link add bccgodevice0 type veth peer name far")
	ipCommand(t, "link set far up")
	ipCommand(t, "link set bccgodevice0 up")
	ipCommand(t, "addr add 10.77.0.1/24 dev bccgodevice0")
	ipCommand(t, "neigh add 10.77.0.2 lladdr 2:0:0:0:0:1 dev bccgodevice0")
	m := loadLive(t, dynamicText, &Options{Defines: me()})
	must(0, sendTo("udp4", "10.77.0.2:9"))(t)
	type names struct {
		First, Text [16]byte
		Length      uint32
	}
	got := must(must(Map[uint32, names](m, "seen"))(t).Lookup(0))(t)
	room := must(must(Map[int32, [1 << 16]byte](m, "room"))(t).Lookup(0))(t)
	if s := strings.Join([]string{CString(room[:]), CString(got.First[:]), CString(got.Text[:])}, " "); s != "bccgodevice0 bccgo bccgodevice0" {
		t.Errorf("read %q of %d bytes", s, got.Length)
	}
}

// TestLiveLicense loads a function whose helper is for GPL programs alone.
func TestLiveLicense(t *testing.T) {
	testenv.Live(t)
	const text = "int f(struct bpf_raw_tracepoint_args *ctx) { bpf_trace_printk(\"never\"); return 0; }"
	var refused *VerifierError
	for license, right := range map[string]bool{"GPL": true, "Dual BSD/GPL": true, "Proprietary": false} {
		m := loadLive(t, "#define BPF_LICENSE "+license+"\n"+text, nil)
		err := m.LoadFunc("f", RawTracepoint)
		if right != (err == nil) || !right && (!errors.As(err, &refused) || !strings.Contains(err.Error(), "GPL")) {
			t.Errorf("%s: %v", license, err)
		}
	}
}

// TestLiveQueuePinned has a second program take what a first one was given.
func TestLiveQueuePinned(t *testing.T) {
	testenv.Live(t)
	text := fmt.Sprintf("BPF_QUEUESTACK_PINNED(\"queue\", jobs, u64, 4, 0, %q);\n", bpffs(t)+"/jobs")
	first, second := loadLive(t, text, nil), loadLive(t, text, nil)
	must(0, must(Queue[uint64](first, "jobs"))(t).Push(77))(t)
	if got, err := must(Queue[uint64](second, "jobs"))(t).Pop(); got != 77 || err != nil {
		t.Errorf("took %d, %v", got, err)
	}
}

// TestLiveTracepointHead reads the first bytes of a tracepoint's record, which
// AttachTracepointRe says to be denied.
func TestLiveTracepointHead(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, "int head(u16 *ctx) { return ctx[0]; }\nint rest(u64 *ctx) { return ctx[1]; }", nil)
	var refused *VerifierError
	if err := m.LoadFunc("head", Tracepoint); !errors.As(err, &refused) {
		t.Errorf("the event's number is read: %v", err)
	}
	must(0, m.LoadFunc("rest", Tracepoint))(t)
}
