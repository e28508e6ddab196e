package bccgo

import (
	"encoding/binary"
	"errors"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

func loadMaps(t *testing.T, typ ProgType) *helpers {
	t.Helper()
	testenv.Live(t)
	foreignHeaders(t)
	return loadHelpers(t, "maps.c", typ)
}

// verdict runs an XDP function on a packet.
func (h *helpers) verdict(t *testing.T, function string) uint32 {
	t.Helper()
	p, err := h.m.program(function, XDP)
	if err != nil {
		t.Fatal(err)
	}
	ret, err := p.Run(&ebpf.RunOptions{Data: make([]byte, 64), DataOut: make([]byte, 128), Repeat: 1})
	if err != nil {
		t.Fatal(err)
	}
	return ret
}

const (
	xdpDrop, xdpPass, xdpRedirect = 1, 2, 4
)

// wantVerdict compares what a function decides.
func (h *helpers) wantVerdict(t *testing.T, function, when string, want uint32) {
	t.Helper()
	if got := h.verdict(t, function); got != want {
		t.Errorf("%s: %s decides %d, want %d", when, function, got, want)
	}
}

func TestLiveDevMap(t *testing.T) {
	h := loadMaps(t, XDP)
	devices := DevMap(h.m, "devices")
	h.wantVerdict(t, "to_device", "empty", xdpDrop)
	must(0, devices.Set(1, "lo"))(t)
	h.wantVerdict(t, "to_device", "with a device", xdpRedirect)
	lo := must(net.InterfaceByName("lo"))(t)
	if got, err := devices.Lookup(1); got != lo.Index || err != nil {
		t.Errorf("device %d, %v", got, err)
	}
	must(0, devices.Delete(1))(t)
	h.wantVerdict(t, "to_device", "after delete", xdpDrop)
	must(0, devices.SetIndex(1, lo.Index))(t)
	must(0, devices.Clear())(t)
	h.wantVerdict(t, "to_device", "after clear", xdpDrop)

	var none *UnknownError
	if err := devices.Set(1, "no-such-device"); !errors.As(err, &none) {
		t.Errorf("unknown device: %v", err)
	}
	if err := devices.SetIndex(1, 1<<30); !errors.Is(err, unix.EINVAL) || !strings.Contains(err.Error(), "number") {
		t.Errorf("unknown number: %v", err)
	}
	wantNoKey(t, devices.Set(4, "lo"))
	_, err := devices.Lookup(0)
	wantNoKey(t, err)
	wantKindError(t, DevMap(h.m, "processors").Set(0, "lo"), DevMap(h.m, "plain").Err(), DevMap(h.m, "plain").Clear())
}

func wantNoKey(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ErrKeyNotExist) {
		t.Errorf("got %v, want ErrKeyNotExist", err)
	}
}

func wantKindError(t *testing.T, errs ...error) {
	t.Helper()
	for i, err := range errs {
		if kind := new(KindError); !errors.As(err, &kind) {
			t.Errorf("error %d is no KindError: %v", i, err)
		}
	}
}

func TestLiveCPUMap(t *testing.T) {
	h := loadMaps(t, XDP)
	cpus := CPUMap(h.m, "processors")
	h.wantVerdict(t, "to_processor", "empty", xdpDrop)
	online := must(OnlineCPUs())(t)
	if !slices.Contains(online, 1) {
		t.Skip("there is no second processor")
	}
	must(0, cpus.Set(1, 128))(t)
	h.wantVerdict(t, "to_processor", "with a queue", xdpRedirect)
	if got, err := cpus.Lookup(1); got != 128 || err != nil {
		t.Errorf("queue %d, %v", got, err)
	}
	must(0, cpus.Delete(1))(t)
	h.wantVerdict(t, "to_processor", "after delete", xdpDrop)
	_, err := cpus.Lookup(1)
	wantNoKey(t, err)
	must(0, cpus.Set(1, 8))(t)
	must(0, cpus.Clear())(t)
	h.wantVerdict(t, "to_processor", "after clear", xdpDrop)
	if err := cpus.Set(1, 0); err == nil {
		t.Error("a queue of no packets")
	}
	if err := cpus.Set(1, 1<<20); !errors.Is(err, unix.EOVERFLOW) {
		t.Errorf("a queue too long: %v", err)
	}
	wantNoKey(t, cpus.Set(4, 8))
	wantKindError(t, CPUMap(h.m, "devices").Delete(0))
}

