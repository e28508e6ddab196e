package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NotEmulated(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
}

// start starts sslsniff and waits until it traces.
func start(t *testing.T, args ...string) *testenv.Proc {
	t.Helper()
	return tooltest.Start(t, "sslsniff", args...)
}

// asked are calls of all kinds; every library has some of its own.
var asked = map[string][]string{
	"openssl": {
		"SSL_write 0 hello, world", "SSL_read 1 5", "SSL_read_ex 1 100", // in two parts
		"SSL_read 1 10", "SSL_read_ex 1 10", // nothing is there
		"SSL_write_ex 1 grüße", "SSL_read 0 100",
		"SSL_write 0 *1", "SSL_read 1 1",
		"SSL_write 0 *16384", "SSL_read 1 100000", "SSL_read_ex 1 100000",
		"SSL_write_ex 0 *16385", "SSL_read_ex 1 100000", "SSL_read_ex 1 100000",
		"SSL_write 0 *50000", "SSL_read 1 20000", "SSL_read 1 20000", "SSL_read 1 20000", "SSL_read 1 20000", "SSL_read 1 20000",
		"SSL_write_ex 2 *50000", "SSL_read 3 100000", // the first record only
		"SSL_write 0 *1000000", // more than there is room for
		"handshake 10",
		"thread SSL_write 3 by another thread", "thread SSL_read 2 100",
		"nest the inner one", "SSL_write 0 the outer one", "SSL_read 1 100", "SSL_read 3 100",
		"both SSL_write_ex SSL_read_ex 20 200",
	},
	"gnutls": {
		"gnutls_record_send 0 hello, world", "gnutls_record_recv 1 5", "gnutls_record_recv 1 100",
		"gnutls_record_recv 1 10",
		"gnutls_record_send 1 *16384", "gnutls_record_recv 0 100000",
		"gnutls_record_send 1 *20000", "gnutls_record_recv 0 100000", // sends one record
		"handshake 10",
		"thread gnutls_record_send 3 by another thread", "thread gnutls_record_recv 2 100",
		"both gnutls_record_send gnutls_record_recv 20 200",
	},
	"nss": {
		"PR_Send 0 hello, world", "PR_Recv 1 5", "PR_Read 1 100",
		"PR_Recv 1 10", "PR_Read 1 10",
		"PR_Write 1 *40000", "PR_Read 0 20000", "PR_Recv 0 100000",
		"thread PR_Write 3 by another thread", "thread PR_Read 2 100",
		"both PR_Send PR_Recv 20 200",
	},
}

// others leaves the other libraries out, which saves time.
var others = map[string]string{"openssl": "-gn", "gnutls": "-on", "nss": "-og"}

// Every call that has data is there with all it had, none that failed, and none
// of another process.
func TestLive(t *testing.T) {
	needs(t)
	for _, library := range slices.Sorted(maps.Keys(asked)) {
		t.Run(library, func(t *testing.T) {
			path := buildPeer(t, library)
			peer, other := startPeer(t, path), startPeer(t, path)
			p := start(t, "--json", "--stats", "--handshake", "--max-buffer-size", "65536", others[library], "-p", fmt.Sprint(peer.Pid()))
			other.ask(asked[library][0])
			peer.ask(asked[library]...)
			other.ask(asked[library][1])
			r := tooltest.Stop(t, p)
			checkCalls(t, peer, calls(t, r.Stdout), 65536)
			checkSummary(t, peer, r.Stderr)
		})
	}
}

// calls reads JSON lines.
func calls(t *testing.T, stdout string) []call {
	t.Helper()
	var all []call
	for line := range strings.Lines(stdout) {
		var c call
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%.1000q: %v", line, err)
		}
		all = append(all, c)
	}
	return all
}

// checkCalls compares what was printed with the calls of a peer. Those of its
// threads end at nearly the same time, so that each thread has an order of its own.
func checkCalls(t *testing.T, p *peer, got []call, limit int) {
	t.Helper()
	want := map[uint32][]made{}
	for _, m := range p.succeeded() {
		want[m.tid] = append(want[m.tid], m)
	}
	if !slices.IsSortedFunc(got, func(a, b call) int { return a.Time.Compare(b.Time) }) {
		t.Error("the calls are out of order")
	}
	for _, c := range got {
		left := want[c.TID]
		if len(left) == 0 {
			t.Fatalf("not made: %+v", short(c))
		}
		checkCall(t, p, c, left[0], limit)
		want[c.TID] = left[1:]
	}
	for _, left := range want {
		if len(left) > 0 {
			t.Errorf("missing: %d calls from %s, %d bytes on", len(left), left[0].function, left[0].ret)
		}
	}
}

