package cc

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
)

func compileWith(t *testing.T, text string, exports ...Export) (*bundle.Bundle, error) {
	t.Helper()
	r := request(t, text)
	r.Exports = exports
	return bundleOf(Compile(t.Context(), r))
}

// TestExtern compiles a text whose table another one exports: what is known of
// the table comes from there, what its entries are called from the text.
func TestExtern(t *testing.T) {
	shared := Export{Name: "seen", Type: 9, KeySize: 8, ValueSize: 24, MaxEntries: 7, Flags: 2, KeyDesc: `"k"`, ValueDesc: `"v"`}
	const text = `
struct where_t { u32 cpu, node; };
struct stat_t { u64 count, first, last; };
BPF_HASH(own, u32, u64, 5);
BPF_TABLE("extern", struct where_t, struct stat_t, seen, 1);
int f(struct pt_regs *ctx)
{
	struct where_t where = {.cpu = 1};
	struct stat_t zero = {}, *s = seen.lookup_or_try_init(&where, &zero);

	if (s)
		s->count++;
	own.increment(3);
	return 0;
}
`
	b, err := compileWith(t, text, shared)
	if err != nil {
		t.Fatal(err)
	}
	seen := b.Map("seen")
	if seen == nil || !seen.Extern || seen.KeyType == 0 || seen.ValueType == 0 {
		t.Fatalf("%+v", b.Maps)
	}
	got := Export{Name: seen.Name, Type: seen.Type, KeySize: seen.KeySize, ValueSize: seen.ValueSize,
		MaxEntries: seen.MaxEntries, Flags: seen.Flags, KeyDesc: seen.KeyDesc, ValueDesc: seen.ValueDesc}
	if got != shared {
		t.Errorf("got %+v, want %+v", got, shared)
	}
	if own := b.Map("own"); own == nil || own.Extern || own.MaxEntries != 5 || own.KeySize != 4 {
		t.Errorf("own table %+v", own)
	}
	if len(b.Functions) != 1 || len(b.Maps) != 2 || len(b.Function("f").Lines) == 0 {
		t.Errorf("%v, %v", b.FunctionNames(), b.MapNames())
	}
	again, err := compileWith(t, text, shared)
	if err != nil || !reflect.DeepEqual(again, b) {
		t.Errorf("compiled again it differs (%v)", err)
	}
	_, err = compileWith(t, text)
	if err == nil || !strings.Contains(err.Error(), "undefined table") {
		t.Errorf("nobody exports it: %v", err)
	}
}

// TestExternOfEveryType has libbcc take a table of each type.
func TestExternOfEveryType(t *testing.T) {
	var exports []Export
	var text strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(exportTypes)) {
		e := Export{Name: "t" + string(rune('a'+len(exports))), Type: kind, KeySize: 4, ValueSize: 4, MaxEntries: 4}
		declare := "BPF_TABLE(\"extern\", u32, u32, " + e.Name + ", 1);\n"
		switch kind {
		case mapTypeRingbuf:
			e.KeySize, e.ValueSize = 0, 0
		case mapTypeQueue, mapTypeStack:
			e.KeySize = 0
			declare = "BPF_QUEUESTACK(\"extern\", " + e.Name + ", u32, 1, 0);\n"
		}
		exports = append(exports, e)
		text.WriteString(declare)
	}
	b, err := compileWith(t, text.String(), exports...)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range exports {
		m := b.Map(e.Name)
		if m == nil || m.Type != e.Type || m.KeySize != e.KeySize || m.ValueSize != e.ValueSize || m.MaxEntries != 4 || !m.Extern {
			t.Errorf("type %d %s: %+v", e.Type, exportTypes[e.Type], m)
		}
	}
	if len(b.Maps) != len(exports) {
		t.Errorf("%v", b.MapNames())
	}
}

func TestExternOfUnknownType(t *testing.T) {
	_, err := compileWith(t, `BPF_TABLE("extern", u32, u32, x, 1);`, Export{Name: "x", Type: 999, KeySize: 4, ValueSize: 4, MaxEntries: 4})
	if err == nil || !strings.Contains(err.Error(), "number 999") {
		t.Errorf("got %v", err)
	}
}
