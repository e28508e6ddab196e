package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// peer is a program that connects to itself and sends what it is told to; see
// testdata/peer.h.
type peer struct {
	*testenv.Proc
	t *testing.T
	// library is the name that it has for --extra-lib.
	library string
	input   io.WriteCloser
}

// made is a call that a peer made.
type made struct {
	function   string
	ret        int64
	begin, end uint64 // CLOCK_MONOTONIC
	tid        uint32
	data       []byte
}

// peers are the compiler's arguments for each, the header first that it needs.
var peers = map[string][]string{
	"openssl": {"/usr/include/openssl/ssl.h", "-lssl", "-lcrypto"},
	"gnutls":  {"/usr/include/gnutls/gnutls.h", "-lgnutls"},
	"nss":     {"/usr/include/nspr/nspr.h", "-I/usr/include/nspr", "-lnspr4"},
}

// buildPeer compiles the program for a library. Other arguments take the place
// of the usual ones.
func buildPeer(t *testing.T, library string, args ...string) string {
	t.Helper()
	testenv.NeedProgram(t, "gcc")
	usual := peers[library]
	if _, err := os.Stat(usual[0]); err != nil {
		t.Skip(err)
	}
	if len(args) == 0 {
		args = usual[1:]
	}
	path := filepath.Join(t.TempDir(), "peer-"+library)
	cmd := exec.Command("gcc", append([]string{"-o", path, "testdata/" + library + ".c", "-pthread"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// startPeer starts the program; env is added to its environment.
func startPeer(t *testing.T, path string, env ...string) *peer {
	t.Helper()
	// Both ends are files, so that nothing runs on when the test has ended.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.Stdin, cmd.Env = r, append(os.Environ(), env...)
	p := testenv.StartCmd(t, cmd)
	r.Close()
	t.Cleanup(func() { w.Close() })
	p.Await("(?m)^ready$", time.Minute)
	library := strings.TrimPrefix(filepath.Base(path), "peer-")
	return &peer{p, t, library, w}
}

// ask has the peer do things, and waits until it has.
func (p *peer) ask(commands ...string) {
	p.t.Helper()
	n := p.done() + len(commands)
	if _, err := io.WriteString(p.input, strings.Join(commands, "\n")+"\n"); err != nil {
		p.t.Fatal(err)
	}
	for end := time.Now().Add(testenv.Timeout(20 * time.Second)); p.done() < n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("%q are not done: %.1000q, %q", commands, p.Stdout(), p.Stderr())
		}
	}
}

func (p *peer) done() int { return strings.Count(p.Stdout(), "done\n") }

var madeLine = regexp.MustCompile(`(?m)^(\w+ -?\d+ \d+ \d+ \d+) ([0-9a-f]*)\.$`)

// made are the calls after the peer was ready, in the order of their ends.
func (p *peer) made() []made {
	p.t.Helper()
	_, out, _ := strings.Cut(p.Stdout(), "ready\n")
	var all []made
	for _, f := range madeLine.FindAllStringSubmatch(out, -1) {
		var m made
		if _, err := fmt.Sscan(f[1], &m.function, &m.ret, &m.begin, &m.end, &m.tid); err != nil {
			p.t.Fatal(err)
		}
		var err error
		if m.data, err = hex.DecodeString(f[2]); err != nil {
			p.t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// succeeded are the calls that have data, and handshakes.
func (p *peer) succeeded() []made {
	p.t.Helper()
	var all []made
	for _, m := range p.made() {
		if m.ret > 0 || m.function == "gnutls_handshake" {
			all = append(all, m)
		}
	}
	return all
}

// copyLibrary copies a library that no other process uses then, and returns the
// folder and the path.
func copyLibrary(t *testing.T, pattern string) (dir, path string) {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Skipf("there is no %s", pattern)
	}
	data, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	path = filepath.Join(dir, filepath.Base(found[0]))
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir, path
}
