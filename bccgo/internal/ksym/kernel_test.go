package ksym

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
	"github.com/bccgo/bcc/bccgo/internal/rootfs/roottest"
)

// host is a kernel with two modules, a BPF program, aliases, and symbols that
// are not in the order of their addresses.
var host = map[string]string{
	"/proc/kallsyms": `0000000000000000 A fixed_percpu_data
0000000000012340 A cpu_number
ffffffff81000000 T _stext
ffffffff81000000 T _text
ffffffff81000040 T do_one_initcall
ffffffff81000100 t do_one_initcall.cold
ffffffff81000200 T vfs_read
ffffffff81000200 T vfs_alias
ffffffff81000400 T _etext
ffffffff82000000 D jiffies
ffffffff82000010 B _end
ffffffffc0300000 t nft_init	[nf_tables]
ffffffffc0300100 t nft_exit	[nf_tables]
ffffffffc0100010 t helper	[xfs]
ffffffffc0100000 t xfs_init	[xfs]
ffffffffc0900000 t bpf_prog_6deef7357e7b4530_trace	[bpf]
ffffffffc0300200 t helper	[nf_tables]
`,
	"/proc/modules": "nf_tables 4096 0 - Live 0xffffffffc0300000\nxfs 8192 1 nf_tables, Live 0xffffffffc0100000 (E)\n",
}

func newFixture(t testing.TB, changes map[string]string) (*Kernel, rootfs.FS) {
	t.Helper()
	root := roottest.Tree(t, roottest.With(host, changes))
	return New(probe.New(root)), root
}

func TestLookup(t *testing.T) {
	k, _ := newFixture(t, nil)
	for _, test := range []struct {
		addr uint64
		want Symbol
	}{
		{0xffffffff81000000, Symbol{Name: "_stext"}},
		{0xffffffff8100003f, Symbol{Name: "_stext", Offset: 0x3f}},
		{0xffffffff81000040, Symbol{Name: "do_one_initcall"}},
		{0xffffffff81000108, Symbol{Name: "do_one_initcall.cold", Offset: 8}},
		{0xffffffff810003ff, Symbol{Name: "vfs_read", Offset: 0x1ff}},
		{0xffffffff82000004, Symbol{Name: "jiffies", Offset: 4}},
		{0xffffffffc0100008, Symbol{Name: "xfs_init", Offset: 8, Module: "xfs"}},
		{0xffffffffc0101fff, Symbol{Name: "helper", Offset: 0x1fef, Module: "xfs"}},
		{0xffffffffc0300201, Symbol{Name: "helper", Offset: 1, Module: "nf_tables"}},
		{0xffffffffc0900020, Symbol{Name: "bpf_prog_6deef7357e7b4530_trace", Offset: 0x20, Module: "bpf"}},
	} {
		test.want.Addr = test.addr - test.want.Offset
		if got, err := k.Lookup(test.addr); err != nil || got != test.want {
			t.Errorf("%#x: %+v, %v; want %+v", test.addr, got, err, test.want)
		}
	}
	for _, addr := range []uint64{
		0, 0x12340, 0xffffffff80ffffff, // below
		0xffffffff81000400, 0xffffffff81ffffff, 0xffffffff82000010, // behind the ends of sections
		0xffffffffc0102000, 0xffffffffc0301000, // behind modules
		0xffffffffc0900000 + maxBuiltin, // behind a BPF program
	} {
		got, err := k.Lookup(addr)
		var unknown *UnknownError
		if !errors.As(err, &unknown) || unknown.Addr != addr {
			t.Errorf("%#x: %+v, %v; want *UnknownError", addr, got, err)
		}
	}
}

// TestKernelWithoutEnd has no data symbols, and with them no mark of the end.
func TestKernelWithoutEnd(t *testing.T) {
	text := strings.NewReplacer("ffffffff82000000 D jiffies\n", "ffffffff82000ff0 R __stop_table\n", "ffffffff82000010 B _end\n", "").
		Replace(host["/proc/kallsyms"])
	k, _ := newFixture(t, map[string]string{"/proc/kallsyms": text})
	if got, err := k.Lookup(0xffffffff82000fff); err != nil || got.Name != "__stop_table" {
		t.Errorf("in the last page: %+v, %v", got, err)
	}
	if got, err := k.Lookup(0xffffffff82001000); err == nil {
		t.Errorf("behind the last page: %+v", got)
	}
}

func TestAddress(t *testing.T) {
	k, _ := newFixture(t, nil)
	for name, want := range map[string]uint64{
		"vfs_read":         0xffffffff81000200,
		"vfs_alias":        0xffffffff81000200,
		"jiffies":          0xffffffff82000000,
		"helper":           0xffffffffc0100010,
		"nf_tables:helper": 0xffffffffc0300200,
		":vfs_read":        0xffffffff81000200,
	} {
		if got, ok := k.Address(name); !ok || got != want {
			t.Errorf("%s: %#x, %v; want %#x", name, got, ok, want)
		}
	}
	for _, name := range []string{"", "vfs", "vfs_rea", "vfs_read2", "xfs:vfs_read", "bpf:"} {
		if got, ok := k.Address(name); ok {
			t.Errorf("%q is at %#x", name, got)
		}
	}
}

// zeros hides the addresses of a kallsyms file as the kernel does.
func zeros(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		out.WriteString("0000000000000000" + line[16:])
	}
	return out.String()
}

