package inspect

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const text = `
struct key_t {
	u32 pid;
	u32 group;
};
BPF_HASH(counts_of_calls, struct key_t, u64, 64);

TRACEPOINT_PROBE(syscalls, sys_enter_getpgid)
{
	struct key_t key = {.pid = bpf_get_current_pid_tgid() >> 32};

	if (key.pid == OWN)
		counts_of_calls.increment(key);
	return 0;
}

int on_call(struct pt_regs *ctx)
{
	return 0;
}
`

// load loads the text and makes it count so many calls.
func load(t *testing.T, calls int) *bccgo.Module {
	t.Helper()
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getpgid")
	m, err := bccgo.Load(text, &bccgo.Options{Stats: true, Defines: map[string]string{"OWN": fmt.Sprint(os.Getpid())}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, m.Close()) })
	for range calls {
		if _, err := unix.Getpgid(0); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const function = "tracepoint__syscalls__sys_enter_getpgid"

// own finds the text's program among those that this process holds.
func own(t *testing.T) Program {
	t.Helper()
	held, err := HoldersOf(os.Getpid())
	must(t, err)
	for _, h := range held {
		if h.Kind != "program" {
			continue
		}
		p, err := ProgramByID(h.ID)
		must(t, err)
		if p.Name == function {
			return p
		}
	}
	t.Fatalf("not held: %+v", held)
	return Program{}
}

// What the kernel tells about a program is what was loaded, and it counted the
// calls that were made, as the module says too.
func TestLiveProgram(t *testing.T) {
	const calls = 1000
	m := load(t, calls)
	p := own(t)
	if p.Type != "TracePoint" || p.UID != uint32(os.Getuid()) || p.Loaded.IsZero() || p.Tag == "" || p.Bytes%8 != 0 || p.Bytes < 80 ||
		p.Memory == 0 || len(p.Tables) != 1 || p.Types == 0 || p.Runs < calls || p.RunTime <= 0 {
		t.Errorf("%+v", p)
	}
	stats, err := m.RunStats()
	must(t, err)
	if len(stats) != 1 || stats[0].Function != function || stats[0].Runs < p.Runs || stats[0].Time < p.RunTime || stats[0].Average() <= 0 {
		t.Errorf("%+v, program %+v", stats, p)
	}
	all, err := Programs()
	must(t, err)
	if !slices.ContainsFunc(all, func(one Program) bool { return one.ID == p.ID && one.Name == p.Name }) {
		t.Error("the list of all programs lacks it")
	}
	table, err := TableByID(p.Tables[0])
	must(t, err)
	if want := (Table{ID: p.Tables[0], Type: "Hash", Name: "counts_of_calls", KeySize: 8, ValueSize: 8, MaxEntries: 64,
		Types: table.Types, Memory: table.Memory}); table != want || table.Types == 0 || table.Memory == 0 {
		t.Errorf("table %+v", table)
	}
	tables, err := Tables()
	must(t, err)
	if !slices.ContainsFunc(tables, func(one Table) bool { return one.ID == table.ID && one.Name == table.Name }) {
		t.Error("the list of all tables lacks it")
	}
	must(t, m.Close())
	var gone *NotFoundError
	if _, err := ProgramByID(p.ID); !errors.As(err, &gone) || gone.What != "program" || gone.ID != p.ID || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after it was closed: %v", err)
	}
	if _, err := m.RunStats(); !errors.Is(err, bccgo.ErrClosed) {
		t.Errorf("statistics after it was closed: %v", err)
	}
}

// A table of another module opens by its number, with its types.
func TestLiveOpenTables(t *testing.T) {
	load(t, 7)
	m, err := bccgo.OpenTables(map[string]uint32{"theirs": own(t).Tables[0]})
	must(t, err)
	defer m.Close()
	counts, err := bccgo.Map[struct{ PID, Group uint32 }, uint64](m, "theirs")
	must(t, err)
	n, err := counts.Lookup(struct{ PID, Group uint32 }{PID: uint32(os.Getpid())})
	if err != nil || n < 7 {
		t.Errorf("%d calls, %v", n, err)
	}
	if _, err := bccgo.OpenTables(map[string]uint32{"none": 1<<32 - 2}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "open table none, number 4294967294: ") {
		t.Errorf("a number of no table: %v", err)
	}
}

