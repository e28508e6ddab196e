package bccgo

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// tables has one table of each sort and attaches nowhere.
const tables = `
struct key {
	u32 disk;
	u64 kind;
	u32 slot;
};

BPF_PERF_OUTPUT(events);
BPF_RINGBUF_OUTPUT(ring, 8);
BPF_HASH(hash, u32, u64);
BPF_ARRAY(array, u64, 3);
BPF_QUEUE(queue, u64, 8);
BPF_PROG_ARRAY(programs, 2);
BPF_STACK_TRACE(stacks, 64);
BPF_HISTOGRAM(keyed, struct key);
BPF_HISTOGRAM(plain);

int fill(void *ctx)
{
	struct key key = { .disk = 3, .kind = 4 };

	key.slot = SLOT(8);
	keyed.increment(key);
	plain.increment(SLOT(8));
	return 0;
}
`

func loadTables(t *testing.T, slot string) *Module {
	t.Helper()
	testenv.Live(t)
	foreignHeaders(t)
	m, err := Load("#define SLOT(x) ("+slot+")\n"+tables, &Options{NoAutoAttach: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func TestTableKinds(t *testing.T) {
	m := loadTables(t, "x")
	for name, want := range map[string][3]bool{ // buffer, array, entries
		"events": {true, false, false}, "ring": {true, false, false},
		"hash": {false, false, true}, "array": {false, true, true}, "stacks": {false, false, true},
		"queue": {}, "programs": {}, "nothing": {},
	} {
		table := m.Table(name)
		if got := [3]bool{table.IsBuffer(), table.IsArray(), table.HasEntries()}; got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func TestPrintHistChoosesTheScale(t *testing.T) {
	for slot, want := range map[string]string{
		"bpf_log2l(x)": "\nkey = (3, 4)\n     value               : count     distribution\n         0 -> 1          : 0        |",
		"x":            "\nkey = (3, 4)\n     value         : count     distribution\n        0          : 0        |",
	} {
		m := loadTables(t, slot)
		entries, err := Map[slotKey, uint64](m, "keyed")
		if err != nil {
			t.Fatal(err)
		}
		if err := entries.Update(slotKey{Disk: 3, Kind: 4, Slot: 2}, 5); err != nil {
			t.Fatal(err)
		}
		checkScale(t, m.Table("keyed"), want)
	}
}

// slotKey is struct key.
type slotKey struct {
	Disk uint32
	_    [4]byte
	Kind uint64
	Slot uint32
	_    [4]byte
}

func checkScale(t *testing.T, table *Table, want string) {
	t.Helper()
	var out strings.Builder
	if err := table.PrintHist(&out, "", &HistogramOptions{SectionHeader: "key"}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), want) {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	sections, err := table.Sections()
	if err != nil || len(sections) != 1 {
		t.Fatalf("sections %v, %v", sections, err)
	}
	if got, err := json.Marshal(sections[0].Key); err != nil || string(got) != `{"disk":3,"kind":4}` {
		t.Errorf("key as JSON: %s, %v", got, err)
	}
}

func TestAutoAttachLater(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getpgid")
	foreignHeaders(t)
	m, err := Load("int tracepoint__syscalls__sys_enter_getpgid(void *ctx) { return 0; }\nint other(void *ctx) { return 0; }",
		&Options{NoAutoAttach: true})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if n := len(m.Links()); n != 0 {
		t.Errorf("%d links before", n)
	}
	if err := m.AutoAttach(); err != nil {
		t.Fatal(err)
	}
	links := m.Links()
	if len(links) != 1 || links[0].Target() != "syscalls:sys_enter_getpgid" {
		t.Errorf("links %v", links)
	}
}

func TestLoadFuncsByArgument(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	m, err := Load(`int packet(struct __sk_buff *skb) { return skb->gso_size; }
int frame(struct xdp_md *ctx) { return ctx->data_end - ctx->data > 60; }
int plain(void *ctx) { return 0; }`, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.LoadFuncs(); err != nil {
		t.Error(err)
	}
	if err := m.LoadFunc("packet", Kprobe); err == nil {
		t.Error("packet was loaded as a kprobe as well: the test shows nothing")
	}
}