func TestHidden(t *testing.T) {
	for _, test := range []struct{ restrict, paranoid, says string }{
		{"0\n", "2\n", "kernel.perf_event_paranoid is 2"},
		{"1\n", "2\n", "set kernel.kptr_restrict to 0"},
		{"2\n", "2\n", "set it to 1 and run with CAP_SYSLOG"},
		{"", "", "kernel.kptr_restrict is unknown"},
	} {
		k, _ := newFixture(t, map[string]string{
			"/proc/kallsyms":                       zeros(host["/proc/kallsyms"]),
			"/proc/sys/kernel/kptr_restrict":       test.restrict,
			"/proc/sys/kernel/perf_event_paranoid": test.paranoid,
		})
		var hidden *HiddenError
		if _, err := k.Lookup(0xffffffff81000200); !errors.As(err, &hidden) || !strings.Contains(err.Error(), test.says) ||
			!strings.Contains(err.Error(), "kernel.kptr_restrict") {
			t.Errorf("kptr_restrict %q: %v; want it to say %q", test.restrict, err, test.says)
		}
		if !errors.As(k.Err(), &hidden) {
			t.Errorf("Err: %v", k.Err())
		}
		if addr, ok := k.Address("vfs_read"); !ok || addr != 0 {
			t.Errorf("the name of a hidden address: %#x, %v", addr, ok)
		}
	}
}

func TestUnreadable(t *testing.T) {
	k, _ := newFixture(t, map[string]string{"/proc/kallsyms": ""})
	if _, err := k.Lookup(1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no kallsyms: %v", err)
	}
	if _, ok := k.Address("vfs_read"); ok || !errors.Is(k.Err(), fs.ErrNotExist) {
		t.Errorf("no kallsyms: %v, %v", ok, k.Err())
	}
	for name, text := range map[string]string{
		"/proc/kallsyms": "not a symbol\n",
		"/proc/modules":  "xfs\n",
	} {
		k, _ := newFixture(t, map[string]string{name: text})
		if _, err := k.Lookup(1); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("damaged %s: %v", name, err)
		}
	}
}

// change writes a file of a fixture anew.
func change(t *testing.T, root rootfs.FS, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(string(root), name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRefresh(t *testing.T) {
	k, root := newFixture(t, nil)
	now := time.Now()
	k.now = func() time.Time { return now }
	name := func(addr uint64) string {
		found, err := k.Lookup(addr)
		if err != nil {
			return "?"
		}
		return found.Name
	}
	if got := name(0xffffffffc0300100); got != "nft_exit" {
		t.Fatal(got)
	}

	// Another module takes the place of nf_tables; a new one comes.
	text := strings.ReplaceAll(host["/proc/kallsyms"], "nft_", "ext4_") + "ffffffffc0500000 t kvm_init\t[kvm]\n"
	change(t, root, "/proc/kallsyms", strings.ReplaceAll(text, "nf_tables", "ext4"))
	change(t, root, "/proc/modules", "ext4 4096 0 - Live 0xffffffffc0300000\nkvm 4096 0 - Live 0xffffffffc0500000\n")
	now = now.Add(interval / 2)
	if got := name(0xffffffffc0500000); got != "?" {
		t.Errorf("half a second later: %s, read too early", got)
	}
	now = now.Add(interval)
	if got := name(0xffffffff81000200); got != "vfs_read" || k.state.Load().read == now {
		t.Errorf("the kernel's own function: %s, read again: %v", got, k.state.Load().read == now)
	}
	if got := name(0xffffffffc0300100); got != "ext4_exit" {
		t.Errorf("a replaced module gives %s", got)
	}
	if got := name(0xffffffffc0500000); got != "kvm_init" {
		t.Errorf("a new module gives %s", got)
	}
	if addr, ok := k.Address("kvm_exit"); ok {
		t.Errorf("kvm_exit is at %#x", addr)
	}

	// Nothing changed: modules are compared, symbols not read.
	now = now.Add(2 * interval)
	before := k.state.Load()
	if got := name(0xffffffffc0300100); got != "ext4_exit" || k.state.Load() != before {
		t.Errorf("without change: %s, read again: %v", got, k.state.Load() != before)
	}

	// A BPF program is loaded behind another one.
	change(t, root, "/proc/kallsyms", text+"ffffffffc0900040 t bpf_prog_new\t[bpf]\n")
	if got := name(0xffffffffc0900050); got != "bpf_prog_new" {
		t.Errorf("a new BPF program gives %s", got)
	}

	// A reading that fails leaves what is known.
	change(t, root, "/proc/kallsyms", "damaged\n")
	now = now.Add(2 * interval)
	if got := name(0x1234); got != "?" {
		t.Errorf("nowhere gives %s", got)
	}
	if got := name(0xffffffff81000200); got != "vfs_read" {
		t.Errorf("after a failed reading: %s", got)
	}
}

func TestConcurrent(t *testing.T) {
	k, _ := newFixture(t, nil)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				if s, err := k.Lookup(0xffffffff81000210); err != nil || s.Name != "vfs_read" {
					t.Errorf("%+v, %v", s, err)
				}
				if _, err := k.Lookup(0x10); err == nil {
					t.Error("an address below the kernel was found")
				}
			}
		})
	}
	wg.Wait()
}

func FuzzParseModule(f *testing.F) {
	f.Add("nf_tables 4096 0 - Live 0xffffffffc0300000")
	f.Add("xfs 8192 1 nf_tables, Live 0x0000000000000000 (E)")
	f.Add("x 18446744073709551615 1 - Live 0xffffffffffffffff")
	f.Fuzz(func(t *testing.T, line string) {
		m, err := parseModule(line)
		if err == nil && m.name == "" {
			t.Errorf("%q: a module without name", line)
		}
	})
}
