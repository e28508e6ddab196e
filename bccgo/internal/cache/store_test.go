package cache

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestStoreKeepsEntries(t *testing.T) {
	s := newStore(t, 0)
	if _, err := s.Get(keyOf("a")); !errors.Is(err, ErrMiss) {
		t.Errorf("an entry that was never stored: %v", err)
	}
	a, b := put(t, s, "a"), put(t, s, "b")
	again, err := OpenExisting(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for k, want := range map[Key]string{a: "a", b: "b"} {
		if e, err := again.Get(k); err != nil || string(e.Data) != want || e.Note != "note of "+want {
			t.Errorf("%s: %+v, %v", want, e, err)
		}
	}
	if list, err := s.List(); err != nil || len(list) != 2 || time.Since(list[0].Used) > time.Minute || list[0].Size == 0 {
		t.Errorf("listed %+v, %v", list, err)
	}
	if err := s.Remove(a); err != nil {
		t.Error(err)
	}
	if n, err := s.Clear(); n != 1 || err != nil {
		t.Errorf("cleared %d, %v", n, err)
	}
	if _, err := s.Get(b); !errors.Is(err, ErrMiss) {
		t.Errorf("after clearing: %v", err)
	}
}

func TestStoreReplaces(t *testing.T) {
	s := newStore(t, 0)
	k := put(t, s, "x")
	if err := os.WriteFile(s.pathOf(k.String()), []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	var damaged *DamagedError
	if _, err := s.Get(k); !errors.As(err, &damaged) || !strings.Contains(err.Error(), s.Path()) {
		t.Errorf("a damaged entry: %v", err)
	}
	put(t, s, "x")
	if e, err := s.Get(k); err != nil || string(e.Data) != "x" {
		t.Errorf("after storing again: %+v, %v", e, err)
	}
}

func TestStoreForgetsTheOldest(t *testing.T) {
	one := int64(len((&Entry{Note: "note of 0", Release: "6.1.0", Data: []byte(strings.Repeat("0", 1000))}).marshal(Key{})))
	s := newStore(t, 3*one)
	var keys []Key
	for i := range 5 {
		keys = append(keys, put(t, s, strings.Repeat(fmt.Sprint(i), 1000)))
		old := time.Now().Add(time.Duration(i-10) * 24 * time.Hour)
		if err := os.Chtimes(s.pathOf(keys[i].String()), old, old); err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			// Using the first makes the second the oldest.
			if _, err := s.Get(keys[0]); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, want := range []bool{true, false, false, true, true} {
		if _, err := s.Get(keys[i]); (err == nil) != want {
			t.Errorf("entry %d: %v", i, err)
		}
	}
	if err := s.Put(keyOf("big"), &Entry{Data: make([]byte, 4*one)}); err == nil {
		t.Error("an entry larger than the cache is stored")
	}
}

func TestStoreRemovesWhatWasAbandoned(t *testing.T) {
	s := newStore(t, 0)
	now := time.Now()
	for name, age := range map[string]time.Duration{
		"new-old": time.Hour, "new-future": -time.Hour, "new-fresh": 0,
		"lock-" + keyOf("a").String(): time.Hour, "someone-elses": time.Hour,
	} {
		if err := os.WriteFile(s.pathOf(name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(s.pathOf(name), now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	k := put(t, s, "x")
	entries, err := os.ReadDir(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got, want := strings.Join(names, " "), k.String()+" new-fresh someone-elses"; got != want {
		t.Errorf("left %s, want %s", got, want)
	}
}

// TestStoreRefusesForeignFiles puts in an entry's place what others could have
// put there.
func TestStoreRefusesForeignFiles(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make files that belong to others")
	}
	content := sample().marshal(keyOf("x"))
	for name, make := range map[string]func(path string) error{
		"group-writable": func(path string) error {
			return errors.Join(os.WriteFile(path, content, 0o600), os.Chmod(path, 0o620))
		},
		"world-writable": func(path string) error {
			return errors.Join(os.WriteFile(path, content, 0o600), os.Chmod(path, 0o602))
		},
		"another's": func(path string) error {
			return errors.Join(os.WriteFile(path, content, 0o600), os.Chown(path, 65534, 65534))
		},
		"symlink": func(path string) error {
			return errors.Join(os.WriteFile(path+".real", content, 0o600), os.Symlink(path+".real", path))
		},
		"hard link": func(path string) error {
			return errors.Join(os.WriteFile(path+".real", content, 0o600), os.Link(path+".real", path))
		},
		"FIFO":   func(path string) error { return unix.Mkfifo(path, 0o600) },
		"folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"device": func(path string) error { return unix.Mknod(path, unix.S_IFCHR|0o600, int(unix.Mkdev(1, 5))) },
		"socket": func(path string) error { return unix.Mknod(path, unix.S_IFSOCK|0o600, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t, 0)
			if err := make(s.pathOf(keyOf("x").String())); err != nil {
				t.Fatal(err)
			}
			e, err := s.Get(keyOf("x"))
			var unsafe *UnsafeError
			if !errors.As(err, &unsafe) {
				t.Errorf("got %+v, %v", e, err)
			}
		})
	}
}

func TestFilesTellChanges(t *testing.T) {
	path := t.TempDir() + "/a.h"
	write := func(text string, age time.Duration) {
		t.Helper()
		when := time.Now().Add(-age)
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o644), os.Chtimes(path, when, when)); err != nil {
			t.Fatal(err)
		}
	}
	write("one", time.Hour)
	files, err := Files([]string{path, path}, time.Now())
	if err != nil || len(files) != 1 {
		t.Fatalf("%+v, %v", files, err)
	}
	e := &Entry{Files: files}
	if got := e.Changed(); got != "" {
		t.Errorf("%s changed at once", got)
	}
	write("two", time.Minute)
	if got := e.Changed(); got != path {
		t.Errorf("a changed file: %q", got)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if got := e.Changed(); got != path {
		t.Errorf("a removed file: %q", got)
	}
	if _, err := Files([]string{path}, time.Now()); err == nil {
		t.Error("a missing file is described")
	}
	write("three", 0)
	if _, err := Files([]string{path}, time.Now()); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a file changed during the compile: %v", err)
	}
}