func checkCall(t *testing.T, p *peer, c call, m made, limit int) {
	t.Helper()
	const slack = 10 * time.Millisecond // between the clocks
	took, whole := time.Duration(c.Latency), time.Duration(m.end-m.begin)
	if took <= 0 || took > whole || strings.Contains(m.function, "handshake") && took < whole-slack {
		t.Errorf("%s took %v, by its own measure %v", m.function, took, whole)
	}
	if begin, end := bccgo.KtimeToTime(m.begin), bccgo.KtimeToTime(m.end); c.Time.Before(begin.Add(took-slack)) || c.Time.After(end.Add(slack)) {
		t.Errorf("%s: ended at %v, not between %v and %v", m.function, c.Time, begin, end)
	}
	want := call{
		Time: c.Time, Event: "read", Library: p.library, Function: m.function, PID: uint32(p.Pid()), TID: m.tid,
		Comm: "peer-" + p.library, Latency: c.Latency, Length: uint64(m.ret), Text: c.Text,
	}
	switch {
	case strings.Contains(m.function, "rite") || strings.Contains(m.function, "end"):
		want.Event = "write"
	case strings.Contains(m.function, "handshake"):
		want.Event = "handshake"
	}
	data := m.data[:min(len(m.data), limit)]
	want.Truncated = uint64(len(m.data) - len(data))
	if utf8.Valid(data) {
		want.Text = string(data)
	}
	if got := short(c); !bytes.Equal(c.Data, data) || !reflect.DeepEqual(got, short(want)) {
		t.Errorf("got %+v, data as sent: %v\nwant %+v", got, bytes.Equal(c.Data, data), short(want))
	}
}

// short is a call without its data.
func short(c call) call {
	c.Data, c.Text = nil, c.Text[:min(len(c.Text), 100)]
	return c
}

func checkSummary(t *testing.T, p *peer, stderr string) {
	t.Helper()
	var reads, writes counter
	var handshakes int
	for _, m := range p.succeeded() {
		switch {
		case strings.Contains(m.function, "handshake"):
			handshakes++
		case strings.Contains(m.function, "rite") || strings.Contains(m.function, "end"):
			writes = counter{writes.calls + 1, writes.bytes + uint64(m.ret)}
		default:
			reads = counter{reads.calls + 1, reads.bytes + uint64(m.ret)}
		}
	}
	want := fmt.Sprintf("\nsslsniff: %d reads of %d bytes, %d writes of %d bytes, %d handshakes\n",
		reads.calls, reads.bytes, writes.calls, writes.bytes, handshakes)
	if !strings.Contains(stderr, want) {
		t.Errorf("no %q: %s", want, stderr)
	}
}

// Rows are as BCC's, with data as text, or in hexadecimal digits and with all
// columns; what is beyond the limit is told.
func TestLiveRows(t *testing.T) {
	needs(t)
	peer := startPeer(t, buildPeer(t, "openssl"))
	pid := fmt.Sprint(peer.Pid())
	plain := start(t, "-p", pid) // with all libraries
	full := start(t, "-lxgn", "--handshake", "--hexdump", "--max-buffer-size", "20", "-p", pid)
	peer.ask("SSL_write 0 grüße,\tWelt\x1b[31m", "SSL_read_ex 1 8", "handshake 50", "SSL_write_ex 0 0123456789abcdefghijklm")
	row := fmt.Sprintf(`peer-openssl     %-7d `, peer.Pid())
	rest := fmt.Sprintf(`0       %-7d \d+\.\d{3}\n`, peer.Pid())
	block := func(data, end string) string {
		return regexp.QuoteMeta("----- DATA -----\n" + data + "\n----- END DATA" + end + " -----\n\n")
	}
	shake := `HANDSHAKE    \d\.\d{9}        ` + row + `1      ` + strings.Replace(rest, `\d+`, `\d{2,3}`, 1)
	for want, p := range map[string]*testenv.Proc{
		`^FUNC         TIME\(s\)            COMM             PID     LEN\n` +
			`WRITE/SEND   0\.000000000        ` + row + `18\n` + block("grüße,\tWelt\\x1b[31m", "") +
			`READ/RECV    \d\.\d{9}        ` + row + `8\n` + block("grüße,", "") +
			`WRITE/SEND   \d\.\d{9}        ` + row + `23\n` + block("0123456789abcdefghijklm", "") + `$`: plain,
		`^FUNC         TIME\(s\)            COMM             PID     LEN    UID     TID     LAT\(ms\)\n` +
			`WRITE/SEND   0\.000000000        ` + row + `18     ` + rest + block("6772c3bcc39f652c0957656c741b5b33\n316d", "") +
			`READ/RECV    \d\.\d{9}        ` + row + `8      ` + rest + block("6772c3bcc39f652c", "") +
			shake + shake + shake + shake +
			`WRITE/SEND   \d\.\d{9}        ` + row + `23     ` + rest +
			block("30313233343536373839616263646566\n6768696a", " (TRUNCATED, 3 bytes lost)") + `$`: full,
	} {
		if out := tooltest.Stop(t, p).Stdout; !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("got\n%swant\n%s", out, want)
		}
	}
}

