package bccgo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// A program without versions, sections or a loader, as musl's linked statically
// and made small, is probed by its addresses, and by its symbols where it has
// any.
func TestLiveUprobeOddFiles(t *testing.T) {
	liveHere(t)
	static := []string{"-static", "-no-pie"}
	full := startCalculator(t, static...)
	add := addressBy(t, full.path, "calc_add")
	m := loadLive(t, callText, nil)
	must(m.AttachUprobe(full.path, "calc_add", "on_call", &UprobeOptions{PID: full.pid}))(t)
	full.wantOne(m, "static", "a")

	bare := buildC(t, "gcc", calculator, append([]string{"-pthread", "-Wl,-s"}, static...)...)
	cutSections(t, bare)
	c := startAnswering(t, bare)
	var symbol *SymbolError
	if _, err := m.AttachUprobe(bare, "calc_add", "on_call", nil); !errors.As(err, &symbol) || !strings.Contains(err.Error(), "no symbols") {
		t.Errorf("without symbols: %v", err)
	}
	must(m.AttachUprobe(bare, "", "on_call", &UprobeOptions{PID: c.pid, Address: add}))(t)
	c.wantOne(m, "by address", "a")
}

// cutSections takes the table of sections away from an ELF file for 64 bits.
func cutSections(t *testing.T, path string) {
	t.Helper()
	data := must(os.ReadFile(path))(t)
	for _, field := range [][2]int{{40, 8}, {60, 2}, {62, 2}} { // e_shoff, e_shnum, e_shstrndx
		copy(data[field[0]:], make([]byte, field[1]))
	}
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
}

// A file for another machine is refused: nothing would ever hit the probe.
func TestLiveUprobeOtherMachine(t *testing.T) {
	liveHere(t)
	testenv.NeedUprobes(t)
	path := filepath.Join(t.TempDir(), "other")
	data := must(os.ReadFile(buildC(t, "gcc", calculator, "-pthread")))(t)
	copy(data[18:], []byte{22, 0}) // EM_S390
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	m := loadLive(t, callText, nil)
	for what, err := range map[string]error{
		"symbol": attachError(m.AttachUprobe(path, "calc_add", "on_call", nil)), "expression": attachError(m.AttachUprobeRe(path, "calc_.*", "on_call", nil)),
		"return": attachError(m.AttachUretprobe(path, "calc_add", "on_return", nil)),
	} {
		wantReason(t, what, err, ReasonUnsupported)
		if err == nil || !strings.Contains(err.Error(), "EM_S390") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A process of another user is not looked into without the right to.
func TestLiveUprobeOtherUser(t *testing.T) {
	liveHere(t)
	c := startCalculator(t)
	m := loadLive(t, callText, nil)
	asNobody(t, func() {
		for what, err := range map[string]error{
			"library":      attachError(m.AttachUprobe("c", "malloc", "on_call", &UprobeOptions{PID: c.pid})),
			"path":         attachError(m.AttachUprobe(c.path, "calc_add", "on_call", &UprobeOptions{PID: c.pid})),
			"expression":   attachError(m.AttachUprobeRe(c.path, "calc_.*", "on_call", &UprobeOptions{PID: c.pid})),
			"static probe": usdtError(NewUSDT(USDTOptions{PID: c.pid})),
		} {
			if !errors.Is(err, fs.ErrPermission) {
				t.Errorf("%s: %v", what, err)
			}
			var attach *AttachError
			if errors.As(err, &attach) && attach.Reason() != ReasonPermission {
				t.Errorf("%s: the reason is %q", what, attach.Reason())
			}
		}
	})
	if n := len(m.Links()); n != 0 {
		t.Errorf("%d links are left", n)
	}
}

func usdtError(_ *USDT, err error) error { return err }

// manyFunctions is how many are matched at once.
const manyFunctions = 10000

// manyText has them made by the assembler, and calls the first, the last and one
// between.
var manyText = fmt.Sprintf(`
#include <stdio.h>
asm(".altmacro\n"
    ".macro function number\n"
    ".globl many_\\number\n"
    ".type many_\\number, @function\n"
    "many_\\number: nop\n"
    "ret\n"
    ".size many_\\number, . - many_\\number\n"
    ".endm\n"
    ".set i, 0\n"
    ".rept %d\n"
    "function %%i\n"
    ".set i, i + 1\n"
    ".endr\n"
    ".noaltmacro\n");
void many_0(void), many_5000(void), many_%d(void);

int main(void)
{
	while (getchar() != EOF) {
		many_0();
		many_5000();
		many_%[2]d();
		putchar('.');
		fflush(stdout);
	}
	return 0;
}
`, manyFunctions, manyFunctions-1)

// One kernel link serves 10,000 functions. Without, the limit says so before any
// is attached to.
func TestLiveUprobeReTenThousand(t *testing.T) {
	liveHere(t)
	testenv.NeedUprobes(t)
	c := startAnswering(t, buildC(t, "gcc", manyText))
	eachWay(t, func(t *testing.T, multi bool) {
		m := loadLive(t, callText, nil)
		begun := time.Now()
		l, err := m.AttachUprobeRe(c.path, "many_.*", "on_call", &UprobeOptions{PID: c.pid})
		attached := time.Since(begun)
		if !multi {
			var limit *ProbeLimitError
			if !errors.As(err, &limit) || limit.Wanted != manyFunctions || !strings.Contains(err.Error(), "name fewer functions, or set BCC_PROBE_LIMIT") {
				t.Errorf("10,000 probes: %v", err)
			}
			if n := len(m.Links()); n != 0 {
				t.Errorf("%d links are left", n)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := len(l.Targets()); n != manyFunctions || len(l.Refused()) != 0 {
			t.Errorf("%d targets, refused %v", n, l.Refused())
		}
		if got := c.hits(m, "ab"); len(got) != 3 {
			t.Errorf("hits %v", got)
		}
		begun = time.Now()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		t.Logf("%d functions: attached in %v, detached in %v", manyFunctions, attached, time.Since(begun))
	})
}

// A program for musl, whose C library is also its loader, is probed by its own
// symbols and by those of that library, found by name in the process.
func TestLiveUprobeMusl(t *testing.T) {
	liveHere(t)
	testenv.NeedUprobes(t)
	c := startAnswering(t, buildC(t, "musl-gcc", calculator, "-pthread"))
	m := loadLive(t, callText, nil)
	by := &UprobeOptions{PID: c.pid}
	must(m.AttachUprobe(c.path, "calc_add", "on_call", by))(t)
	c.wantOne(m, "a function of its own", "a")
	must(m.AttachUretprobe(c.path, "calc_mul", "on_return", by))(t)
	c.wantHits(m, "m", map[uint64]uint64{6: 1})
	length := must(m.AttachUretprobe("c", "strlen", "on_return", by))(t)
	c.wantHits(m, "s", map[uint64]uint64{uint64(len(c.path)): 1})
	must(0, length.Close())(t)
	c.wantHits(m, "s", map[uint64]uint64{})
	if _, err := m.AttachUprobe("c", "gnu_get_libc_version", "on_call", by); err == nil || !strings.Contains(err.Error(), "musl/libc.so") {
		t.Errorf("a function that musl lacks: %v", err)
	}
}
