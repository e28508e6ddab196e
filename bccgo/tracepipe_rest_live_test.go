package bccgo

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
)

// rest reads what is in the pipe.
func rest(t *testing.T, p *TracePipe) []string {
	t.Helper()
	var messages []string
	for line, err := range p.Rest() {
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, line.Message)
	}
	return messages
}

func TestLiveTraceRest(t *testing.T) {
	dir := traceInstance(t)
	p, marker := openInstance(t, dir), openMarker(t, dir)
	if got := rest(t, p); got != nil {
		t.Errorf("an empty pipe gave %q", got)
	}
	var want []string
	for i := range 300 { // more than one read takes
		want = append(want, fmt.Sprintf("line %d", i))
		write(t, marker, want[i])
	}
	if line, err := p.Fields(timeLimit(t)); err != nil || line.Message != want[0] {
		t.Fatalf("read %+v, %v", line, err)
	}
	for line := range p.Rest() {
		if line.Message != want[1] {
			t.Errorf("read %+v, want %s", line, want[1])
		}
		break
	}
	if got := rest(t, p); !slices.Equal(got, want[2:]) {
		t.Errorf("got %d lines, %q…, want %d", len(got), got[:min(3, len(got))], len(want)-2)
	}
	write(t, marker, "later")
	if got := rest(t, p); !slices.Equal(got, []string{"later"}) {
		t.Errorf("got %q", got)
	}
}

func TestLiveTraceRestAfterClose(t *testing.T) {
	p := openInstance(t, traceInstance(t))
	p.Close()
	for _, err := range p.Rest() {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("got %v", err)
		}
		return
	}
	t.Error("a closed pipe gave no error")
}
