package bccgo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

const exportText = `
BPF_TABLE_PUBLIC("hash", u32, u64, seen, 16);
`

// importText counts in another module's table what is written in its own.
const importText = `
BPF_TABLE("extern", u32, u64, seen, 16);
RAW_TRACEPOINT_PROBE(sys_enter)
{
	u32 key = 1, step = 2;
	u64 *by, one = 1;

	if (bpf_get_current_pid_tgid() >> 32 != ME || ctx->args[1] != NR)
		return 0;
	by = seen.lookup(&step);
	seen.increment(key, by ? *by : one);
	return 0;
}
`

// attached is meCalling that attaches by name.
func attached() *Options {
	o := meCalling()
	o.NoAutoAttach = false
	return o
}

// uncompiled makes a load fail that is not served by the cache.
func uncompiled(o *Options) *Options {
	o.Deadline = time.Nanosecond
	return o
}

func seenBy(t *testing.T, m *Module) *TypedMap[uint32, uint64] {
	t.Helper()
	return must(Map[uint32, uint64](m, "seen"))(t)
}

// TestLiveExtern runs two programs on one table, compiled and out of the cache.
func TestLiveExtern(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	t.Setenv("BCCGO_CACHE", filepath.Join(t.TempDir(), "cache"))
	for _, start := range []string{"cold", "warm"} {
		t.Run(start, func(t *testing.T) {
			options := attached()
			if start == "warm" {
				uncompiled(options)
			}
			from := loadLive(t, exportText, options)
			to := loadLive(t, importText, options)
			if hit := to.CacheStatus().Hit; hit != (start == "warm") || hit != from.CacheStatus().Hit {
				t.Errorf("%v, %v", from.CacheStatus(), to.CacheStatus())
			}
			theirs, ours := seenBy(t, from), seenBy(t, to)
			call(3)
			if got := must(theirs.Lookup(1))(t); got != 3 {
				t.Errorf("the exporter sees %d", got)
			}
			must(0, theirs.Update(2, 10))(t)
			call(2)
			if got := must(ours.Lookup(1))(t); got != 23 {
				t.Errorf("the importer sees %d", got)
			}
			entries := must(to.Table("seen").Get(uint32(1)))(t)
			if entries.String() != "23" {
				t.Errorf("as text %v", entries)
			}
			must(0, from.Close())(t)
			call(1)
			if got := must(ours.Lookup(1))(t); got != 33 {
				t.Errorf("the importer sees %d after the exporter is gone", got)
			}
			if names := exporters.names(); len(names) != 0 {
				t.Errorf("%v are exported still", names)
			}
		})
	}
}

// TestLiveExternTwo wants each importer to have the table that BCC would give it.
func TestLiveExternTwo(t *testing.T) {
	testenv.Live(t)
	testenv.NotEmulated(t)
	sized := func(macro string, entries int) string {
		return fmt.Sprintf(`BPF_TABLE_%s("hash", u32, u64, seen, %d);`, macro, entries)
	}
	entries := func() int {
		t.Helper()
		return loadLive(t, `BPF_TABLE("extern", u32, u64, seen, 99);`, nil).Table("seen").MaxEntries()
	}
	first := loadLive(t, sized("PUBLIC", 1), nil)
	loadLive(t, sized("PUBLIC", 2), nil)
	if got := entries(); got != 1 {
		t.Errorf("of two public ones that with %d entries, want the first", got)
	}
	shared := loadLive(t, sized("SHARED", 3), nil)
	if got := entries(); got != 3 {
		t.Errorf("a table with %d entries, want the shared one", got)
	}
	must(0, shared.Close())(t)
	must(0, first.Close())(t)
	if got := entries(); got != 2 {
		t.Errorf("a table with %d entries, want that of the module that is left", got)
	}
}

// TestLiveExternErrors wants every way of not getting a table explained.
func TestLiveExternErrors(t *testing.T) {
	testenv.Live(t)
	testenv.NotEmulated(t)
	wants := func(what string, err error, has ...string) {
		t.Helper()
		var extern *ExternError
		if !errors.As(err, &extern) || extern.Table != "seen" {
			t.Errorf("%s: %T %v", what, err, err)
			return
		}
		for _, text := range append(has, "seen") {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%s: nothing of %q in: %v", what, text, err)
			}
		}
	}
	loadLive(t, `BPF_TABLE_SHARED("hash", int, int, other, 1); BPF_QUEUESTACK_PUBLIC("queue", jobs, u64, 4, 0);`, nil)
	_, err := Load(importText, attached())
	wants("nobody has it", err, "BPF_TABLE_PUBLIC", "export jobs, other")

	from := loadLive(t, exportText, nil)
	b := must(Compile(importText, attached()))(t)
	_, err = Load(`struct long_t { u64 a, b; }; BPF_TABLE("extern", u32, struct long_t, seen, 16); int f(void *ctx) { return 0; }`, nil)
	wants("another type of values", err, "16 bytes a value", "has 8")
	_, err = Load(`BPF_TABLE("extern", u64, u64, seen, 16); int f(void *ctx) { return 0; }`, nil)
	wants("another type of keys", err, "8 bytes a key", "has 4")
	must(0, from.Close())(t)
	_, err = LoadBundle(b, nil)
	wants("closed since", err, "no open module")

	for what, test := range map[string]struct{ text, want string }{
		"another type": {`BPF_TABLE_PUBLIC("lru_hash", u32, u64, seen, 16);`, "is a lru_hash"},
		"other keys":   {`BPF_TABLE_PUBLIC("hash", u64, u64, seen, 16);`, "for 4 bytes a key"},
		"other values": {`BPF_TABLE_PUBLIC("hash", u32, u32, seen, 16);`, "for 8 bytes a value"},
		"another size": {`BPF_TABLE_PUBLIC("hash", u32, u64, seen, 17);`, "for 16 entries"},
	} {
		from := must(Load(test.text, nil))(t)
		_, err := LoadBundle(b, nil)
		wants(what, err, test.want)
		must(0, from.Close())(t)
	}
}

