package screen

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// letters is a tool that shows a table of letters, the round's number with each,
// and below it one of numbers unless it has no rows.
func letters(rows, below int) *toolkit.Tool {
	var o Options
	return &toolkit.Tool{
		Name: "letters", MaxArgs: 2, Flags: o.Flags(),
		Run: func(ctx context.Context, s *toolkit.Session) error {
			if err := o.Parse(s.Args); err != nil {
				return err
			}
			round := 0
			return o.Run(ctx, s, func(time.Time) ([]Table, error) {
				round++
				return []Table{
					{Heading: "LETTER ROUND", Rows: makeRows(rows, 'a', round)},
					{Heading: "NUMBER ROUND", Rows: makeRows(below, '0', round), Optional: true},
				}, nil
			})
		},
	}
}

func makeRows(n int, first rune, round int) []Row {
	var rows []Row
	for i := range n {
		text := fmt.Sprintf("%c %d", first+rune(i), round)
		rows = append(rows, Row{Text: text, JSON: map[string]string{"row": text}})
	}
	return rows
}

// Into a pipe goes block after block, each with the kernel's load.
func TestPipe(t *testing.T) {
	for _, test := range []struct {
		rows, below int
		args        []string
		want        string
	}{
		{2, 0, nil, "\nLOAD\n\nLETTER ROUND\na 1\nb 1\n\nLOAD\n\nLETTER ROUND\na 2\nb 2\n"},
		{1, 1, nil, "\nLOAD\n\nLETTER ROUND\na 1\n\nNUMBER ROUND\n0 1\n\nLOAD\n\nLETTER ROUND\na 2\n\nNUMBER ROUND\n0 2\n"},
		{9, 0, []string{"-r", "1"}, "\nLOAD\n\nLETTER ROUND\na 1\n\nLOAD\n\nLETTER ROUND\na 2\n"},
		{0, 0, nil, "\nLOAD\n\nLETTER ROUND\n\nLOAD\n\nLETTER ROUND\n"},
		{1, 1, []string{"--json"}, `{"row":"a 1"}` + "\n" + `{"row":"0 1"}` + "\n" + `{"row":"a 2"}` + "\n" + `{"row":"0 2"}` + "\n"},
		{3, 0, []string{"--json", "-r", "1"}, `{"row":"a 1"}` + "\n" + `{"row":"a 2"}` + "\n"},
	} {
		code, out, errs := tooltest.Execute(letters(test.rows, test.below), append(test.args, "0.01", "2")...)
		out = regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d loadavg: [\d.]+ [\d.]+ [\d.]+ \d+/\d+ \d+$`).ReplaceAllString(out, "LOAD")
		if code != 0 || out != test.want || (errs == "") != (len(test.args) > 0 && test.args[0] == "--json") {
			t.Errorf("%d rows, %q: %d, %s got\n%s", test.rows, test.args, code, errs, out)
		}
	}
}

// Without -r there are 20 rows, but no bound for programs that read.
func TestDefaultRows(t *testing.T) {
	_, out, _ := tooltest.Execute(letters(26, 0), "0.01", "1")
	if n := strings.Count(out, " 1\n"); n != defaultRows {
		t.Errorf("%d rows:\n%s", n, out)
	}
	_, out, _ = tooltest.Execute(letters(26, 0), "--json", "0.01", "1")
	if n := strings.Count(out, "\n"); n != 26 {
		t.Errorf("%d rows:\n%s", n, out)
	}
}

// What is left is shown at the end, unless nothing is.
func TestEnd(t *testing.T) {
	for rows, want := range []int{1, 2} {
		_, out, _ := tooltest.Execute(letters(rows, 0), "--duration", "0.02", "0.015")
		if n := strings.Count(out, "loadavg"); n != want {
			t.Errorf("%d blocks:\n%s", n, out)
		}
	}
}

func TestRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"--maxrows 0: want a number above 0":           {"-r", "0"},
		"--maxrows -3: want a number above 0":          {"-r", "-3"},
		`interval "0": want a number of seconds above`: {"0"},
		`count "0": want a whole number above 0`:       {"1", "0"},
		`unexpected argument "3"`:                      {"1", "2", "3"},
	} {
		tooltest.Refused(t, letters(1, 0), want, args...)
	}
}

func TestDrawing(t *testing.T) {
	for _, test := range []struct {
		lines int
		want  string
	}{
		{4, "\x1b[?7l\x1b[Ha\x1b[K\nb\x1b[K\n\x1b[J\x1b[?7h"},
		{2, "\x1b[?7l\x1b[Ha\x1b[K\n\x1b[J\x1b[?7h"},
		{0, "\x1b[?7l\x1b[H\x1b[J\x1b[?7h"},
	} {
		if got := drawing([]string{"a", "b"}, test.lines); got != test.want {
			t.Errorf("%d lines: got %q", test.lines, got)
		}
	}
}

// terminal is a new terminal: the side of programs, and what these wrote to it.
type terminal struct {
	*os.File
	mu   sync.Mutex
	text bytes.Buffer
}

func newTerminal(t *testing.T, lines uint16) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{File: slave}
	term.resize(t, lines)
	var done sync.WaitGroup
	done.Go(func() { term.copy(master) })
	t.Cleanup(func() {
		slave.Close()
		done.Wait()
		master.Close()
	})
	return term
}

// copy ends when the other side is closed.
func (term *terminal) copy(master *os.File) {
	buf := make([]byte, 4096)
	for {
		n, err := master.Read(buf)
		term.mu.Lock()
		term.text.Write(buf[:n])
		term.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (term *terminal) resize(t *testing.T, lines uint16) {
	t.Helper()
	if err := unix.IoctlSetWinsize(int(term.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: lines, Col: 80}); err != nil {
		t.Fatal(err)
	}
}

// await waits for a text, and returns what came up to its end.
func (term *terminal) await(t *testing.T, text string) string {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		term.mu.Lock()
		before, _, found := strings.Cut(term.text.String(), text)
		term.mu.Unlock()
		if found {
			return before + text
		}
	}
	t.Fatalf("no %q in %q", text, term.text.String())
	return ""
}

// On a terminal the screen is drawn anew, with as many rows as there is room for,
// and at once when the room changes.
func TestTerminal(t *testing.T) {
	term := newTerminal(t, 6)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int)
	go func() {
		ended <- letters(9, 0).Execute(ctx, []string{"letters", "0.5", "9"}, term.File, &bytes.Buffer{})
	}()
	first := term.await(t, "\x1b[?7h")
	if !regexp.MustCompile(`^\x1b\[\?7l\x1b\[H\d\d:\d\d:\d\d loadavg: [^\n]*\x1b\[K\r\n\x1b\[K\r\nLETTER ROUND\x1b\[K\r\na 1\x1b\[K\r\nb 1\x1b\[K\r\n\x1b\[J`).MatchString(first) {
		t.Errorf("got %q", first)
	}
	term.resize(t, 8)
	if err := syscall.Kill(os.Getpid(), syscall.SIGWINCH); err != nil {
		t.Fatal(err)
	}
	second := term.await(t, "d 1\x1b[K\r")
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("exit status %d", code)
	}
	if all := term.await(t, "d 2\x1b[K\r"); strings.Contains(all, "e 1") || strings.Contains(second, "a 2") {
		t.Errorf("got %q", all)
	}
}

// With -C, and without a terminal's size, blocks follow each other there, too.
func TestTerminalNoClear(t *testing.T) {
	for lines, args := range map[uint16][]string{24: {"letters", "-C", "0.01", "2"}, 0: {"letters", "0.01", "2"}} {
		term := newTerminal(t, lines)
		if code := letters(2, 0).Execute(t.Context(), args, term.File, &bytes.Buffer{}); code != 0 {
			t.Errorf("exit status %d", code)
		}
		if all := term.await(t, "b 2\r\n"); strings.Contains(all, "\x1b") {
			t.Errorf("got %q", all)
		}
	}
}
