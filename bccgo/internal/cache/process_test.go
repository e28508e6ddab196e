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
)

// writerEnv makes this test binary a process that stores entries until killed.
const writerEnv = "BCCGO_TEST_CACHE_WRITER"

// write stores entries without end, and says on standard output when the first
// is there.
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
		if i == 0 {
			os.Stdout.Close()
		}
	}
}

// startWriter starts a process that stores entries in a folder. What it returns
// ends, by io.EOF, when the first is stored.
func startWriter(t *testing.T, dir string) (*exec.Cmd, *os.File) {
	t.Helper()
	stored, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), writerEnv+"="+dir)
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, stored
}

// wantStored waits for a writer's first entry.
func wantStored(t *testing.T, s *Store, stored *os.File) {
	t.Helper()
	if err := stored.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := stored.Read(make([]byte, 1)); err != io.EOF {
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
	cmd, stored := startWriter(t, s.Path())
	defer stored.Close()
	defer func() {
		if cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
	}()
	if afterFirst {
		wantStored(t, s, stored)
	}
	time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
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
