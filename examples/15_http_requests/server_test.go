package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

// buildServer compiles the lesson's server and returns its path.
func buildServer(t *testing.T) string {
	t.Helper()
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "gcc")
	testenv.NeedSDT(t)
	path := filepath.Join(t.TempDir(), "http_server")
	compile := exec.Command("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", path, "server/server.c")
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", compile, err, out)
	}
	return path
}

// server is a running server.
type server struct {
	*testenv.Proc
	t       *testing.T
	address string
}

// startServer starts a server on a port that the kernel chooses.
func startServer(t *testing.T, path string) server {
	t.Helper()
	p := testenv.Start(t, path)
	url := p.Await(`^http://127\.0\.0\.1:\d+/$`, 10*time.Second)
	return server{p, t, strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/")}
}

// answer is what a server said.
type answer struct {
	status int
	text   string
}

// ask sends a request by net/http and waits for the answer.
func (s server) ask(method, url, body string) answer {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), testenv.Timeout(10*time.Second))
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, "http://"+s.address+url, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.read(response)
}

func (s server) read(response *http.Response) answer {
	s.t.Helper()
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatalf("answer of process %d: %v", s.Pid(), err)
	}
	return answer{response.StatusCode, string(text)}
}

// send sends the bytes of a request as they are: net/http sends none with
// control characters, and none that are wrong.
func (s server) send(request string) answer {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(testenv.Timeout(10 * time.Second))); err != nil {
		s.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		s.t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		s.t.Fatalf("answer to %q: %v", request, err)
	}
	return s.read(response)
}

const endText = `
struct end {
	u64 ns;
	u32 fd;
	int status;
	s64 bytes;
};
BPF_PERF_OUTPUT(ends);

int on_end(struct pt_regs *ctx)
{
	struct end e = {.ns = bpf_ktime_get_ns()};

	bpf_usdt_readarg(1, ctx, &e.fd);
	bpf_usdt_readarg(4, ctx, &e.status);
	bpf_usdt_readarg(5, ctx, &e.bytes);
	ends.perf_submit(ctx, &e, sizeof(e));
	return 0;
}`

type end struct {
	NS     uint64
	FD     uint32
	Status int32
	Bytes  int64
}

// The probe at a request's end says what the client was told.
func TestServerTellsTheEnd(t *testing.T) {
	notEmulated(t)
	s := startServer(t, buildServer(t))
	probes, err := bccgo.NewUSDT(bccgo.USDTOptions{PID: s.Pid()})
	if err != nil {
		t.Fatal(err)
	}
	defer probes.Close()
	if err := probes.EnableProbe("http_server:request__end", "on_end"); err != nil {
		t.Fatal(err)
	}
	m, err := bccgo.Load(endText, &bccgo.Options{USDT: []*bccgo.USDT{probes}})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	ends := bccgo.Stream[end](m, "ends", nil)
	defer ends.Close()
	if err := ends.Err(); err != nil {
		t.Fatal(err)
	}

	s.send("no request\r\n\r\n") // there is nothing to begin or to end
	want := []answer{s.ask("GET", "/bread", ""), s.ask("GET", "/nothing", ""), s.ask("HEAD", "/cake", ""), s.ask("PUT", "/cake?size=9", strings.Repeat("eggs", 50000))}
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Timeout(10*time.Second))
	defer cancel()
	var got []end
	for e, err := range ends.All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, e); len(got) == len(want) {
			break
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d of %d requests came to an end: %+v", len(got), len(want), got)
	}
	slices.SortFunc(got, func(a, b end) int { return cmp.Compare(a.NS, b.NS) })
	for i, e := range got {
		if int(e.Status) != want[i].status || int(e.Bytes) != len(want[i].text) || e.FD < 3 || e.FD > 100 {
			t.Errorf("request %d: %+v, want %+v", i, e, want[i])
		}
	}
}

func TestServerAnswers(t *testing.T) {
	notEmulated(t)
	path := buildServer(t)
	s := startServer(t, path)
	for _, c := range []struct {
		method, url string
		want        answer
	}{
		{"GET", "/", answer{200, "What would you like?\n"}},
		{"POST", "/bread?kind=rye", answer{200, "Here is your bread.\n"}},
		{"HEAD", "/bread", answer{200, ""}},
		{"GET", "/breads", answer{404, "We have no such thing.\n"}},
		{"GET", "/" + strings.Repeat("x", 20000), answer{400, "I do not understand.\n"}},
	} {
		if got := s.ask(c.method, c.url, ""); got != c.want {
			t.Errorf("%s %.40s: %+v, want %+v", c.method, c.url, got, c.want)
		}
	}
	for _, text := range []string{"\r\n\r\n", "GET\r\n\r\n", "GET /bread\r\n\r\n", "GET /bread GOPHER/1.1\r\n\r\n"} {
		if got := s.send(text); got.status != 400 {
			t.Errorf("%q: %+v", text, got)
		}
	}
	for _, port := range []string{"", "x", "80x", "65536", "-1"} {
		if result := testenv.Run(t, 10*time.Second, path, port); result.ExitCode != 1 || !strings.Contains(result.Stderr, fmt.Sprintf("%s is no port", port)) {
			t.Errorf("port %q: %v", port, result)
		}
	}
}
