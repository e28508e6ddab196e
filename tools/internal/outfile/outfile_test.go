package outfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(text string) func(w io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// names are the files in a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

func TestFilesTakeTheirPlaces(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "old")
	if err := os.WriteFile(old, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	var s Set
	for path, text := range map[string]string{old: "after", filepath.Join(dir, "new"): "made", "": "never"} {
		if err := s.Open("--flag", path, write(text)); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(old); err != nil || string(text) != "before" {
		t.Errorf("before the end the file has %q, %v", text, err)
	}
	if err := errors.Join(s.Write(), s.Close()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(old)
	if got := names(t, dir); err != nil || string(text) != "after" || got != "new old" {
		t.Errorf("files %s, %q, %v", got, text, err)
	}
}

func TestNothingIsLeft(t *testing.T) {
	dir := t.TempDir()
	var s Set
	if err := s.Open("--one", filepath.Join(dir, "one"), write("")); err != nil {
		t.Fatal(err)
	}
	err := s.Open("--two", dir, write(""))
	if err == nil || !strings.HasPrefix(err.Error(), "--two "+dir+": this is no regular file") {
		t.Errorf("a folder: %v", err)
	}
	err = s.Open("--three", filepath.Join(dir, "none", "x"), write(""))
	if err == nil || !strings.HasPrefix(err.Error(), "--three ") {
		t.Errorf("no folder: %v", err)
	}
	bad := errors.New("on purpose")
	if err := s.Open("--four", filepath.Join(dir, "four"), func(io.Writer) error { return bad }); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(); !errors.Is(err, bad) {
		t.Errorf("got %v", err)
	}
	if got := names(t, dir); got != "" {
		t.Errorf("left: %s", got)
	}
}
