package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/examples/internal/lab"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// serve starts a server of HTTP in a namespace, on all addresses.
func serve(t *testing.T, ns *lab.Net) {
	t.Helper()
	var l net.Listener
	ns.Do(func() (err error) {
		l, err = net.Listen("tcp", ":8080")
		return err
	})
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/none" {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, "GET / in the text of a page\n")
	})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() { server.Close(); <-ended })
}

// request sends a request from a namespace, and returns the client's address.
func request(t *testing.T, ns *lab.Net, method, url string) (from string) {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		err = activity.InNetworkOf(ns.Pid(), func() error {
			conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
			return err
		})
		if err == nil {
			from = conn.LocalAddr().String()
		}
		return conn, err
	}}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("a body"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return from
}

func TestShowsMessages(t *testing.T) {
	testenv.NotEmulated(t)
	first, second := lab.Pair(t)
	serve(t, second)
	p := second.Start("http_filter", "-i", "eth0")
	p.Await("Ctrl-C ends it", time.Minute)
	a := request(t, first, "GET", "http://10.9.0.2:8080/page?x=1")
	b := request(t, first, "DELETE", "http://[fd09::2]:8080/none")
	p.Await("404 Not Found", 10*time.Second)

	result := p.Stop()
	want := []string{
		a + " 10.9.0.2:8080 GET /page?x=1 HTTP/1.1",
		"10.9.0.2:8080 " + a + " HTTP/1.1 200 OK",
		b + " [fd09::2]:8080 DELETE /none HTTP/1.1",
		"[fd09::2]:8080 " + b + " HTTP/1.1 404 Not Found",
	}
	heading, body, _ := strings.Cut(result.Stdout, "\n")
	if result.ExitCode != 0 || strings.Join(strings.Fields(heading), " ") != "TIME FROM TO LINE" {
		t.Error(result)
	}
	var got []string
	for line := range strings.Lines(body) {
		at, rest, _ := strings.Cut(line, " ")
		if !regexp.MustCompile(`^\d\d:\d\d:\d\d$`).MatchString(at) {
			t.Errorf("%q begins with no time", line)
		}
		got = append(got, strings.Join(strings.Fields(rest), " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

func TestUnknownDevice(t *testing.T) {
	testenv.NotEmulated(t)
	r := lab.New(t).Run("http_filter", "-i", "nonesuch")
	if r.ExitCode != 1 || !strings.Contains(r.Stderr, "nonesuch") {
		t.Error(r)
	}
}
