package cache

import (
	"fmt"
	"os"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerEnv); dir != "" {
		fmt.Fprintln(os.Stderr, write(dir))
		os.Exit(1)
	}
	testenv.Main(m)
}

// keyOf is the key of a text.
func keyOf(text string) Key {
	h := NewHash()
	h.Add("text", text)
	return h.Key()
}

// newStore opens a cache in a folder of the test's own.
func newStore(t *testing.T, limit int64) *Store {
	t.Helper()
	s, err := Open(t.TempDir()+"/cache", limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// put stores data under the key of its own text.
func put(t *testing.T, s *Store, data string) Key {
	t.Helper()
	k := keyOf(data)
	if err := s.Put(k, &Entry{Note: "note of " + data[:1], Release: "6.1.0", Data: []byte(data)}); err != nil {
		t.Fatal(err)
	}
	return k
}
