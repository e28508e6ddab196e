package cache

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestLogs(t *testing.T) {
	s := newStore(t, 0)
	path, err := s.PutLog("fault", "R0 invalid\n")
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "R0 invalid\n" {
		t.Errorf("%q, %v", data, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if again, err := s.PutLog("fault", "R0 invalid\n"); err != nil || again != path {
		t.Errorf("the same log went to %s and to %s, %v", path, again, err)
	}
	if other, err := s.PutLog("fault", "R1 invalid\n"); err != nil || other == path {
		t.Errorf("another log went to %s as well, %v", other, err)
	}
	if list, err := s.List(); err != nil || len(list) > 0 {
		t.Errorf("logs count as programs: %v, %v", list, err)
	}
}

func TestLogsAreFew(t *testing.T) {
	s := newStore(t, 0)
	first, err := s.PutLog("f", "the first")
	if err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(first, past, past); err != nil {
		t.Fatal(err)
	}
	for i := range maxLogs {
		if _, err := s.PutLog("f", fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(first); !os.IsNotExist(err) {
		t.Errorf("the oldest log is still there: %v", err)
	}
	if left := logFiles(t, s); len(left) != maxLogs {
		t.Errorf("%d logs are left", len(left))
	}
	if _, err := s.Clear(); err != nil {
		t.Fatal(err)
	}
	if left := logFiles(t, s); len(left) != 0 {
		t.Errorf("Clear leaves %s", strings.Join(left, " "))
	}
}

func logFiles(t *testing.T, s *Store) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(s.Path(), logPrefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}
