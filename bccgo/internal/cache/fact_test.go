package cache

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// putFact stores a fact that depends on one file, which it makes.
func putFact(t *testing.T, s *Store, text string) (k Key, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "main.go")
	old := time.Now().Add(-time.Hour)
	if err := errors.Join(os.WriteFile(file, []byte("package main\n"), 0o644), os.Chtimes(file, old, old)); err != nil {
		t.Fatal(err)
	}
	sources, err := Files([]string{file}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	k = keyOf(text)
	if err := s.PutFact(k, text, sources); err != nil {
		t.Fatal(err)
	}
	return k, file
}

func TestFact(t *testing.T) {
	s := newStore(t, 0)
	program := put(t, s, "program")
	k, file := putFact(t, s, "here")
	if text, ok := s.Fact(k); !ok || text != "here" {
		t.Errorf("got %q, %v", text, ok)
	}
	if _, ok := s.Fact(program); ok {
		t.Error("a program is taken for a fact")
	}
	if _, err := s.Get(k); !errors.Is(err, ErrMiss) {
		t.Errorf("a fact is taken for a program: %v", err)
	}
	if list, err := s.List(); err != nil || len(list) != 1 || list[0].Key != program {
		t.Errorf("listed: %+v, %v", list, err)
	}
	if err := os.Chtimes(file, time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if text, ok := s.Fact(k); ok {
		t.Errorf("the file changed, but it is still %q", text)
	}
	if n, err := s.Clear(); n != 1 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
	if left, err := os.ReadDir(s.Path()); len(left) > 0 || err != nil {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestFactsAreForgotten(t *testing.T) {
	s := newStore(t, 400)
	k, _ := putFact(t, s, "here")
	old := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(s.pathOf(factPrefix+k.String()), old, old); err != nil {
		t.Fatal(err)
	}
	kept := put(t, s, "a program that leaves no room for more than itself: "+string(make([]byte, 150)))
	if _, ok := s.Fact(k); ok {
		t.Error("the oldest file is still there")
	}
	if !s.Has(kept) {
		t.Error("the program is gone")
	}
}
