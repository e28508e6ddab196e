package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// gate is a writer that lets through one write for each value of open.
type gate struct {
	open chan struct{}

	mu     sync.Mutex
	writes [][]byte
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	g.writes = append(g.writes, bytes.Clone(p))
	return len(p), nil
}

func TestLineWriterJoinsWhatWaits(t *testing.T) {
	g := &gate{open: make(chan struct{})}
	w := newLineWriter(g, func(err error) { t.Errorf("failed: %v", err) })
	fmt.Fprintln(w, "first")
	time.Sleep(50 * time.Millisecond) // the first write is under way
	for i := range 100 {
		fmt.Fprintln(w, i)
	}
	close(g.open)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := string(bytes.Join(g.writes, nil)); !strings.HasPrefix(got, "first\n0\n1\n") || strings.Count(got, "\n") != 101 {
		t.Errorf("got %q", got)
	}
	if len(g.writes) != 2 {
		t.Errorf("%d writes, want 2", len(g.writes))
	}
}

func TestLineWriterDoesNotDelay(t *testing.T) {
	g := &gate{open: make(chan struct{})}
	w := newLineWriter(g, func(err error) { t.Errorf("failed: %v", err) })
	for i := range 3 {
		fmt.Fprintln(w, i)
		select {
		case g.open <- struct{}{}:
		case <-time.After(5 * time.Second):
			t.Fatal("the line was not passed on")
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestLineWriterKeepsLinesWhole(t *testing.T) {
	var out bytes.Buffer
	w := newLineWriter(&out, func(err error) { t.Errorf("failed: %v", err) })
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 500 {
				fmt.Fprintf(w, "%s\n", strings.Repeat(fmt.Sprint(i), 50))
			}
		})
	}
	group.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 4000 {
		t.Errorf("%d lines", len(lines))
	}
	for _, line := range lines {
		if line != strings.Repeat(line[:1], 50) {
			t.Fatalf("broken line %q", line)
		}
	}
}

func TestLineWriterReportsFailure(t *testing.T) {
	failed := make(chan error, 1)
	w := newLineWriter(broken{}, func(err error) { failed <- err })
	if _, err := w.Write([]byte("x\n")); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; !errors.Is(err, errBroken) {
		t.Errorf("told %v", err)
	}
	if _, err := w.Write([]byte("y\n")); !errors.Is(err, errBroken) {
		t.Errorf("second write: %v", err)
	}
	if err := w.Close(); !errors.Is(err, errBroken) {
		t.Errorf("close: %v", err)
	}
}

func TestLineWriterHoldsUpFloods(t *testing.T) {
	g := &gate{open: make(chan struct{})}
	w := newLineWriter(g, func(err error) { t.Errorf("failed: %v", err) })
	line := bytes.Repeat([]byte("x"), maxPending/2)
	var sent sync.WaitGroup
	done := make(chan struct{})
	sent.Go(func() {
		for range 20 {
			w.Write(line)
		}
		close(done)
	})
	select {
	case <-done:
		t.Error("the flood was not held up")
	case <-time.After(100 * time.Millisecond):
	}
	close(g.open)
	sent.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := len(bytes.Join(g.writes, nil)); got != 20*len(line) {
		t.Errorf("%d bytes, want %d", got, 20*len(line))
	}
}