// TestLiveExternMisses compiles anew when the exported table is another one.
func TestLiveExternMisses(t *testing.T) {
	ownCache(t)
	text := `BPF_TABLE("extern", u32, u64, seen, 1);` + cacheText(t)[strings.Index(cacheText(t), "int f"):]
	for _, start := range []struct {
		kind, macro string
		hit         bool
	}{{"hash", "PUBLIC", false}, {"lru_hash", "PUBLIC", false}, {"hash", "SHARED", true}, {"lru_hash", "PUBLIC", true}} {
		from := loadLive(t, fmt.Sprintf(`BPF_TABLE_%s("%s", u32, u64, seen, 16);`, start.macro, start.kind), nil)
		m := loadLive(t, text, nil)
		if hit := m.CacheStatus().Hit; hit != start.hit || m.Table("seen").TypeName() != start.kind {
			t.Errorf("%v: %v, a %s", start, m.CacheStatus(), m.Table("seen").TypeName())
		}
		must(0, m.Close())(t)
		must(0, from.Close())(t)
	}
}

// TestLiveExternBaked compiles ahead what other programs export, and loads it
// without a compiler.
func TestLiveExternBaked(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	dir := t.TempDir()
	from := must(Compile(exportText, nil))(t)
	ahead := attached()
	ahead.Exports = []*Bundle{from}
	must(Bake(t.Context(), dir, importText, ahead))(t)

	baked := attached()
	baked.Baked, baked.Headers, baked.Cache = os.DirFS(dir), noHeaders(t), CacheOff
	var extern *ExternError
	if _, err := Load(importText, baked); !errors.As(err, &extern) {
		t.Errorf("without an exporter: %v", err)
	}
	exporter := must(LoadBundle(from, nil))(t)
	defer exporter.Close()
	loadLive(t, importText, baked)
	call(4)
	if got := must(seenBy(t, exporter).Lookup(1))(t); got != 4 {
		t.Errorf("the exporter sees %d", got)
	}
	must(0, exporter.Close())(t)

	// One that was baked for another table is compiled instead.
	loadLive(t, `BPF_TABLE_PUBLIC("hash", u32, u64, seen, 5);`, nil)
	fresh := attached()
	fresh.Baked = os.DirFS(dir)
	if got := loadLive(t, importText, fresh).Table("seen").MaxEntries(); got != 5 {
		t.Errorf("%d entries", got)
	}
}

// TestLiveExternRace loads importers while the exporter comes and goes. Each has
// a table that works, or the error that says that there is none.
func TestLiveExternRace(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	text := `BPF_TABLE("extern", u32, u64, seen, 1);`
	from := must(Compile(exportText, nil))(t)
	to := must(Compile(text, &Options{Exports: []*Bundle{from}}))(t)
	stop := make(chan struct{})
	var group, exporting sync.WaitGroup
	exporting.Go(func() {
		for {
			m, err := LoadBundle(from, nil)
			time.Sleep(time.Millisecond)
			if err = errors.Join(err, m.Close()); err != nil {
				t.Error(err)
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	var mu sync.Mutex
	var loaded, refused int
	for i := range 4 {
		group.Go(func() {
			for n := range 50 {
				m, err := LoadBundle(to, nil)
				var extern *ExternError
				if errors.As(err, &extern) && extern.Reason == "" {
					mu.Lock()
					refused++
					mu.Unlock()
					continue
				}
				if err == nil {
					err = m.Table("seen").Set(uint32(i), uint64(n))
				}
				if err = errors.Join(err, m.Close()); err != nil {
					t.Error(err)
				}
				mu.Lock()
				loaded++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	close(stop)
	exporting.Wait()
	t.Logf("%d loaded, %d refused", loaded, refused)
	if loaded+refused != 200 || len(exporters.names()) > 0 {
		t.Errorf("%d loaded, %d refused, %v exported", loaded, refused, exporters.names())
	}
	keep := must(LoadBundle(from, nil))(t)
	defer keep.Close()
	m := must(LoadBundle(to, nil))(t)
	defer m.Close()
	if !slices.Equal(m.Tables(), []string{"seen"}) {
		t.Errorf("tables %v", m.Tables())
	}
}
