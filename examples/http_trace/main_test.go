package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// start traces one process.
func start(t *testing.T, pid int) *testenv.Proc {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracefs(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_accept4")
	p := testenv.Start(t, testenv.Tool(t, "http_trace"), "-p", fmt.Sprint(pid))
	p.Await("Ctrl-C ends it", time.Minute)
	return p
}

// fetch sends a request, and returns the client's address.
func fetch(t *testing.T, method, url string) (from string) {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err == nil {
			from = conn.LocalAddr().String()
		}
		return conn, err
	}}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return from
}

// rows are process, client and request of each row.
func rows(t *testing.T, result testenv.Result) (all []string) {
	t.Helper()
	heading, body, _ := strings.Cut(result.Stdout, "\n")
	if result.ExitCode != 0 || strings.Join(strings.Fields(heading), " ") != "TIME PID TASK FD CLIENT REQUEST" {
		t.Error(result)
	}
	for line := range strings.Lines(body) {
		f := strings.Fields(line)
		if len(f) < 6 {
			t.Errorf("%q is no row", line)
			continue
		}
		all = append(all, strings.Join(append([]string{f[1]}, f[4:]...), " "))
	}
	return all
}

// The test's own server takes connections with accept4 and reads with read.
func TestShowsRequests(t *testing.T) {
	p := start(t, os.Getpid())
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	var want []string
	for _, r := range []struct{ method, path string }{
		{"GET", "/one?x=1"}, {"POST", "/two"}, {"DELETE", "/" + strings.Repeat("long", 50)},
	} {
		from := fetch(t, r.method, server.URL+r.path)
		line := r.method + " " + r.path + " HTTP/1.1"
		want = append(want, fmt.Sprintf("%d %s %s", os.Getpid(), from, line[:min(len(line), 128)]))
	}
	// What is no request, and what is written by a client, is not shown.
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("GOT / HTTP/1.1\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if got := rows(t, p.Stop()); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// Python's server reads with recvfrom. Another server beside it is not traced.
func TestShowsOneProcess(t *testing.T) {
	testenv.Live(t)
	testenv.NotEmulated(t)
	testenv.NeedProgram(t, "python3")
	cmd := exec.Command("python3", "-u", "-m", "http.server", "-b", "::1", "0")
	cmd.Dir = t.TempDir()
	python := testenv.StartCmd(t, cmd)
	url := strings.TrimSuffix(python.Await(`http://\S+/`, 30*time.Second), "/")
	p := start(t, python.Pid())
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	fetch(t, "GET", server.URL+"/elsewhere")
	from := fetch(t, "HEAD", url+"/page")
	want := []string{fmt.Sprintf("%d %s HEAD /page HTTP/1.1", python.Pid(), from)}
	if got := rows(t, p.Stop()); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

func TestClient(t *testing.T) {
	var ip4, ip6, none [28]byte
	binary.NativeEndian.PutUint16(ip4[:], 2)
	copy(ip4[2:], "\x1f\x90\x0a\x09\x00\x01")
	binary.NativeEndian.PutUint16(ip6[:], 10)
	copy(ip6[2:], "\x00\x50\x00\x00\x00\x00\xfd\x09")
	ip6[23] = 1
	for want, sockaddr := range map[string][28]byte{"10.9.0.1:8080": ip4, "[fd09::1]:80": ip6, "-": none} {
		if got := client(sockaddr); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for text, want := range map[string]string{"GET / HTTP/1.1\r\nHost:": "GET / HTTP/1.1", "GET /\x1b[2J\x00rest": `GET /\x1b[2J`} {
		if got := firstLine([]byte(text)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestBadInput(t *testing.T) {
	testenv.NotEmulated(t)
	testenv.Live(t)
	if r := testenv.Run(t, time.Minute, testenv.Tool(t, "http_trace"), "-p", "-2"); r.ExitCode != 1 || !strings.Contains(r.Stderr, "a process number is needed") {
		t.Error(r)
	}
}
