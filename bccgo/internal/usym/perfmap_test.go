package usym

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestParsePerfMap(t *testing.T) {
	p := parsePerfMap([]byte("1000 100 Lcom/x/A;::run\n0x1200 0x10 JS:*f file.js:3\n" +
		"nonsense\n1300 0 empty\nffffffffffffffff 10 wraps\n1400 10 \n" +
		"1080 200 later one\n2000 10 unfinis"))
	for addr, want := range map[uint64]string{
		0xfff: "", 0x1000: "Lcom/x/A;::run", 0x107f: "Lcom/x/A;::run", 0x1080: "later one",
		0x1205: "later one", 0x127f: "later one", 0x1280: "", 0x1300: "", 0x1400: "", 0x2000: "",
		0xffffffffffffffff: "",
	} {
		name, _, ok := p.lookup(addr)
		if name != want || ok != (want != "") {
			t.Errorf("%#x: %q, %v; want %q", addr, name, ok, want)
		}
	}
	if _, offset, _ := p.lookup(0x1205); offset != 0x185 {
		t.Errorf("offset %#x", offset)
	}
}

// TestPerfMap has a process with memory that only its perf map describes.
func TestPerfMap(t *testing.T) {
	c := start(t, build(t, filepath.Join(t.TempDir(), "target"), target))
	addr := c.ask("jit")
	r, advance := clocked()
	expectUnknown(t, r, c.pid(), addr, "of no file")

	name := fmt.Sprintf("/tmp/perf-%d.map", c.pid())
	t.Cleanup(func() { os.Remove(name) })
	put := func(format string, args ...any) {
		if err := os.WriteFile(name, []byte(fmt.Sprintf(format, args...)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("%x 40 compiled one\n", addr)
	advance(jitInterval)
	expect(t, r, c.pid(), addr+4, Symbol{Name: "compiled one", Offset: 4})
	put("%x 40 compiled one\n%x 40 compiled two\n", addr, addr+0x20)
	expect(t, r, c.pid(), addr+0x20, Symbol{Name: "compiled one", Offset: 0x20}) // not looked yet
	advance(jitInterval)
	expect(t, r, c.pid(), addr+0x20, Symbol{Name: "compiled two"})
	expectUnknown(t, r, c.pid(), addr+0x80, "of no file")

	c.end()
	advance(jitInterval)
	expect(t, r, c.pid(), addr, Symbol{Name: "compiled one"})
}

// TestForeignPerfMap refuses what another user could put into /tmp.
func TestForeignPerfMap(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to give a file to another user")
	}
	c := start(t, build(t, filepath.Join(t.TempDir(), "target"), target))
	addr := c.ask("jit")
	name := fmt.Sprintf("/tmp/perf-%d.map", c.pid())
	t.Cleanup(func() { os.Remove(name) })
	if err := os.WriteFile(name, []byte(fmt.Sprintf("%x 40 evil\n", addr)), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(name, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	r, _ := clocked()
	expectUnknown(t, r, c.pid(), addr, "does not belong to")
}

// TestContainer has a process in a mount and a pid namespace of its own, with
// its program and its perf map where only it sees them.
func TestContainer(t *testing.T) {
	testenv.Live(t)
	testenv.NeedProgram(t, "unshare")
	dir := t.TempDir()
	path := build(t, filepath.Join(dir, "target"), target)
	hidden := filepath.Join(dir, "inside")
	if err := os.Mkdir(hidden, 0o755); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("mount -t tmpfs none %s && cp %s %s/prog && mount -t tmpfs none /tmp 2>/dev/null; exec %s/prog", hidden, path, hidden, hidden)
	if strings.HasPrefix(hidden, "/tmp/") {
		// The program must be below what is mounted on /tmp.
		script = fmt.Sprintf("cp %s /dev/shm/bccgo-prog-$$ && mount -t tmpfs none /tmp && mv /dev/shm/bccgo-prog-$$ /tmp/prog && exec /tmp/prog", path)
		hidden = "/tmp"
	}
	c := start(t, "unshare", "--mount", "--pid", "--fork", "sh", "-c", script)
	addr := c.ask("hidden")
	jit := c.ask("jit")
	inner := c.ask("pid")
	pid := onlyChild(t, c.pid())
	if int(inner) == pid {
		t.Fatalf("the process has pid %d inside too", pid)
	}
	r := New("", 0)
	expect(t, r, pid, addr, Symbol{Name: "hidden_part", Module: hidden + "/prog"})

	name := fmt.Sprintf("/proc/%d/root/tmp/perf-%d.map", pid, inner)
	if err := os.WriteFile(name, []byte(fmt.Sprintf("%x 40 compiled inside\n", jit)), 0o644); err != nil {
		t.Fatal(err)
	}
	expect(t, r, pid, jit, Symbol{Name: "compiled inside"})
	if _, err := os.Stat(fmt.Sprintf("/tmp/perf-%d.map", inner)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the map is outside too: %v", err)
	}
}

// onlyChild returns the pid of a process's child.
func onlyChild(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		t.Fatal(err)
	}
	var only int
	if _, err := fmt.Sscan(string(text), &only); err != nil {
		t.Fatalf("children of %d: %q", pid, text)
	}
	return only
}

func FuzzParsePerfMap(f *testing.F) {
	f.Add([]byte("1000 100 one\n1080 200 two\n0 ffffffffffffffff all\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p := parsePerfMap(text)
		for _, s := range p.symbols {
			if _, _, ok := p.lookup(s.addr); !ok {
				t.Errorf("%q: nothing at %#x, where a function begins", text, s.addr)
			}
		}
	})
}
