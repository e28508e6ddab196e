package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// pair is two connected sockets.
type pair struct {
	t    *testing.T
	ends [2]int
}

func newPair(t *testing.T, typ int) pair {
	t.Helper()
	ends, err := unix.Socketpair(unix.AF_UNIX, typ|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(ends[0]); unix.Close(ends[1]) })
	return pair{t, ends}
}

func (p pair) send(data []byte) {
	p.t.Helper()
	if _, err := unix.Write(p.ends[0], data); err != nil {
		p.t.Fatal(err)
	}
}

// receive reads up to n bytes and checks that they are the ones sent.
func (p pair) receive(n int, want []byte) {
	p.t.Helper()
	data := make([]byte, n)
	got, err := unix.Read(p.ends[1], data)
	if err != nil || !bytes.Equal(data[:got], want) {
		p.t.Fatalf("received %q, want %q: %v", data[:got], want, err)
	}
}

func TestShowsBytes(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	testenv.NeedHeaders(t)
	p := testenv.Start(t, testenv.Tool(t, "undump"), "-p", strconv.Itoa(os.Getpid()))
	p.Await("Ctrl-C ends it", time.Minute)

	long := bytes.Repeat([]byte("0123456789abcdef"), 100)
	stream, datagram := newPair(t, unix.SOCK_STREAM), newPair(t, unix.SOCK_DGRAM)
	stream.send([]byte("hello, socket\n"))
	stream.receive(5, []byte("hello")) // the rest stays in the buffer
	stream.receive(100, []byte(", socket\n"))
	datagram.send([]byte("no stream"))
	datagram.receive(100, []byte("no stream"))
	stream.send([]byte{0, 1, 0xff})
	stream.send(long)
	stream.receive(3, []byte{0, 1, 0xff})
	stream.receive(2000, long)
	p.Await(`receives 1600 bytes[^\n]*\n(?:0.*\n){64}`, 10*time.Second)

	result := p.Stop()
	var want string
	for _, data := range [][]byte{[]byte("hello"), []byte(", socket\n"), {0, 1, 0xff}} {
		want += fmt.Sprintf("TASK (%d) receives %d bytes\n%s", os.Getpid(), len(data), hex.Dump(data))
	}
	want += fmt.Sprintf("TASK (%d) receives 1600 bytes, of which these are 1024\n%s", os.Getpid(), hex.Dump(long[:1024]))
	got := regexp.MustCompile(`(?m)^.* \(`).ReplaceAllString(result.Stdout, "TASK (")
	if result.ExitCode != 0 || got != want {
		t.Errorf("want\n%s\n%v", want, result)
	}
}
