package instance

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

func self(t *testing.T) process {
	t.Helper()
	p, err := owner(rootfs.Live)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNames(t *testing.T) {
	p := self(t)
	first, second := p.next(), p.next()
	if first == second {
		t.Errorf("twice the name %s", first)
	}
	for _, name := range []string{first, second} {
		if got, ok := parseName(name); !ok || got.pid != os.Getpid() || got.born != p.born || got.namespace != p.namespace {
			t.Errorf("%s: got %+v, %t, want %+v", name, got, ok, p)
		}
	}
	if p.born == 0 || p.namespace == 0 {
		t.Errorf("got %+v", p)
	}
	for _, other := range []string{"", "bccgo", "mine", "bccgo-1-2-3", "bccgo-1-2-3-4x", "bccgo-1-2-3-4-5", "xbccgo-1-2-3-4", "bccgo-01-2-3-4", "bccgo-a-2-3-4"} {
		if got, ok := parseName(other); ok {
			t.Errorf("%q: got %+v", other, got)
		}
	}
}

func TestStale(t *testing.T) {
	p := self(t)
	with := func(change func(*process)) process {
		maker := p
		change(&maker)
		return maker
	}
	for name, test := range map[string]struct {
		maker process
		age   time.Duration
		want  bool
	}{
		"own":                      {p, time.Hour, false},
		"ended":                    {with(func(m *process) { m.pid = 1 << 30 }), 0, true},
		"another with that pid":    {with(func(m *process) { m.born++ }), 0, true},
		"another namespace, new":   {with(func(m *process) { m.namespace++ }), time.Second, false},
		"another namespace, older": {with(func(m *process) { m.namespace++ }), time.Hour, true},
	} {
		if got := p.stale(test.maker, test.age); got != test.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

func TestRemoveStale(t *testing.T) {
	p := self(t)
	dead := p
	dead.pid = 1 << 30
	all := t.TempDir()
	kept := []string{p.next(), "mine", "bccgo-test-7"}
	for _, name := range append([]string{dead.next(), dead.next()}, kept...) {
		if err := os.Mkdir(filepath.Join(all, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	p.removeStale(all)
	entries, err := os.ReadDir(all)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(kept)
	if !slices.Equal(got, kept) {
		t.Errorf("left %q, want %q", got, kept)
	}
	p.removeStale(filepath.Join(all, "nothing here")) // is no error
}
