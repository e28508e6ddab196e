package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// piece is an event with what follows it, which buffers pad.
type piece struct {
	event
	data string
}

const first = uint64(5e9) // when the first call returned

// newPiece is all there is of a call.
func newPiece(function uint32, after uint64, data string) piece {
	ev := event{
		Time: first + after, Delta: 1234567, Length: uint64(len(data)), Size: int32(len(data)), Last: 1,
		Function: function, PID: 181, TID: 182, UID: 103,
	}
	copy(ev.Comm[:], "curl")
	return piece{ev, data}
}

// inPieces is a call of several pieces, of whose data the limit is copied.
func inPieces(data string, limit int) []piece {
	whole := newPiece(1, 0, data)
	data = data[:min(limit, len(data))]
	var all []piece
	for at := 0; at < len(data); at += pieceSize {
		p := whole
		p.data = data[at:min(at+pieceSize, len(data))]
		p.Offset, p.Size, p.Last = uint32(at), int32(len(p.data)), 0
		all = append(all, p)
	}
	all[len(all)-1].Last = 1
	return all
}

// printed is what the tool makes of events.
func printed(t *testing.T, o options, common toolkit.Common, pieces ...piece) string {
	t.Helper()
	if o.limit == 0 {
		o.limit = 8192
	}
	return tooltest.Printed(t, common, func(s *toolkit.Session) error {
		p := newPrinter(&o, s)
		record := func(piece *piece) error { return p.record(&piece.event, []byte(piece.data+"padding")) }
		return tooltest.Feed(pieces, p.heading, record, p.finish)
	})
}

