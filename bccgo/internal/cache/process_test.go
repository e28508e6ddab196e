package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// writerEnv makes this test binary a process that stores entries until killed.
const writerEnv = "BCCGO_TEST_CACHE_WRITER"

// write stores entries without end.
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
	}
}

// TestKilledWritersLeaveNothing kills processes that store entries at random
// moments. What they leave must be whole entries, and no lock.
func TestKilledWritersLeaveNothing(t *testing.T) {
	s := newStore(t, 1<<20)
	kills := 200
	if testing.Short() {
		kills = 20
	}
	for range kills {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), writerEnv+"="+s.Path())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
		if err := errors.Join(cmd.Process.Kill(), cmd.Wait()); err == nil {
			t.Fatal("the writer ended by itself")
		}
		checkAll(t, s)
	}
	list, err := s.List()
	if err != nil || len(list) == 0 {
		t.Errorf("the writers stored %d entries, %v", len(list), err)
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
