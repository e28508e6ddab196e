package bccgo

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

func loadIterHelpers(t *testing.T) *Module {
	t.Helper()
	testenv.Live(t)
	if err := SupportIter(); err != nil {
		t.Skip(err)
	}
	kernel := must(btf.LoadKernelSpec())(t)
	var task *btf.Struct
	must(0, kernel.TypeByName("task_struct", &task))(t)
	o := &Options{Defines: map[string]string{"TASK_STRUCT": fmt.Sprint(must(kernel.TypeID(task))(t))}}
	m := must(LoadFile("testdata/helpers/iter.c", o))(t)
	t.Cleanup(func() { must(0, m.Close())(t) })
	return m
}

func TestLiveFileHelpers(t *testing.T) {
	m := loadIterHelpers(t)
	path := filepath.Join(t.TempDir(), "named")
	file := must(os.Create(path))(t)
	defer file.Close()
	socket := must(net.ListenPacket("udp4", "127.0.0.1:0"))(t).(*net.UDPConn)
	defer socket.Close()
	want := []string{fmt.Sprintf("%d 0 %s", file.Fd(), path)}
	controlFD(t, socket, func(fd int) {
		link := must(os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd)))(t)
		want = append(want, fmt.Sprintf("%d %d %s", fd, unix.SOCK_DGRAM, link))
	})
	lines := iterLines(t, attachIter(t, m, "task_file", &IterOptions{PID: os.Getpid()}))
	for _, w := range want {
		if !slices.Contains(lines, w) {
			t.Errorf("no %q in %q", w, lines)
		}
	}
}

func TestLiveTypePrinted(t *testing.T) {
	m := loadIterHelpers(t)
	lines := iterLines(t, attachIter(t, m, "task", &IterOptions{TID: os.Getpid()}))
	text := strings.Join(lines, "")
	for _, part := range []string{fmt.Sprintf(".tgid = (pid_t)%d,", os.Getpid()), ".comm = (char[])["} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in %.300q and so on", part, text)
		}
	}
}

// TestLiveSocketKinds has TCP sockets in all states told apart.
func TestLiveSocketKinds(t *testing.T) {
	m := loadIterHelpers(t)
	ownNetwork(t)
	const established, timeWait, listening, newReceived = 1, 6, 10, 12
	// Several paths would make them sockets of another kind.
	patient, plain := &net.ListenConfig{Control: deferred}, new(net.ListenConfig)
	patient.SetMultipathTCP(false)
	plain.SetMultipathTCP(false)
	four := must(patient.Listen(t.Context(), "tcp4", "127.0.0.1:7701"))(t)
	defer four.Close()
	waiting := must(net.Dial("tcp4", "127.0.0.1:7701"))(t) // its listener waits for data
	defer waiting.Close()
	six := must(plain.Listen(t.Context(), "tcp6", "[::1]:7702"))(t)
	defer six.Close()
	client := must(net.Dial("tcp6", "[::1]:7702"))(t)
	server := must(six.Accept())(t)
	must(0, server.Close())(t) // who closes first has to wait
	must(0, client.Close())(t)

	lines := iterLines(t, attachIter(t, m, "tcp", nil))
	for _, want := range []string{
		fmt.Sprintf("7701 tcp 7701 in %d", listening),
		fmt.Sprintf("7701 request %d in %[1]d", newReceived),
		fmt.Sprintf("%d tcp %[1]d in %d", port(waiting.LocalAddr()), established),
		fmt.Sprintf("7702 tcp 7702 tcp6 %d in %[1]d", listening),
		fmt.Sprintf("7702 timewait %d in %[1]d", timeWait),
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("no %q in %q", want, lines)
		}
	}
}

func port(a net.Addr) int { return a.(*net.TCPAddr).Port }

// deferred has a listener tell of connections when they have sent something.
func deferred(_, _ string, c syscall.RawConn) (err error) {
	if controlErr := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 60)
	}); controlErr != nil {
		return controlErr
	}
	return err
}

func TestLiveDatagramKinds(t *testing.T) {
	m := loadIterHelpers(t)
	ownNetwork(t)
	var want []string
	for family, address := range map[int]string{4: "127.0.0.1:0", 6: "[::1]:0"} {
		c := must(net.ListenPacket("udp", address))(t)
		defer c.Close()
		want = append(want, fmt.Sprintf("%d %d", c.LocalAddr().(*net.UDPAddr).Port, family))
	}
	slices.Sort(want)
	lines := iterLines(t, attachIter(t, m, "udp", nil))
	if slices.Sort(lines); !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q", lines, want)
	}
	path := filepath.Join(t.TempDir(), "socket")
	l := must(net.Listen("unix", path))(t)
	defer l.Close()
	var stat syscall.Stat_t
	must(0, syscall.Stat(path, &stat))(t)
	if lines := iterLines(t, attachIter(t, m, "unix", nil)); !slices.Equal(lines, []string{fmt.Sprint(stat.Ino)}) {
		t.Errorf("got %q, want the socket in file %d", lines, stat.Ino)
	}
}