// Instructions stand below their lines, with the names of tables and functions.
func TestLiveCode(t *testing.T) {
	load(t, 0)
	p := own(t)
	insns, err := Instructions(p.ID)
	must(t, err)
	for _, want := range []string{
		`^function ` + function + `: \d+ instructions of 8 bytes\n`,
		`:\d+\t.*bpf_get_current_pid_tgid\(\) >> 32};\n( +\d+: .*\n)* +\d+: call bpf_get_current_pid_tgid\n`,
		`= table counts_of_calls \(number ` + fmt.Sprint(p.Tables[0]) + `\)\n`,
		`: call \w*htab_map_(update|lookup)_elem\n`,
		` +\d+: exit\n$`,
	} {
		if !regexp.MustCompile(want).MatchString(insns) {
			t.Errorf("no %s in\n%s", want, insns)
		}
	}
	code, err := MachineCode(p.ID)
	var hidden *HiddenCodeError
	if p.Machine == 0 && errors.As(err, &hidden) {
		t.Skip("the kernel interprets programs")
	}
	must(t, err)
	for _, want := range []string{
		`^function bpf_prog_[0-9a-f]+_` + function + fmt.Sprintf(`: %d bytes of machine code\n`, p.Machine),
		`\n\S+:\d+\t.*bpf_get_current_pid_tgid\(\) >> 32};\n`,
	} {
		if !regexp.MustCompile(want).MatchString(code) {
			t.Errorf("no %s in\n%s", want, code)
		}
	}
	for _, list := range []func(uint32) (string, error){Instructions, MachineCode} {
		if _, err := list(1<<32 - 2); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a program that is not there: %v", err)
		}
	}
}

// A probe in user space is held with its place.
func TestLiveEvents(t *testing.T) {
	testenv.NeedUprobes(t)
	m := load(t, 0)
	l, err := m.AttachUprobe("c", "getpgid", "on_call", nil)
	must(t, err)
	held, err := HoldersOf(os.Getpid())
	must(t, err)
	kinds := make(map[string]string)
	for _, h := range held {
		if h.Event != nil {
			kinds[h.Event.Kind] = h.Event.Target
		}
	}
	if !regexp.MustCompile(`^/\S*libc\.so\.6\+0x[0-9a-f]+$`).MatchString(kinds["uprobe"]) || kinds["tracepoint"] != "sys_enter_getpgid" || len(kinds) != 2 {
		t.Errorf("events: %v", kinds)
	}
	links, err := Links()
	must(t, err)
	p := own(t)
	if !slices.ContainsFunc(links, func(l Link) bool { return l.Program == p.ID && l.Type == "perf event" }) {
		t.Errorf("no link of program %d: %+v", p.ID, links)
	}
	must(t, l.Close())
	all, err := Holders()
	must(t, err)
	for _, h := range all {
		if h.PID == os.Getpid() && h.Event != nil && h.Event.Kind == "uprobe" {
			t.Errorf("still held: %+v", h)
		}
	}
	if _, err := HoldersOf(1 << 30); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a process that is not there: %v", err)
	}
}

// Types are those of the text, and of the kernel.
func TestLiveTypes(t *testing.T) {
	load(t, 0)
	table, err := TableByID(own(t).Tables[0])
	must(t, err)
	tableTypes := fmt.Sprint(table.Types)
	for _, c := range []struct{ from, name, want string }{
		{tableTypes, "key_t", "struct key_t, 8 bytes\n  offset  size  name   type\n  0       4     pid    u32\n  4       4     group  u32\n"},
		{"vmlinux", "list_head", "struct list_head, 16 bytes\n"},
	} {
		var b bytes.Buffer
		if err := WriteTypes(&b, c.from, c.name); err != nil || !strings.HasPrefix(b.String(), c.want) {
			t.Errorf("%s of %s: %v\n%s", c.name, c.from, err, &b)
		}
	}
	var b bytes.Buffer
	must(t, WriteTypes(&b, fmt.Sprint(own(t).Types), ""))
	if !strings.Contains(b.String(), "struct "+function+", ") || !strings.Contains(b.String(), "\nint, 4 bytes\n") {
		t.Errorf("all types: %s", &b)
	}
	for from, name := range map[string]string{"vmlinux": "no_such_type", fmt.Sprint(uint32(1<<32 - 2)): "", "no_such_module": "x"} {
		if err := WriteTypes(&b, from, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s of %s: %v", name, from, err)
		}
	}
}