func TestRows(t *testing.T) {
	head := "FUNC         TIME(s)            COMM             PID     LEN\n"
	row := func(what string, length int) string {
		return fmt.Sprintf("%-12s 0.000000000        curl             181     %d\n", what, length)
	}
	block := func(data, end string) string {
		return "----- DATA -----\n" + data + "\n----- END DATA" + end + " -----\n\n"
	}
	cut := newPiece(1, 0, "12345")
	cut.Length = 100
	unreadable := newPiece(0, 0, "")
	unreadable.Length, unreadable.Size = 7, -1
	shaken := newPiece(4, 0, "")
	shaken.Length = 1
	long := strings.Repeat("0123456789abcdef", 2000) // two pieces
	full := "FUNC         TIME(s)            COMM             PID     LEN    UID     TID     LAT(ms)\n"
	for _, test := range []struct {
		name   string
		o      options
		pieces []piece
		want   string
	}{
		{"none", options{}, nil, head},
		{"two", options{}, []piece{newPiece(0, 0, "a"), newPiece(1, 1234567890, "bc")}, head + row(reads, 1) + block("a", "") +
			"WRITE/SEND   1.234567890        curl             181     2\n" + block("bc", "")},
		{"all columns", options{extra: true, latency: true}, []piece{newPiece(5, 0, "a")}, full +
			"READ/RECV    0.000000000        curl             181     1      103     182     1.235\n" + block("a", "")},
		{"handshake", options{}, []piece{shaken}, head + row(handshakes, 1)},
		{"text", options{}, []piece{newPiece(0, 0, "a\r\n\tb\rc\x00\x1b[2J\u0085\xffé\n")}, head + row(reads, 18) +
			block("a\r\n\tb\\x0dc\\x00\\x1b[2J\\x85\ufffdé\n", "")},
		{"hexdump", options{hexdump: true}, []piece{newPiece(0, 0, "0123456789abcdef\n")}, head + row(reads, 17) +
			block("30313233343536373839616263646566\n0a", "")},
		{"truncated", options{limit: 5}, []piece{cut}, head + row(writes, 100) + block("12345", " (TRUNCATED, 95 bytes lost)")},
		{"unreadable", options{}, []piece{unreadable}, head + row(reads, 7) + block("", " (7 bytes unreadable)")},
		{"pieces", options{limit: 40000}, inPieces(long, 40000), head + row(writes, 32000) + block(long, "")},
		{"first lost", options{limit: 30000}, inPieces(long, 30000)[1:], head + row(writes, 32000) +
			block(long[16384:30000], " (TRUNCATED, 2000 bytes lost; 16384 bytes did not arrive)")},
		{"last lost", options{limit: 32000}, inPieces(long, 32000)[:1], head + row(writes, 32000) +
			block(long[:16384], " (15616 bytes did not arrive)")},
		{"next call", options{limit: 32000}, []piece{inPieces(long, 32000)[0], newPiece(0, 1, "next")}, head + row(writes, 32000) +
			block(long[:16384], " (15616 bytes did not arrive)") + strings.Replace(row(reads, 4), "00 ", "01 ", 1) + block("next", "")},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := printed(t, test.o, toolkit.Common{}, test.pieces...); got != test.want {
				t.Errorf("got\n%.2000swant\n%.2000s", got, test.want)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	whole := newPiece(0, 0, "a<b\xff")
	cut := newPiece(6, 1, "cd")
	cut.Length = 9000
	shaken := newPiece(7, 2, "")
	out := printed(t, options{limit: 2000}, toolkit.Common{JSON: true}, whole, cut, shaken)
	want := []string{
		`{"comm":"curl","data_base64":"YTxi/w==","data_text":"a<b` + "\ufffd" + `","event":"read","function":"SSL_read","latency_ns":1234567,"length":4,"library":"openssl","pid":181,"tid":182,"uid":103}`,
		`{"comm":"curl","data_base64":"Y2Q=","data_text":"cd","event":"write","function":"gnutls_record_send","latency_ns":1234567,"length":9000,"library":"gnutls","lost_bytes":1998,"pid":181,"tid":182,"truncated_bytes":7000,"uid":103}`,
		`{"comm":"curl","event":"handshake","function":"gnutls_handshake","latency_ns":1234567,"length":0,"library":"gnutls","pid":181,"tid":182,"uid":103}`,
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != len(want) {
		t.Fatalf("got %q", out)
	}
	for i, line := range lines {
		var got map[string]any
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		if at, ok := got["time"].(string); !ok || !strings.Contains(at, "T") {
			t.Errorf("no time: %s", line)
		}
		delete(got, "time")
		var text bytes.Buffer
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(false)
		if err := e.Encode(got); err != nil || strings.TrimSpace(text.String()) != want[i] {
			t.Errorf("got  %s, %v\nwant %s", &text, err, want[i])
		}
	}
}

// Mistakes are found before anything is compiled.
func TestBadUsage(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no library"), 0o644); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-p", "x"}, "invalid value"},
		{[]string{"-p", "-5"}, "--pid -5: "},
		{[]string{"-p", "4194305"}, "--pid 4194305: there is no such process"},
		{[]string{"-u", "no such user"}, `--uid: user "no such user": `},
		{[]string{"-c", "longer than names"}, "--comm "},
		{[]string{"--max-buffer-size", "0"}, "--max-buffer-size 0: want 1 to 1048576"},
		{[]string{"--max-buffer-size", "1048577"}, "--max-buffer-size 1048577: "},
		{[]string{"--extra-lib", "wolfssl:/lib/x"}, `--extra-lib "wolfssl:/lib/x": want openssl, gnutls or nss`},
		{[]string{"--extra-lib", "openssl"}, `--extra-lib "openssl": want `},
		{[]string{"--extra-lib", "openssl:/no/such"}, `--extra-lib "openssl:/no/such": `},
		{[]string{"--extra-lib", "nss:" + text}, "--extra-lib "},
		{[]string{"--extra-lib", "gnutls:" + self}, "has none of the functions gnutls_record_recv, gnutls_record_send, gnutls_handshake"},
		{[]string{"-ogn"}, "-o, -g and -n leave no library"},
		{[]string{"1234"}, "unexpected argument"},
		{[]string{"--duration", "-1"}, "--duration"},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}

func TestKinds(t *testing.T) {
	for _, test := range []struct {
		o    options
		want string
	}{
		{options{}, "openssl gnutls nss"}, {options{noOpenSSL: true}, "gnutls nss"},
		{options{noGnuTLS: true}, "openssl nss"}, {options{noNSS: true, noOpenSSL: true}, "gnutls"},
	} {
		var names []string
		for _, k := range test.o.kinds() {
			names = append(names, k.name)
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%+v: %s", test.o, got)
		}
	}
	for _, f := range functions {
		if k := kindOf(f.symbol); !strings.HasPrefix(f.symbol, k.prefix) {
			t.Errorf("%s is of %s", f.symbol, k.name)
		}
	}
}

func TestReadMappings(t *testing.T) {
	maps := `55d0c0000000-55d0c0001000 r--p 00000000 08:01 100   /usr/bin/a b
55d0c0001000-55d0c0002000 r-xp 00001000 08:01 100   /usr/bin/a b
55d0c0002000-55d0c0003000 r-xp 00002000 08:01 100   /usr/bin/a b
7f0000000000-7f0000001000 r-xp 00000000 08:01 101   /lib/libssl.so.3 (deleted)
7f0000001000-7f0000002000 rwxp 00000000 00:00 0
7f0000002000-7f0000003000 rw-p 00000000 08:01 102   /lib/data
7ffd00000000-7ffd00001000 r-xp 00000000 00:00 0     [vdso]
`
	got, err := readMappings(strings.NewReader(maps))
	want := []mapping{
		{"55d0c0001000-55d0c0002000", "/usr/bin/a b", false},
		{"7f0000000000-7f0000001000", "/lib/libssl.so.3", true},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestHelp(t *testing.T) {
	code, stdout, _ := tooltest.Execute(tool(), "--help")
	for _, want := range []string{
		"--pid PID, -p PID", "--uid USER, -u USER", "--extra, -x", "--comm NAME, -c NAME", "--no-openssl, -o", "--no-gnutls, -g", "--no-nss, -n",
		"--debug, -d", "--hexdump", "--max-buffer-size BYTES", "(default: 8192)", "--latency, -l", "--handshake", "--extra-lib TYPE:PATH",
		"--json", "--duration SECONDS ", "--stats", "-p 1234 ",
	} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("no %q: %d, %s", want, code, stdout)
		}
	}
}
