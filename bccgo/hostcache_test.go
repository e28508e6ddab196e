package bccgo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/cache"
)

// cacheLine is the report's check of the cache.
func cacheLine(t *testing.T) HostCheck {
	t.Helper()
	for _, c := range HostReport() {
		if c.ID == "cache" {
			return c
		}
	}
	t.Fatal("the report has no check of the cache")
	return HostCheck{}
}

// storeEntry puts an entry of a size into a cache and returns its file's size.
func storeEntry(t *testing.T, dir string, size int) int64 {
	t.Helper()
	s := must(cache.Open(dir, 0))(t)
	h := cache.NewHash()
	h.Add("text", t.Name(), strings.Repeat("x", size))
	k := h.Key()
	if err := errors.Join(s.Put(k, &cache.Entry{Note: "a.go", Data: make([]byte, size)}), s.Close()); err != nil {
		t.Fatal(err)
	}
	return must(os.Stat(filepath.Join(dir, k.String())))(t).Size()
}

func TestHostReportCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "below", "cache")
	t.Setenv("BCCGO_CACHE", dir)
	if c := cacheLine(t); c.Status != HostOK || c.Value != dir+", nothing kept yet" {
		t.Errorf("before the first program: %+v", c)
	}
	if _, err := os.Stat(filepath.Dir(dir)); !os.IsNotExist(err) {
		t.Errorf("the report made a folder: %v", err)
	}
	bytes := storeEntry(t, dir, 100) + storeEntry(t, dir, 3000)
	want := fmt.Sprintf("%s, 2 programs, %d of at most 134217728 bytes", dir, bytes)
	if c := cacheLine(t); c.Status != HostOK || c.Value != want || c.Why != "" {
		t.Errorf("%+v, want %s", c, want)
	}
}

func TestHostReportCacheUnusable(t *testing.T) {
	open := filepath.Join(t.TempDir(), "open")
	if err := errors.Join(os.Mkdir(open, 0o700), os.Chmod(open, 0o777)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ dir, value, why, fix string }{
		"off":              {CacheOff, "off", "each start compiles", "unset BCCGO_CACHE"},
		"others may write": {open, open, "not safe", "make " + open},
		"below such a one": {open + "/own", open + "/own", "not safe", "make " + open},
		"a file":           {file, file, "not a directory", "set BCCGO_CACHE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("BCCGO_CACHE", test.dir)
			c := cacheLine(t)
			if c.Status != HostWarn || c.Value != test.value || !strings.Contains(c.Why, test.why) ||
				!strings.Contains(strings.Join(c.Fix, "\n"), test.fix) {
				t.Errorf("%+v, want %+v", c, test)
			}
		})
	}
}