// xskSocket makes an AF_XDP socket with memory and rings, bound nowhere.
func xskSocket(t *testing.T) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_XDP, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Skip("this kernel has no AF_XDP sockets: ", err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	area, err := unix.Mmap(-1, 0, 16*4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(area) })
	region := binary.NativeEndian.AppendUint64(nil, addressOf(area))
	region = binary.NativeEndian.AppendUint64(region, uint64(len(area)))
	region = binary.NativeEndian.AppendUint32(region, 4096)
	region = append(region, make([]byte, 4)...)
	must(0, unix.SetsockoptString(fd, unix.SOL_XDP, unix.XDP_UMEM_REG, string(region)))(t)
	for _, ring := range []int{unix.XDP_UMEM_FILL_RING, unix.XDP_UMEM_COMPLETION_RING, unix.XDP_RX_RING} {
		must(0, unix.SetsockoptInt(fd, unix.SOL_XDP, ring, 16))(t)
	}
	return fd
}

func TestLiveXSKMap(t *testing.T) {
	h := loadMaps(t, XDP)
	sockets := XSKMap(h.m, "sockets")
	h.wantVerdict(t, "to_socket", "empty", xdpPass)
	fd := xskSocket(t)
	must(0, sockets.SetFD(0, fd))(t)
	h.wantVerdict(t, "to_socket", "with a socket", xdpRedirect)
	must(0, sockets.Delete(0))(t)
	h.wantVerdict(t, "to_socket", "after delete", xdpPass)
	must(0, sockets.SetFD(0, fd))(t)
	must(0, sockets.Clear())(t)
	h.wantVerdict(t, "to_socket", "after clear", xdpPass)
	wantNoKey(t, sockets.SetFD(4, fd))
	if err := sockets.SetFD(0, 1<<20); !errors.Is(err, unix.EBADF) {
		t.Errorf("a closed descriptor: %v", err)
	}
	if err := sockets.SetFD(0, int(os.Stderr.Fd())); err == nil || !strings.Contains(err.Error(), "AF_XDP") {
		t.Errorf("no socket: %v", err)
	}
	wantKindError(t, XSKMap(h.m, "plain").SetFD(0, fd))
}

func TestLiveMapOfMaps(t *testing.T) {
	h := loadMaps(t, RawTracepoint)
	count := func(at uint64) {
		t.Helper()
		p := must(h.m.program("count_inside", RawTracepoint))(t)
		must(p.Run(&ebpf.RunOptions{Context: []uint64{at, 0}}))(t)
	}
	byIndex, byKey := MapOfMaps[int32](h.m, "by_index"), MapOfMaps[uint64](h.m, "by_key")
	count(2) // into nothing
	first, second := must(byIndex.New())(t), must(byIndex.New())(t)
	must(0, byIndex.Set(2, first))(t)
	count(2)
	count(2)
	must(0, byIndex.Set(2, second))(t)
	count(2)
	wantInside(t, first, 2)
	wantInside(t, second, 1)
	wantInside(t, must(byIndex.Lookup(2))(t), 1)
	must(0, byKey.Set(3, second))(t)
	must(0, byKey.Set(1<<40, h.m.Table("inner")))(t)
	count(3) // takes it out of the second
	wantInside(t, second, 0)
	if keys := must(byKey.Keys())(t); len(keys) != 2 || !slices.Contains(keys, 1<<40) {
		t.Errorf("keys %v", keys)
	}
	full := new(FullError)
	if err := byKey.Set(5, first); !errors.As(err, &full) || full.MaxEntries != 2 {
		t.Errorf("a third of two: %v", err)
	}
	must(0, byKey.Delete(3))(t)
	wantNoKey(t, byKey.Delete(3))
	_, err := byKey.Lookup(3)
	wantNoKey(t, err)
	must(0, byIndex.Clear())(t)
	_, err = byIndex.Lookup(2)
	wantNoKey(t, err)
	wantNoKey(t, byIndex.Set(4, first))
	wantKindError(t, byIndex.Set(0, h.m.Table("out")), MapOfMaps[int32](h.m, "plain").Err())
	if layout := new(LayoutError); !errors.As(MapOfMaps[uint32](h.m, "by_key").Clear(), &layout) {
		t.Error("keys of another size")
	}
	if err := byIndex.Set(0, nil); err == nil {
		t.Error("no table")
	}
}

