package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// writerEnv makes this test binary a process that stores entries until killed.
const writerEnv = "BCCGO_TEST_CACHE_WRITER"

// write stores entries without end. It says on standard output when the first is
// there, and goes on from it when standard input ends.
func write(dir string) error {
	s, err := Open(dir, 1<<20)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		k := keyOf(fmt.Sprint(i % 10))
		unlock, err := s.Lock(context.Background(), k)
		if err != nil {
			return err
		}
		if err := s.Put(k, &Entry{Data: bytes.Repeat([]byte{byte(i % 10)}, 200_000)}); err != nil {
			return err
		}
		unlock()
		if i > 0 {
			continue
		}
		os.Stdout.Close()
		if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
			return err
		}
	}
}

// A writer is a process that stores entries in a folder.
type writer struct {
	*exec.Cmd
	// stored ends, by io.EOF, when the first entry is stored.
	stored *os.File
	// proceed lets the process go on from its first entry by being closed.
	proceed io.Closer
}

func startWriter(t *testing.T, dir string) *writer {
	t.Helper()
	stored, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w := &writer{Cmd: exec.Command("/proc/self/exe"), stored: stored}
	w.Env = append(os.Environ(), writerEnv+"="+dir)
	w.Stdout = out
	if w.proceed, err = w.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	return w
}

// close ends the process if it still runs.
func (w *writer) close() {
	w.stored.Close()
	if w.ProcessState == nil {
		w.Process.Kill()
		w.Wait()
	}
}

// wantStored waits for the first entry, and lets the process go on when others
// see it: one that went on by itself could have replaced all that are listed
// before they are looked at.
func (w *writer) wantStored(t *testing.T, s *Store) {
	t.Helper()
	if err := w.stored.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.stored.Read(make([]byte, 1)); err != io.EOF {
		t.Fatalf("wait for the writer's first entry: %v", err)
	}
	if list, err := s.List(); err != nil || len(list) == 0 {
		t.Fatalf("the writer says that it stored, and there are %d entries, %v", len(list), err)
	}
}

// TestKilledWritersLeaveNothing kills processes that store entries at random
// moments. What they leave must be whole entries, and no lock. On a slow machine
// a process may not store anything in the time most are given, which is why
// every third is given that time only from its first entry on.
func TestKilledWritersLeaveNothing(t *testing.T) {
	testenv.NotEmulated(t)
	s := newStore(t, 1<<20)
	kills := 200
	if testing.Short() {
		kills = 20
	}
	for i := range kills {
		killWriter(t, s, i%3 == 0)
		checkAll(t, s)
	}
}

// killWriter starts a process that stores entries and kills it soon after, or
// soon after its first entry.
func killWriter(t *testing.T, s *Store, afterFirst bool) {
	t.Helper()
	w := startWriter(t, s.Path())
	defer w.close()
	if afterFirst {
		w.wantStored(t, s)
	}
	if err := w.proceed.Close(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
	if err := w.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := w.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the writer ended by itself: %v", err)
	}
}

func checkAll(t *testing.T, s *Store) {
	t.Helper()
	for i := range 10 {
		k := keyOf(fmt.Sprint(i))
		e, err := s.Get(k)
		switch {
		case errors.Is(err, ErrMiss):
		case err != nil:
			t.Fatal(err)
		case !bytes.Equal(e.Data, bytes.Repeat([]byte{byte(i)}, 200_000)):
			t.Fatalf("entry %d has other data", i)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		unlock, err := s.Lock(ctx, k)
		cancel()
		if err != nil {
			t.Fatalf("lock of entry %d: %v", i, err)
		}
		unlock()
	}
}

func TestLockIsHeldByOne(t *testing.T) {
	s := newStore(t, 0)
	k := keyOf("x")
	var group sync.WaitGroup
	var mu sync.Mutex
	holders, most := 0, 0
	for range 8 {
		group.Go(func() {
			own, err := OpenExisting(s.Path())
			if err != nil {
				t.Error(err)
				return
			}
			defer own.Close()
			for range 5 {
				unlock, err := own.Lock(context.Background(), k)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				holders++
				most = max(most, holders)
				mu.Unlock()
				time.Sleep(time.Millisecond)
				mu.Lock()
				holders--
				mu.Unlock()
				unlock()
			}
		})
	}
	group.Wait()
	if most != 1 {
		t.Errorf("%d held the lock at a time", most)
	}
	unlock, err := s.Lock(context.Background(), k)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Lock(ctx, k); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for a held lock: %v", err)
	}
}