// A library that is named is traced in all processes that use it, or those of a
// user or the threads of a name.
func TestLiveExtraLib(t *testing.T) {
	needs(t)
	path := buildPeer(t, "openssl")
	dir, library := copyLibrary(t, "/lib/*/libssl.so.3")
	one, two := startPeer(t, path, "LD_LIBRARY_PATH="+dir), startPeer(t, path, "LD_LIBRARY_PATH="+dir)
	args := []string{"-ogn", "--json", "--extra-lib", "openssl:" + library}
	everything := start(t, args...)
	named := start(t, append(args, "-c", "other")...)
	users := start(t, append(args, "-u", "65534", "--extra-lib", "openssl:"+library)...)
	one.ask("SSL_write 0 one", "thread name other", "SSL_read 1 100")
	two.ask("name other", "SSL_write 0 two", "user 65534", "SSL_write 0 two more")
	one.ask("name othe", "SSL_write 0 one more", "name others", "SSL_write 0 last one")
	for p, want := range map[*testenv.Proc][]string{
		everything: {"one", "one", "two", "two more", "one more", "last one"},
		named:      {"two", "two more"},
		users:      {"two more"},
	} {
		var got []string
		for _, c := range calls(t, tooltest.Stop(t, p).Stdout) {
			got = append(got, c.Text)
			if from := map[bool]*peer{true: two, false: one}[strings.HasPrefix(c.Text, "two")]; c.PID != uint32(from.Pid()) {
				t.Errorf("%q is of process %d, want %d", c.Text, c.PID, from.Pid())
			}
			if (c.UID == 65534) != (c.Text == "two more") {
				t.Errorf("%q is of user %d", c.Text, c.UID)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The functions are found where a process has them: in its program, and in a
// library that was deleted meanwhile, by an update say.
func TestLivePlaces(t *testing.T) {
	needs(t)
	dir, library := copyLibrary(t, "/lib/*/libssl.so.3")
	deleted := startPeer(t, buildPeer(t, "openssl"), "LD_LIBRARY_PATH="+dir)
	if err := os.Remove(library); err != nil {
		t.Fatal(err)
	}
	static := startPeer(t, buildPeer(t, "openssl", "-l:libssl.a", "-l:libcrypto.a"))
	for name, peer := range map[string]*peer{"deleted": deleted, "static": static} {
		p := start(t, "-gn", "--json", "-p", fmt.Sprint(peer.Pid()))
		peer.ask("SSL_write 0 seen", "SSL_read 1 100")
		got := calls(t, tooltest.Stop(t, p).Stdout)
		if len(got) != 2 {
			t.Fatalf("%s: got %+v: %s", name, got, p.Stderr())
		}
		checkCalls(t, peer, got, 8192)
	}
}

// Every call is either printed or counted as lost.
func TestLiveLosses(t *testing.T) {
	needs(t)
	peer := startPeer(t, buildPeer(t, "nss"))
	p := start(t, "-og", "--json", "--max-buffer-size", fmt.Sprint(maxLimit), "-p", fmt.Sprint(peer.Pid()))
	p.Signal(syscall.SIGSTOP)
	peer.ask("quiet", "both PR_Write PR_Read 200 4000") // more than the buffers have room for
	p.Signal(syscall.SIGCONT)
	time.Sleep(testenv.Timeout(600 * time.Millisecond))
	r := p.Stop()
	last := regexp.MustCompile(`lost \d+ events, (\d+) in all`).FindAllStringSubmatch(r.Stderr, -1)
	if len(last) == 0 || r.ExitCode != 0 {
		t.Fatalf("no losses reported: %s", r.Stderr)
	}
	var lost int
	if _, err := fmt.Sscan(last[len(last)-1][1], &lost); err != nil {
		t.Fatal(err)
	}
	got, made := calls(t, r.Stdout), peer.succeeded()
	if lost == 0 || len(got) == 0 || len(got)+lost != len(made) {
		t.Errorf("printed %d and lost %d of %d", len(got), lost, len(made))
	}
	for _, c := range got {
		if c.Lost != 0 || len(c.Data) != 4000 {
			t.Fatalf("%+v with %d bytes", short(c), len(c.Data))
		}
	}
}