// wantInside wants a count in an inner table, 0 for none.
func wantInside(t *testing.T, inner *Table, want uint64) {
	t.Helper()
	m, err := MapOf[uint32, uint64](inner)
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.Lookup(7)
	if got != want || (want == 0) != errors.Is(err, ErrKeyNotExist) {
		t.Errorf("counted %d, %v, want %d", got, err, want)
	}
}

// selfConnection is a TCP connection of this process to itself.
func selfConnection(t *testing.T) (near, far *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := must(net.Dial("tcp4", l.Addr().String()))(t)
	t.Cleanup(func() { c.Close() })
	other := must(l.Accept())(t)
	t.Cleanup(func() { other.Close() })
	return c.(*net.TCPConn), other.(*net.TCPConn)
}

func TestLiveSockMap(t *testing.T) {
	h := loadMaps(t, RawTracepoint)
	near, far := selfConnection(t)
	byIndex, byName := SockMap[uint32](h.m, "connections"), SockMap[uint64](h.m, "named")
	must(0, byIndex.Set(1, near))(t)
	must(0, byIndex.Delete(1))(t)
	wantNoKey(t, byIndex.Delete(1))
	wantNoKey(t, byIndex.Set(2, near))
	must(0, byName.Set(1<<40, near))(t)
	must(0, byName.Set(2, far))(t)
	if keys := must(byName.Keys())(t); len(keys) != 2 || !slices.Contains(keys, 1<<40) {
		t.Errorf("keys %v", keys)
	}
	full := new(FullError)
	third, _ := selfConnection(t)
	if err := byName.Set(3, third); !errors.As(err, &full) {
		t.Errorf("a third of two: %v", err)
	}
	far.Close() // a closed socket leaves
	if keys := must(byName.Keys())(t); !slices.Equal(keys, []uint64{1 << 40}) {
		t.Errorf("keys after a close: %v", keys)
	}
	must(0, byName.Clear())(t)
	if keys := must(byName.Keys())(t); len(keys) != 0 {
		t.Errorf("keys after clear: %v", keys)
	}
	if err := byIndex.SetFD(0, int(os.Stderr.Fd())); err == nil || !strings.Contains(err.Error(), "socket") {
		t.Errorf("no socket: %v", err)
	}
	wantKindError(t, SockMap[uint32](h.m, "plain").Err())
}

func TestLiveStorage(t *testing.T) {
	h := loadMaps(t, RawTracepoint)
	near, far := selfConnection(t)
	ofSocket := Storage[uint64](h.m, "of_socket")
	must(0, ofSocket.UpdateOf(near, 7))(t)
	if got, err := ofSocket.LookupOf(near); got != 7 || err != nil {
		t.Errorf("of the socket: %d, %v", got, err)
	}
	_, err := ofSocket.LookupOf(far)
	wantNoKey(t, err)
	if err := ofSocket.Update(int(os.Stderr.Fd()), 1); err == nil || !strings.Contains(err.Error(), "descriptor") {
		t.Errorf("a value for no socket: %v", err)
	}
	wantKindError(t, ofSocket.UpdatePID(1, 1), Storage[uint64](h.m, "plain").Err())
	if layout := new(LayoutError); !errors.As(Storage[uint32](h.m, "of_file").Err(), &layout) {
		t.Error("values of another size")
	}
}

func TestLiveFileStorage(t *testing.T) {
	h := loadMaps(t, RawTracepoint)
	file := must(os.CreateTemp(t.TempDir(), ""))(t)
	defer file.Close()
	again := must(os.Open(file.Name()))(t)
	defer again.Close()
	ofFile := Storage[uint64](h.m, "of_file")
	must(0, ofFile.UpdateOf(file, 9))(t)
	if got, err := ofFile.LookupOf(again); got != 9 || err != nil {
		t.Errorf("of the file: %d, %v", got, err)
	}
	must(0, ofFile.Delete(int(again.Fd())))(t)
	_, err := ofFile.LookupOf(file)
	wantNoKey(t, err)
}

func TestLiveTaskStorage(t *testing.T) {
	testenv.NeedHeaders(t)
	h := loadMaps(t, RawTracepoint)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p := must(h.m.program("note_task", RawTracepoint))(t)
	h.prog = p
	h.run(t)
	h.run(t)
	h.is(t, 102)
	ofTask := Storage[uint64](h.m, "of_task")
	if os.Getpid() == unix.Gettid() {
		if got, err := ofTask.LookupPID(os.Getpid()); got != 102 || err != nil {
			t.Errorf("of this process: %d, %v", got, err)
		}
	}
	h.run(t, 1)
	h.is(t, 103, 0)
	child := testenv.Start(t, "sleep", "60")
	_, err := ofTask.LookupPID(child.Pid())
	wantNoKey(t, err)
	must(0, ofTask.UpdatePID(child.Pid(), 5))(t)
	if got, err := ofTask.LookupPID(child.Pid()); got != 5 || err != nil {
		t.Errorf("of the child: %d, %v", got, err)
	}
	must(0, ofTask.DeletePID(child.Pid()))(t)
	wantNoKey(t, ofTask.DeletePID(child.Pid()))
	if _, err := ofTask.LookupPID(1 << 30); err == nil {
		t.Error("a process that is not there")
	}
}

func TestLiveCgroupStorage(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	if !alone(t) {
		return
	}
	inside, _ := cgroups(t)
	h := loadMaps(t, ebpf.CGroupSKB)
	p := must(h.m.program("note_group", ebpf.CGroupSKB))(t)
	l := must(link.AttachCgroup(link.CgroupOptions{Path: inside, Attach: ebpf.AttachCGroupInetEgress, Program: p}))(t)
	defer l.Close()
	enter(t, inside)
	c := must(net.Dial("udp4", "127.0.0.1:9"))(t)
	defer c.Close()
	for range 3 {
		c.Write([]byte("x")) // nobody listens
	}
	var group unix.Stat_t
	must(0, unix.Stat(inside, &group))(t)
	key := CgroupStorageKey{Cgroup: group.Ino, AttachType: ebpf.AttachCGroupInetEgress}
	notes := must(Map[CgroupStorageKey, uint64](h.m, "of_group"))(t)
	perCPU := must(PerCPU[CgroupStorageKey, uint64](h.m, "of_group_and_cpu"))(t)
	got, err := notes.Lookup(key)
	if got < 2 || err != nil { // a refusal of the first may stop the second
		t.Errorf("%d packets, %v", got, err)
	}
	if sum := Sum(must(perCPU.Lookup(key))(t)); sum != got {
		t.Errorf("%d packets on all processors, %d in all", sum, got)
	}
	must(0, notes.Update(key, 1000))(t)
	if got := must(notes.Lookup(key))(t); got != 1000 {
		t.Errorf("set to 1000, is %d", got)
	}
	key.Cgroup++
	_, err = notes.Lookup(key)
	wantNoKey(t, err)
	wantKindError(t, notes.Clear())
}

func TestLiveTableFlags(t *testing.T) {
	h := loadMaps(t, RawTracepoint)
	h.prog = must(h.m.program("from_program", RawTracepoint))(t)
	h.run(t)
	h.is(t, 0)
	table := must(Map[uint32, uint64](h.m, "from_programs"))(t)
	if got, err := table.Lookup(1); got != 2 || err != nil {
		t.Errorf("from the program: %d, %v", got, err)
	}
	if err := table.Update(1, 3); !errors.Is(err, unix.EPERM) {
		t.Errorf("written to from user space: %v", err)
	}
	const noPrealloc, readOnly = 1, 8
	if h.m.Table("grows").Flags() != noPrealloc || table.Table().Flags() != readOnly {
		t.Errorf("flags %#x, %#x", h.m.Table("grows").Flags(), table.Table().Flags())
	}
}
